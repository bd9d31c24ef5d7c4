// SPDX-License-Identifier: Apache-2.0
// Runs that wrote and did not come to their end, or of whose records the store lost a part: found
// from what the store says and from the markers beside it (snapshots/store/intended_marker.h).
// Every command looks here first, and says what it finds before anything else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "snapshots/store/description.h"
#include "snapshots/store/store.h"

namespace trueup {

struct UnfinishedRun {
  RunDescription run;          // its state is "applying" or "stopped"
  std::uint64_t in_doubt = 0;  // changes of which nobody knows whether they are written
  std::string lost;            // what of its records is lost, and what follows from it; "": nothing
  bool blocked = false;        // too much is lost to go on by itself: somebody must look at it
};

/// Oldest first. What the store lost of them is put back as far as the markers have it, unless it
/// is open for reading only.
std::vector<UnfinishedRun> unfinished_runs(Store& store);

/// Throws StoreError, with what to do, if one of `runs` is blocked.
void require_none_blocked(const std::vector<UnfinishedRun>& runs);

}  // namespace trueup
