// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "tools/tenant/drift.h"

namespace trueup::tenant {

namespace {

using enum DriftKind;

// One round of drift. It runs on from block to block, so that every kind comes in turn at any size
// and drift. The kinds that a plan has to refuse or order are rare on purpose: at the default drift
// a round is spent on 1,500 mailboxes, and no guard of the design's section 7 may fire.
constexpr DriftKind kRound[] = {
    kAddressAdded,    kExtensionChanged, kAddressMoved,     kExtensionSet,     kCustomAdded,
    kAddressAdded,    kCaseOnly,         kTypeChanged,      kExtensionSet,     kTwoPrimaries,
    kAddressRemoved,  kAddressAdded,     kMoveChain,        kExtensionChanged, kExtensionSet,
    kCustomAdded,     kPrimarySwapped,   kAddressAdded,     kTakenFromGroup,   kExtensionCleared,
    kExtensionSet,    kAddressAdded,     kSecondarySwap,    kMailOnly,         kExtensionSet,
    kCustomAdded,     kCaseOnly,         kAddressAdded,     kTooLong,          kCustomCleared,
    kExtensionSet,    kExtensionChanged, kPrimaryExchange,  kAddressAdded,     kCustomAdded,
    kExtensionSet,    kAddressRemoved,   kAddressAdded,     kTypeChanged,      kSecondaryCycle,
    kExtensionSet,    kExtensionChanged, kCustomAdded,      kAddressAdded,     kPrimarySwapped,
    kMoveFromRefused, kExtensionSet,     kExtensionCleared, kAddressAdded,     kCaseOnly,
    kMailOnly,        kExtensionSet,     kCustomAdded,      kCustomCleared,
};

constexpr std::uint8_t kTaken = 0;
constexpr std::uint8_t kFree = 1;
constexpr std::uint8_t kFreeAndCloudManaged = 2;

constexpr std::uint32_t members_of(DriftKind kind) {
  switch (kind) {
    case kMoveChain: return 4;
    case kSecondaryCycle: return 3;
    case kAddressMoved:
    case kSecondarySwap:
    case kPrimaryExchange:
    case kMoveFromRefused: return 2;
    default: return 1;
  }
}

// How many mailboxes a unit takes from the drift budget: a case-only difference is no change.
constexpr std::uint32_t cost_of(DriftKind kind) { return kind == kCaseOnly ? 0 : members_of(kind); }

constexpr std::uint64_t round_cost() {
  std::uint64_t cost = 0;
  for (const DriftKind kind : kRound) {
    cost += cost_of(kind);
  }
  return cost;
}

std::uint64_t budget_up_to(const TenantShape& shape, std::uint64_t mailboxes) {
  return static_cast<std::uint64_t>(std::ceil(shape.drift * static_cast<double>(mailboxes) - 1e-9));
}

}  // namespace

const DriftPart& DriftPlan::part_of(std::uint64_t index) {
  if (index / kBlockSize != block_) {
    plan_block(index / kBlockSize);
  }
  return parts_[index - first_];
}

void DriftPlan::plan_block(std::uint64_t block) {
  block_ = block;
  first_ = block * kBlockSize;
  count_ = std::min(kBlockSize, shape_.mailboxes - first_);
  parts_.assign(count_, DriftPart{});
  state_.resize(count_);
  order_.clear();
  RandomStream random(shape_.seed, block, Purpose::kDrift);
  const Shuffle shuffle(count_, random.next());
  for (std::uint64_t i = 0; i < count_; ++i) {
    const std::uint64_t local = shuffle.at(i);
    const Membership standing = standing_of(shape_, first_ + local);
    if (standing.population == Population::kOnPremises && (first_ + local) % 2 == 0) {
      parts_[local] = {kOnPremisesMailbox, 0, {first_ + local}};
    }
    const bool matched = standing.population == Population::kMatched;
    state_[local] = !matched ? kTaken : standing.cloud_managed ? kFreeAndCloudManaged : kFree;
    if (matched) {
      order_.push_back(local);
    }
  }
  std::reverse(order_.begin(), order_.end());  // taken from the back

  // A unit belongs to the block in whose share of the budget it starts.
  const std::uint64_t begin = budget_up_to(shape_, first_);
  const std::uint64_t end = budget_up_to(shape_, first_ + count_);
  std::uint64_t at = begin - begin % round_cost();
  while (at < end) {
    for (const DriftKind kind : kRound) {
      if (at >= begin && at < end) {
        place_unit(kind);
      }
      at += cost_of(kind);
    }
  }
}

void DriftPlan::place_unit(DriftKind kind) {
  DriftPart part{kind, 0, {}};
  const std::uint32_t members = members_of(kind);
  for (std::uint32_t role = 0; role < members; ++role) {
    // A unit of several must be wholly in every scope, or its outcome would depend on the scope.
    if (!take_mailbox(members > 1, part.members[role])) {
      return;
    }
  }
  for (std::uint32_t role = 0; role < members; ++role) {
    part.role = static_cast<std::uint8_t>(role);
    parts_[part.members[role] - first_] = part;
  }
}

bool DriftPlan::take_mailbox(bool cloud_managed_only, std::uint64_t& index) {
  for (std::size_t i = order_.size(); i-- > 0;) {
    const std::uint64_t local = order_[i];
    if (cloud_managed_only && state_[local] != kFreeAndCloudManaged) {
      continue;
    }
    order_.erase(order_.begin() + static_cast<std::ptrdiff_t>(i));
    state_[local] = kTaken;
    index = first_ + local;
    return true;
  }
  return false;
}

}  // namespace trueup::tenant
