// SPDX-License-Identifier: Apache-2.0
// What of the store's past may go: generations beyond keep_generations, runs beyond keep_runs and
// keep_days both. Called after every load, and by `trueup prune`.
//
// A run goes only if it is neither among the last keep_runs nor younger than keep_days, and if
// nothing rests on it. These stay whatever their age:
// - one that did not come to its end, or of which anything is in doubt
//   (engine/run/records/unfinished_runs.h);
// - the newest plan (what `apply` applies) and the newest run that wrote (what `undo` and `verify`
//   mean);
// - the last accepted run, and all that wrote within the window of the guard `creep`: the longest
//   that any run on record was made with, whatever the command at hand goes by;
// - whatever a run that stays was made from (an undo, a try of rejects), and what was made from it.
// The digests of all loads, which guards go by, are no part of a run: they stay for good.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/run/records/unfinished_runs.h"
#include "snapshots/store/store.h"

namespace trueup {

struct RetentionOptions {
  std::uint64_t keep_runs = 90;
  std::uint64_t keep_days = 90;
  std::size_t keep_generations = 8;  // of each side
  std::uint64_t creep_days = 7;      // that the guard looks back on, at least
};

/// What may go, or has gone.
struct Retired {
  struct Kept {
    std::uint64_t run = 0;
    std::string why;
  };
  std::vector<std::uint64_t> runs;  // oldest first, as all of these
  std::vector<std::uint64_t> generations;
  std::uint64_t files = 0;            // in the folders of the runs
  std::uint64_t bytes = 0;            // of those; measured, about what the database holds too
  std::vector<Kept> kept;             // beyond the limits, and staying all the same
  std::vector<std::string> problems;  // what could not be read or removed, and stays

  bool empty() const { return runs.empty() && generations.empty(); }
};

/// What may go by now (Unix seconds). `unfinished`: of this store, as it is. `measured`: with
/// sizes, which takes a look at all of it. Changes nothing.
Retired find_retired(const Store& store, const RetentionOptions& options,
                     const std::vector<UnfinishedRun>& unfinished, std::uint64_t now,
                     bool measured);

/// Removes it. What cannot be removed goes from `retired` to its problems.
void remove_retired(Store& store, Retired& retired);

}  // namespace trueup
