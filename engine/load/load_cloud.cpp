// SPDX-License-Identifier: Apache-2.0
// Two passes: parse both feeds in parallel into partitions by id; then, partition by partition,
// take the last user of each id, lay the EXO properties over it and pass it on by anchor.
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <ctime>

#include "engine/load/build/merge_feeds.h"
#include "engine/load/build/snapshot_builder.h"
#include "engine/load/cloud/cloud_feeds.h"
#include "engine/load/cloud/graph_source.h"
#include "engine/load/load.h"
#include "engine/load/staging/usual_limit.h"
#include "io/files/input_paths.h"
#include "io/graph/anchor_kind.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/rows.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

struct CloudFiles {
  std::vector<std::string> graph;  // of a full read, or of a delta if options.graph_delta says so
  std::vector<std::string> exo;
};

CloudFiles named_files(const LoadOptions& options, const GraphOptions* live, LoadResult& result) {
  const int sources = (options.graph.empty() ? 0 : 1) + (options.graph_delta.empty() ? 0 : 1) +
                      (live == nullptr ? 0 : 1);
  if (sources == 0) {
    throw UsageError("no cloud side: name the Graph dump with --graph FILE, FOLDER or GLOB");
  }
  if (sources > 1) {
    throw UsageError(
        "the Graph side is named twice; give one of --graph FILE, FOLDER or GLOB, "
        "--graph https://..., and --graph-delta");
  }
  if (options.graph_delta.empty() && options.assume_follows != 0) {
    throw UsageError("--assume-follows is about a delta; name that with --graph-delta");
  }
  if (live == nullptr && !options.graph_read.keep_pages.empty()) {
    result.warnings.push_back("--keep-pages: nothing is kept, as Graph is not read live");
  }
  const std::vector<std::string_view> endings = {".json", ".jsonl"};
  CloudFiles files;
  const std::vector<std::string>& graph =
      options.graph_delta.empty() ? options.graph : options.graph_delta;
  if (!graph.empty()) files.graph = expand_input(graph, endings, &result.passed_over);
  if (!options.exo.empty()) files.exo = expand_input(options.exo, endings, &result.passed_over);
  return files;
}

std::uint64_t total_size(const std::vector<std::string>& files) {
  std::uint64_t bytes = 0;
  for (const std::string& f : files) bytes += file_size(f);
  return bytes;
}

// The first pass: both feeds into partitions by id.
GraphFeed read_feeds(const LoadContext& load, const CloudFiles& files, const GraphOptions* live,
                     Spool& by_id) {
  GraphFeed graph;
  if (live != nullptr) {
    graph = read_graph_service(load, *live, by_id);
  } else if (!load.options.graph_delta.empty()) {
    const auto base = newest_snapshot(load.store, Side::kCloud, false);
    if (!base) {
      throw UsageError(
          "--graph-delta: the store has no cloud generation to put changes on; load a "
          "full read first, with --graph");
    }
    graph = read_graph_changes(load, *base, files.graph, by_id);
  } else {
    graph = read_graph_files(load, files.graph, by_id);
  }
  const auto last = newest_snapshot(load.store, Side::kCloud, true);
  load.result.snapshot.exo =
      read_exo_files(load, files.exo, last ? last->exo.newest : std::vector<ObjectTime>{}, by_id);
  return graph;
}

void describe(const Store& store, const GraphFeed& graph, const LoadOptions& options,
              SnapshotDescription& d) {
  d.side = Side::kCloud;
  d.loaded_at = static_cast<std::uint64_t>(std::time(nullptr));
  d.taken_at = graph.taken_at;
  d.source = graph.source;
  d.graph = graph.facts;
  if (!options.exo.empty()) d.source += "; exo " + joined(options.exo);
  d.delta_link = graph.delta_link;
  d.delta_link_at = graph.delta_link_at;
  d.graph_service = graph.service;
  d.graph_select = graph.select;
  d.graph_supplied = graph.supplied;
  d.graph_sync_supplied = graph.sync_supplied;
  d.base = graph.base;
  d.increments = graph.increments;
  // What a load showed that a guard stopped is not what the cloud was seen to have.
  auto previous = newest_snapshot(store, Side::kCloud, true);
  if (!previous) previous = newest_snapshot(store, Side::kCloud, false);
  if (previous) d.previous = previous->generation;
}

// The second pass over a range of partitions: writes the id table, the unanchored users
// and the Graph records of it.
std::vector<std::string> join_range(Store& store, Spool& by_id, Joiner& joiner,
                                    std::uint64_t generation, std::pair<int, int> shards) {
  TableWriter ids_file(store);
  TableWriter unanchored_file(store);
  TableWriter graph_file(store);
  const std::string owner = snapshot_prefix(generation);
  const std::string unanchored_prefix = table_prefix(owner, Table::kUnanchored);
  const std::string graph_prefix = table_prefix(owner, Table::kGraphUsers);
  RowWriter<IdRow> ids(ids_file, table_prefix(owner, Table::kIds));
  IdRecords of_id;
  for (int shard = shards.first; shard < shards.second; ++shard) {
    const std::vector<Staged> items = sorted_items(by_id, shard);
    for_each_key(items, [&](const Staged* first, const Staged* last) {
      joiner.join(first, last, of_id);
      ids.add(of_id.row);
      const std::string_view key = of_id.row.id_key.bytes();
      if (!of_id.unanchored.empty()) unanchored_file.add(unanchored_prefix, key, of_id.unanchored);
      if (!of_id.graph.empty()) graph_file.add(graph_prefix, key, of_id.graph);
    });
    ids.end_block();
  }
  std::vector<std::string> files;
  for (TableWriter* writer : {&ids_file, &unanchored_file, &graph_file}) {
    if (auto path = writer->finish()) files.push_back(std::move(*path));
  }
  return files;
}

