// SPDX-License-Identifier: Apache-2.0
// Where the readers of all three feeds deliver what they parse. Implemented by engine/load, one
// sink a thread, so an implementation need not be thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "snapshots/model/mailbox.h"

namespace trueup {

class MailboxSink {
 public:
  virtual ~MailboxSink() = default;
  /// `offset`: where the record starts, in decoded bytes from the start of its file. The views in
  /// `m` are good during the call only.
  virtual void on_mailbox(const Mailbox& m, std::uint64_t offset) = 0;
  /// One unreadable record; the reader goes on behind it.
  virtual void on_defect(std::uint64_t offset, std::string reason) = 0;
  /// An entry that is no mailbox and may hold some: an OU, a container, a domain. AD only.
  virtual void on_container(std::string_view /*dn*/) {}
  /// An entry whose DN is nothing but DC= RDNs, and which has a GUID: a domain's head, maybe that
  /// of the domain that the users are in. AD only.
  virtual void on_domain(std::string_view /*dn*/, const Anchor& /*guid*/) {}
  /// kCarries... bits that an AD entry which is not delivered had.
  virtual void on_carried(std::uint32_t /*flags*/) {}
};

}  // namespace trueup
