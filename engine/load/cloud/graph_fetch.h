// SPDX-License-Identifier: Apache-2.0
// What `trueup fetch` saves: a read of Graph as a dump, without a store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/load/staging/load_options.h"
#include "engine/progress.h"
#include "io/graph/graph_client.h"

namespace trueup {

struct FetchResult {
  std::string folder;
  bool resumed = false;
  std::uint64_t users = 0;
  std::uint64_t removed = 0;  // records of the delta that say so
  std::uint64_t pages = 0;
  std::uint64_t requests = 0;
  std::vector<std::string> warnings;
};

/// Saves a read as a dump in `folder`, or goes on with one that was cut off there. `follow`: a dump
/// whose end the delta begins at; "": a full read. Throws as read_graph_service() does.
FetchResult fetch_graph(const GraphOptions& service, const LoadOptions& options,
                        const std::string& folder, const std::string& follow, Progress& progress);

}  // namespace trueup
