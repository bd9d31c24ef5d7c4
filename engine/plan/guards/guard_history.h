// SPDX-License-Identifier: Apache-2.0
// What the guards of a run compare with: earlier loads, earlier runs, and what operators have
// accepted. Collected from the store here, judged in engine/plan/guards/guards.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/compare/named_dns.h"
#include "engine/plan/guard_options.h"
#include "engine/plan/guards/kept_settings.h"
#include "snapshots/store/description.h"
#include "snapshots/store/plan_facts.h"
#include "snapshots/store/store.h"

namespace trueup {

/// A feed that is the same, record for record, as one of an earlier accepted load.
struct FeedAgain {
  std::string feed;              // "graph", "exo" or "ad"
  std::uint64_t generation = 0;  // of that load
  std::uint64_t loaded_at = 0;   // Unix seconds
  std::uint64_t differing = 0;   // mailboxes that differ between the last accepted load and this
  std::uint64_t last_mailboxes = 0;  // of the last accepted load
};

struct GuardHistory {
  std::uint64_t now = 0;                         // Unix seconds
  bool required = false;                         // a nightly job has one, or is in a wrong folder
  std::string store;                             // its folder, for people
  std::optional<SnapshotDescription> cloud, ad;  // the last accepted load of each side
  std::optional<RunDescription> run;             // the last accepted run
  std::map<std::string, std::uint64_t> unprotected;  // accepted, and when
  std::vector<ExcludedCount> excluded;
  std::vector<FeedAgain> again;
  std::vector<PlanFact> written;  // of the runs that creep counts, merged
  KeptSettings settings;          // as they are now
};

/// Whether it is a run that later ones may be compared with.
bool is_yardstick(const RunDescription& run);
/// Whether it wrote something that `creep` may count, and since when (Unix seconds) it counts.
bool counts_for_creep(const RunDescription& run);
std::uint64_t creep_since(std::uint64_t now, std::uint64_t days);
/// The longest window that `creep` has in use: of `given`, and of all that runs on record were made
/// with. A record that does not tell counts as the longest there can be.
std::uint64_t creep_days_in_use(const std::vector<RunDescription>& runs, std::uint64_t given);

/// `run`: the one that is being planned. What the caller knows (excluded, settings, required) is
/// left to it.
GuardHistory guard_history(const Store& store, const RunDescription& run,
                           const SnapshotDescription& cloud, const SnapshotDescription& ad,
                           const GuardOptions& guards);

}  // namespace trueup
