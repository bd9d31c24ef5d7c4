// SPDX-License-Identifier: Apache-2.0
// From candidates to a plan: address collisions refused, the rest in an order in which every giver
// of an address comes before its taker, numbered, counted. Deterministic. Called by
// engine/reconcile.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/compare/change_facts.h"
#include "engine/compare/diff_result.h"
#include "engine/plan/same_values.h"
#include "engine/progress.h"
#include "snapshots/store/plan_facts.h"
#include "snapshots/store/store.h"

namespace trueup {

/// Mailboxes with such an edit of one attribute.
struct AttributeCounts {
  std::uint64_t add = 0;     // none to some, or values come and none goes
  std::uint64_t remove = 0;  // some values go, some stay, none comes
  std::uint64_t replace = 0;
  std::uint64_t clear = 0;  // some to none
  std::uint64_t case_only = 0;
  std::uint64_t held = 0;
  std::uint64_t refused = 0;
  std::uint64_t first_sight_clear = 0;  // of clear: the cloud was never seen filled
};

struct Plan {
  std::vector<std::string> changes;  // encoded, numbered from 1
  std::vector<ChangeFacts> facts;    // of each change; of a cut mailbox's, the second has them
  std::vector<PlanFact> by_mailbox;  // the same of each mailbox, by anchor
  std::uint64_t mailboxes = 0;       // changed; a cut cycle gives one mailbox two changes
  std::array<AttributeCounts, kAttributeCount> counts{};
  std::uint64_t losing = 0;    // mailboxes losing values, net of prefix case
  std::uint64_t replaced = 0;  // mailboxes whose primary or mail is replaced
  std::array<SameValue, kAttributeCount> same_value{};  // the value that most get
  std::vector<Rejected> rejected;                       // by anchor
  std::uint64_t refused_mailboxes = 0;                  // with at least one refusal
  std::uint64_t held_mailboxes = 0;
};

/// What is kept of one mailbox's facts, for the plans to come.
PlanFact plan_fact(const Anchor& anchor, const ChangeFacts& facts);

/// Throws StoreError.
Plan make_plan(const Store& store, std::uint64_t ad_generation, const DiffResult& diff,
               Progress& progress);

}  // namespace trueup
