// SPDX-License-Identifier: Apache-2.0
//
// The way into the model: make(i) gives mailbox number i with its drift. One maker a thread;
// constant memory.
#pragma once

#include "tools/tenant/drift.h"
#include "tools/tenant/model.h"

namespace trueup::tenant {

class MailboxMaker {
 public:
  explicit MailboxMaker(const TenantShape& shape) : shape_(shape), plan_(shape) {}

  // Valid until the next call. REQUIRES: index < shape.mailboxes. Cheapest in ascending order: a
  // block of kBlockSize mailboxes is planned when it is entered.
  [[nodiscard]] const Mailbox& make(std::uint64_t index) {
    arena_.reset();
    describe_mailbox(shape_, index, arena_, mailbox_);
    apply_drift(shape_, plan_.part_of(index), arena_, mailbox_);
    return mailbox_;
  }

  // How mailbox number `index` drifts. The mailbox last made stays valid.
  [[nodiscard]] DriftKind drift_of(std::uint64_t index) { return plan_.part_of(index).kind; }

  [[nodiscard]] const TenantShape& shape() const noexcept { return shape_; }
  // For strings that live as long as the mailbox last made.
  [[nodiscard]] TextArena& arena() noexcept { return arena_; }

 private:
  TenantShape shape_;
  DriftPlan plan_;
  TextArena arena_;
  Mailbox mailbox_;
};

}  // namespace trueup::tenant