struct Joined {
  std::vector<std::string> files;  // of the id tables, to be ingested
  std::vector<RefusedRecord> refused;
  std::uint64_t told_in_part = 0;
};

// The second pass: by id into mailboxes by anchor. Adds what it counts to `d`.
Joined join(Store& store, Spool& by_id, Spool& by_anchor, const CommonFacts& facts,
            SnapshotDescription& d) {
  tbb::enumerable_thread_specific<Joiner> joiners([&] { return Joiner(facts, by_anchor); });
  const int ranges = file_ranges(by_id.bytes());
  std::vector<std::vector<std::string>> range_files(static_cast<std::size_t>(ranges));
  tbb::parallel_for(0, ranges, [&](int i) {
    range_files[static_cast<std::size_t>(i)] =
        join_range(store, by_id, joiners.local(), d.generation, shards_of_range(i, ranges));
  });
  Anchor example;
  Joined joined;
  for (auto& part : range_files) {
    joined.files.insert(joined.files.end(), part.begin(), part.end());
  }
  for (Joiner& joiner : joiners) {
    joiner.flush();
    const JoinCounts& c = joiner.counts();
    d.graph_users += c.graph_users;
    d.exo_mailboxes += c.exo_mailboxes;
    d.others += c.without_anchor;
    d.bad_anchors += c.bad_anchors;
    d.disagreements += c.disagreements;
    if (c.exo_alone > 0 && (d.exo_alone == 0 || c.alone_key < example)) {
      example = c.alone_key;
      d.exo_alone_id = c.alone_id;
    }
    d.exo_alone += c.exo_alone;
    if (c.without_flag > 0 && (d.flag_missing == 0 || c.without_flag_id < d.flag_missing_id)) {
      d.flag_missing_id = c.without_flag_id;
    }
    d.flag_missing += c.without_flag;
    joined.told_in_part += c.told_in_part;
    joined.refused.insert(joined.refused.end(), c.refused.begin(), c.refused.end());
  }
  return joined;
}

constexpr std::size_t kShownAnchor = 80;  // characters of one that is none

/// Throws InputError if no user of the feed can be joined to anything.
void require_anchors(const GraphFeed& graph, const SnapshotDescription& d) {
  if (d.graph_users == 0 || d.graph_users != d.others) return;
  if (graph.bad_anchor.empty()) {
    throw InputError(graph.source +
                     ": no user has an onPremisesImmutableId, so nothing can be "
                     "joined; add it to the $select of the read and read again");
  }
  throw InputError(graph.source +
                   ": the anchors are there, but of another kind: "
                   "onPremisesImmutableId of " +
                   graph.bad_anchor_user + " is '" + graph.bad_anchor.substr(0, kShownAnchor) +
                   "', " + anchor_kind(graph.bad_anchor) +
                   ". trueup joins by mS-DS-ConsistencyGuid, else objectGUID: 16 octets in base64" +
                   (is_spoiled_anchor(graph.bad_anchor)
                        ? ""
                        : ". A tenant that is anchored on another attribute cannot be joined"));
}

}  // namespace

LoadResult prepare_cloud(Store& store, std::uint64_t generation, const LoadOptions& options,
                         const GraphOptions* live, Progress& progress) {
  LoadResult result;
  const CloudFiles files = named_files(options, live, result);
  progress.start(Stage::kLoadCloud,
                 live != nullptr ? 0 : total_size(files.graph) + total_size(files.exo));

  BlockPool pool(options.memory_bytes);
  Spool by_id(pool, store.folder());
  Spool by_anchor(pool, store.folder());
  const GraphFeed graph = read_feeds({store, options, progress, result}, files, live, by_id);
  check_defects(result, options.max_defects);

  SnapshotDescription& d = result.snapshot;
  d.generation = generation;
  describe(store, graph, options, d);
  const CommonFacts facts{graph.supplied,
                          graph.sync_supplied ? std::uint32_t{kSyncEnabledSupplied} : 0,
                          /*new_ids_are_whole=*/live == nullptr, graph.partial_pages};
  Joined pass = join(store, by_id, by_anchor, facts, d);
  require_anchors(graph, d);
  if (pass.told_in_part > 0) {
    result.warnings.push_back(std::to_string(pass.told_in_part) +
                              " users come again in the Graph dump "
                              "without onPremisesImmutableId: what they carry there was put over "
                              "what they had before");
  }
  if (d.bad_anchors > 0 && !graph.bad_anchor.empty()) {
    result.warnings.push_back(std::to_string(d.bad_anchors) +
                              " users have an onPremisesImmutableId "
                              "that is not the base64 of 16 octets, such as '" +
                              graph.bad_anchor.substr(0, kShownAnchor) + "' of " +
                              graph.bad_anchor_user + ", " + anchor_kind(graph.bad_anchor) +
                              "; those in scope are refused as bad-anchor");
  }
  if (d.exo_alone > 0) {
    result.warnings.push_back(std::to_string(d.exo_alone) +
                              " mailboxes of the Exchange export are "
                              "not in the Graph dump, such as '" +
                              d.exo_alone_id + "'; they have no anchor and are left out");
  }
  if (d.exo_mailboxes > 0) warn_of_usual_limit(d.exo_mailboxes, kExoLimit, result);
  if (!options.graph.empty()) warn_of_usual_limit(d.graph_users, kGraphLimit, result);
  build_snapshot(store, by_anchor, facts, d, pass.files, pass.refused);
  take_in_snapshot(store, d, pass.files, pass.refused);
  return result;
}

}  // namespace trueup
