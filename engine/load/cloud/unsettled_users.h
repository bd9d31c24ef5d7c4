// SPDX-License-Identifier: Apache-2.0
// Looks over what was read from the service before it is joined: users whose state the pages do not
// settle, and how many users there are. Called by engine/load/cloud/graph_source.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/load/cloud/page_ingest.h"

namespace trueup {

struct ReadSoFar {
  std::uint64_t users = 0;  // present, by id
  /// Ids to be asked for again: seen in two ranges of the list with different content and not in
  /// the delta, which is later than both; or changed after @removed or without being known, so that
  /// what the change does not tell is not known.
  std::vector<std::string> doubtful;
};

/// `all_are_known`: what a change is to be put on is in the spool, so that one to an unknown user
/// tells a part only. REQUIRES: pages flushed.
ReadSoFar find_unsettled(Spool& by_id, const PageIngest& pages, bool all_are_known);

}  // namespace trueup
