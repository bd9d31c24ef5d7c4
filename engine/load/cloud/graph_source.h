// SPDX-License-Identifier: Apache-2.0
// Graph as a live source of a load, and as what `trueup fetch` saves: decides whether the changes
// since the newest generation will do or a full read is due, and reads.
#pragma once

#include <optional>
#include <string>

#include "engine/load/cloud/cloud_feeds.h"
#include "engine/load/staging/load_options.h"
#include "engine/load/staging/load_result.h"
#include "engine/progress.h"
#include "io/graph/graph_client.h"
#include "snapshots/store/spool.h"
#include "snapshots/store/store.h"

namespace trueup {

/// A spool that can be begun anew, when what was read into it turns out to be no use.
class FreshSpool {
 public:
  FreshSpool(BlockPool& pool, std::string folder) : pool_(pool), folder_(std::move(folder)) {
    renew();
  }
  void renew() {
    spool_.reset();
    spool_.emplace(pool_, folder_);
  }
  Spool& operator*() { return *spool_; }

 private:
  BlockPool& pool_;
  const std::string folder_;
  std::optional<Spool> spool_;
};

/// Reads the users from the service into `by_id`. Throws SourceError, UsageError, StoreError,
/// StopError; then nothing is stored.
GraphFeed read_graph_service(const Store& store, const GraphOptions& service,
                             const LoadOptions& options, FreshSpool& by_id, Progress& progress,
                             LoadResult& result);

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
