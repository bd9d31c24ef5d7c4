// SPDX-License-Identifier: Apache-2.0
// What the guards count of each changed mailbox of a plan, kept with it, so that the plans of a
// week can be counted together without being read. Written when a plan is stored.
#pragma once

#include <cstdint>
#include <vector>

#include "snapshots/model/anchor.h"
#include "snapshots/store/store.h"

namespace trueup {

/// Bits of PlanFact::kinds. Stored values: never renumber.
enum PlanFactKind : std::uint32_t {
  kFactLosing = 1U << 0,
  kFactReplaced = 1U << 1,
  kFactTypes = 1U << 2,
};

/// One changed mailbox. Stored as it is in memory.
struct PlanFact {
  Anchor anchor;
  std::uint32_t clears = 0;      // AttributeSet: values that all go
  std::uint32_t overwrites = 0;  // AttributeSet: one value for another
  std::uint32_t kinds = 0;       // PlanFactKind
  std::uint32_t unused = 0;

  friend bool operator<(const PlanFact& a, const PlanFact& b) { return a.anchor < b.anchor; }
};
static_assert(sizeof(PlanFact) == 32);

/// Sorts by anchor, and makes one of those of the same mailbox.
void merge_facts(std::vector<PlanFact>& facts);

/// Stores the facts of `run`'s plan. REQUIRES: merged; store_plan() came before. Throws StoreError.
void store_facts(Store& store, std::uint64_t run, const std::vector<PlanFact>& facts);

/// Appends the facts of `run`'s plan.
void append_facts(const Store& store, std::uint64_t run, std::vector<PlanFact>& facts);

}  // namespace trueup
