// SPDX-License-Identifier: Apache-2.0
//
// Drift: which mailboxes differ between the sides, in which way, and what a right plan makes of it.
// Planned per block of kBlockSize mailboxes, because some kinds span several mailboxes; a block
// needs nothing from another.
#pragma once

#include <cstdint>
#include <vector>

#include "tools/tenant/model.h"

namespace trueup::tenant {

inline constexpr std::uint64_t kBlockSize = 1000;

// The part of one mailbox in a drift. `members` are the indices of all mailboxes of the unit, in
// role order.
struct DriftPart {
  DriftKind kind = DriftKind::kNone;
  std::uint8_t role = 0;
  std::array<std::uint64_t, 4> members{};
};

// The drift of one block. Not shared between threads.
class DriftPlan {
 public:
  explicit DriftPlan(const TenantShape& shape) : shape_(shape) {}

  // Plans the block that holds `index`, unless it is the one at hand.
  [[nodiscard]] const DriftPart& part_of(std::uint64_t index);

 private:
  void plan_block(std::uint64_t block);
  void place_unit(DriftKind kind);
  [[nodiscard]] bool take_mailbox(bool cloud_managed_only, std::uint64_t& index);

  const TenantShape shape_;
  std::uint64_t block_ = UINT64_MAX;
  std::uint64_t first_ = 0;
  std::uint64_t count_ = 0;
  std::vector<DriftPart> parts_;
  std::vector<std::uint8_t> state_;  // of the block's mailboxes: kFree or not, see the source
  std::vector<std::uint64_t> order_;
};

// Changes the values of one or both sides of `mailbox` and notes the expected edits.
void apply_drift(const TenantShape& shape, const DriftPart& part, TextArena& arena,
                 Mailbox& mailbox);

}  // namespace trueup::tenant
