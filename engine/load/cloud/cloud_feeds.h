// SPDX-License-Identifier: Apache-2.0
// The first pass of a cloud load: each feed into partitions by id, in parallel. Where the Graph
// users come from is decided by engine/load/load_cloud: dump files, changes on top of a generation,
// or the service (engine/load/cloud/graph_source.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/load/cloud/dump_check.h"
#include "engine/load/cloud/dump_manifest.h"
#include "engine/load/staging/load_context.h"
#include "io/graph/graph_reader.h"
#include "snapshots/store/description.h"
#include "snapshots/store/spool.h"

namespace trueup {

/// What the Graph side of a load turned out to be; goes into the snapshot's description.
struct GraphFeed {
  AttributeSet supplied;
  bool sync_supplied = false;
  std::string source;  // for people
  std::string select;  // the properties, sorted; "" if the pages have no list
  std::string delta_link;
  std::string service;  // "https://host tenant", "" if not known
  std::uint64_t delta_link_at = 0;
  std::uint64_t taken_at = 0;  // by the service's clock, Unix seconds; 0: not known
  std::uint64_t base = 0;      // generation that it is changes to; 0: a full read
  std::uint64_t increments = 0;
  FeedFacts facts;
  std::vector<PartialPage> partial_pages;   // by place in the stream
  std::string bad_anchor, bad_anchor_user;  // the first that is not 16 octets in base64, and whose
};

/// The pages of a full read. `files`: not empty. Throws InputError.
GraphFeed read_graph_files(const LoadContext& load, const std::vector<std::string>& files,
                           Spool& by_id);

/// The pages of a later delta, put on generation `base`. Throws InputError, also if the delta does
/// not follow on it.
GraphFeed read_graph_changes(const LoadContext& load, const SnapshotDescription& base,
                             const std::vector<std::string>& files, Spool& by_id);

/// `watched`: the newest objects of the last accepted load.
FeedFacts read_exo_files(const LoadContext& load, const std::vector<std::string>& files,
                         const std::vector<ObjectTime>& watched, Spool& by_id);

}  // namespace trueup
