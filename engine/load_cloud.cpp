// SPDX-License-Identifier: Apache-2.0
// Two passes: parse both feeds in parallel into partitions by id; then, partition by partition,
// take the last user of each id, lay the EXO properties over it and pass it on by anchor.
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <ctime>
#include <mutex>

#include "engine/feed_sink.h"
#include "engine/graph_dump.h"
#include "engine/load.h"
#include "engine/parse_files.h"
#include "engine/snapshot_builder.h"
#include "io/exo_reader.h"
#include "io/graph_reader.h"
#include "io/json_chunks.h"
#include "snapshots/canonical.h"
#include "snapshots/errors.h"
#include "snapshots/rows.h"
#include "snapshots/table.h"

namespace trueup {
namespace {

Anchor id_key(std::string_view id, std::string& scratch) {
  scratch.clear();
  append_folded(id, scratch);  // Exchange and Graph may write the same GUID in different case
  return hashed_key(scratch);
}

class CloudSink : public FeedSink {
 public:
  CloudSink(Spool& spool, StagedKind kind) : writer_(spool), kind_(kind) {}

  void on_mailbox(const Mailbox& m, std::uint64_t offset) override {
    ++records_;
    StagedHeader header;
    header.key = id_key(m.id, scratch_);
    header.order = stream_order(file_, offset);
    header.kind = kind_;
    header.fingerprint = fingerprint_of(m);
    stage(writer_, header, m);
  }
  void flush() { writer_.flush(); }

 private:
  Spool::Writer writer_;
  const StagedKind kind_;
  std::string scratch_;
};

// Counts of one thread of the second pass.
struct JoinCounts {
  std::uint64_t graph_users = 0;
  std::uint64_t exo_mailboxes = 0;
  std::uint64_t exo_alone = 0;
  std::uint64_t without_anchor = 0;
  std::uint64_t bad_anchors = 0;
  std::uint64_t disagreements = 0;
  std::vector<Note> notes;
};

// Lays the EXO records of one id over its Graph user, property by property.
class Joiner {
 public:
  Joiner(const CommonFacts& facts, Spool& by_anchor) : facts_(facts), writer_(by_anchor) {}

  // The items of one id: Graph users first, each kind in stream order. Gives the row for the id
  // table, and the record of a user without an anchor in `unanchored`.
  IdRow join(const Staged* first, const Staged* last, std::string& unanchored) {
    IdRow row;
    row.id_key = first->item->key;
    unanchored.clear();
    const Staged* exo = first;
    while (exo != last && exo->kind() == StagedKind::kGraph) ++exo;
    if (exo != last) ++counts_.exo_mailboxes;
    if (exo == first) {
      ++counts_.exo_alone;
      return row;
    }
    const Staged& user = exo[-1];  // the last occurrence wins
    const Fingerprint& fingerprint = user.header().fingerprint;
    if ((fingerprint.flags & kRemoved) != 0) {
      row.flags = kRemoved;
      return row;
    }
    ++counts_.graph_users;
    row.flags = fingerprint.flags & kBadAnchor;
    if (!has_anchor(user.record())) {
      leave_out(user, exo, last, unanchored);
      return row;
    }
    row.anchor = fingerprint.anchor;
    if (exo == last) {
      stage_reference(writer_, row.anchor, user.header(), user.record());
    } else {
      pass_on_merged(user, exo, last);
    }
    return row;
  }

  void flush() { writer_.flush(); }
  JoinCounts& counts() { return counts_; }

 private:
  void leave_out(const Staged& user, const Staged* exo, const Staged* last,
                 std::string& unanchored) {
    ++counts_.without_anchor;
    unanchored = user.record();
    const Fingerprint& fingerprint = user.header().fingerprint;
    std::uint32_t flags = fingerprint.flags | facts_.flags;
    constexpr std::uint32_t kManaged = kCloudManagedSupplied | kCloudManaged;
    for (; exo != last; ++exo) {  // whether it is in scope, so that a bad anchor is reported
      const std::uint32_t above = exo->header().fingerprint.flags & kManaged;
      if ((above & kCloudManagedSupplied) != 0) flags = (flags & ~kManaged) | above;
    }
    set_facts(unanchored.data(), flags, AttributeSet(fingerprint.supplied) | facts_.supplied);
    if ((fingerprint.flags & kBadAnchor) == 0) return;
    ++counts_.bad_anchors;
    decode(unanchored, below_);
    counts_.notes.push_back({"bad-anchor", Anchor{}, below_.flags, std::string(below_.id),
                             std::string(below_.name),
                             "onPremisesImmutableId is not the base64 of 16 octets"});
  }

  void pass_on_merged(const Staged& user, const Staged* exo, const Staged* last) {
    StagedHeader header;
    header.key = user.header().fingerprint.anchor;
    header.order = user.order;
    header.kind = StagedKind::kMailbox;
    header.fingerprint = user.header().fingerprint;
    header.fingerprint.supplied |= facts_.supplied.bits();
    record_.assign(user.record());
    set_facts(record_.data(), header.fingerprint.flags, AttributeSet(header.fingerprint.supplied));
    for (; exo != last; ++exo) lay_over(*exo, header.fingerprint);
    stage(writer_, header, record_);
  }

  void lay_over(const Staged& exo, Fingerprint& fingerprint) {
    count_disagreements(exo, fingerprint);
    decode(record_, below_);
    decode(exo.record(), above_);
    merged_.clear();
    merged_.id = below_.id;
    merged_.name = below_.name.empty() ? above_.name : below_.name;
    merged_.anchor = below_.anchor;
    merged_.has_anchor = below_.has_anchor;
    merged_.supplied = below_.supplied | above_.supplied;
    merged_.flags = below_.flags | above_.flags;
    if (above_.has(kCloudManagedSupplied) && !above_.has(kCloudManaged)) {
      merged_.flags &= ~static_cast<std::uint32_t>(kCloudManaged);
    }
    if (above_.supplied.contains(Attribute::kRecipientTypeDetails)) {
      merged_.flags &= ~static_cast<std::uint32_t>(kUntranslatedType);
    } else if (above_.has(kUntranslatedType)) {
      merged_.supplied = merged_.supplied - kTypeAttributes;
    }
    for (const AttributeValue& v : below_.values) {
      if (!above_.supplied.contains(v.attribute) && merged_.supplied.contains(v.attribute)) {
        merged_.values.push_back(v);
      }
    }
    merged_.values.insert(merged_.values.end(), above_.values.begin(), above_.values.end());
    const AttributeSet supplied = merged_.supplied;
    next_record_.clear();
    encode(merged_, next_record_);
    fingerprint = fingerprint_of(merged_);
    fingerprint.supplied = supplied.bits();
    record_.swap(next_record_);
  }

  // Equal hashes settle nearly all; only groups that differ are looked at by attribute.
  void count_disagreements(const Staged& exo, const Fingerprint& below) {
    if ((below.flags & kFromExo) != 0) return;  // that is EXO against EXO: the later file wins
    const Fingerprint& above = exo.header().fingerprint;
    const AttributeSet both = AttributeSet(below.supplied) & AttributeSet(above.supplied);
    if (both.empty()) return;
    if (below.folded == above.folded) return;
    decode(record_, below_);
    decode(exo.record(), above_);
    for (int i = 0; i < kAttributeCount; ++i) {
      const Attribute a = attribute_at(i);
      if (both.contains(a) && hashes_of(below_, a) != hashes_of(above_, a)) {
        ++counts_.disagreements;
      }
    }
  }

  std::array<Hash128, kGroupCount> hashes_of(const Mailbox& m, Attribute a) {
    single_.clear();
    for (const AttributeValue& v : m.values) {
      if (v.attribute == a) single_.values.push_back(v);
    }
    return fingerprint_of(single_).folded;
  }

  const CommonFacts facts_;
  Spool::Writer writer_;
  JoinCounts counts_;
  std::string record_, next_record_;
  Mailbox below_, above_, merged_, single_;
};

// The second pass over a range of partitions: writes the id table and the unanchored users of it.
std::vector<std::string> join_range(Store& store, Spool& by_id, Joiner& joiner,
                                    std::uint64_t generation, std::pair<int, int> shards) {
  TableWriter ids_file(store);
  TableWriter unanchored_file(store);
  const std::string owner = snapshot_prefix(generation);
  const std::string unanchored_prefix = table_prefix(owner, Table::kUnanchored);
  RowWriter<IdRow> ids(ids_file, table_prefix(owner, Table::kIds));
  std::string unanchored;
  for (int shard = shards.first; shard < shards.second; ++shard) {
    const std::vector<Staged> items = sorted_items(by_id, shard);
    for_each_key(items, [&](const Staged* first, const Staged* last) {
      const IdRow row = joiner.join(first, last, unanchored);
      ids.add(row);
      if (!unanchored.empty()) {
        unanchored_file.add(unanchored_prefix, row.id_key.bytes(), unanchored);
      }
    });
    ids.end_block();
  }
  std::vector<std::string> files;
  for (TableWriter* writer : {&ids_file, &unanchored_file}) {
    if (auto path = writer->finish()) files.push_back(std::move(*path));
  }
  return files;
}

std::string joined(const std::vector<std::string>& specs) {
  std::string out;
  for (const std::string& s : specs) out += (out.empty() ? "" : ", ") + s;
  return out;
}

std::uint64_t total_size(const std::vector<std::string>& files) {
  std::uint64_t bytes = 0;
  for (const std::string& f : files) bytes += file_size(f);
  return bytes;
}

struct CloudFiles {
  std::vector<std::string> graph;
  std::vector<std::string> exo;
};

// The first pass: both feeds into partitions by id.
GraphDump parse_feeds(const CloudFiles& files, const LoadOptions& options, Spool& by_id,
                      Progress& progress, LoadResult& result) {
  const auto open = [&](const std::string& path) {
    return open_json_chunks(path, options.chunk_bytes);
  };
  tbb::enumerable_thread_specific<CloudSink> graph_sinks(
      [&] { return CloudSink(by_id, StagedKind::kGraph); });
  tbb::enumerable_thread_specific<GraphReader> graph_readers;
  GraphDumpCheck check(files.graph);
  parse_files(files.graph, open, [&](std::size_t file, const Chunk& chunk) {
    CloudSink& sink = graph_sinks.local();
    sink.start_chunk(file);
    GraphSummary summary;
    graph_readers.local().parse(chunk, files.graph[file], sink, summary);
    check.add(file, chunk.offset, std::move(summary));
    progress.add(Stage::kLoadCloud, chunk.text.size());
  }, progress);
  const GraphDump dump = check.finish(options.assume_complete);

  tbb::enumerable_thread_specific<CloudSink> exo_sinks(
      [&] { return CloudSink(by_id, StagedKind::kExo); });
  tbb::enumerable_thread_specific<ExoReader> exo_readers;
  tbb::enumerable_thread_specific<ExoSummary> exo_summaries;
  parse_files(files.exo, open, [&](std::size_t file, const Chunk& chunk) {
    CloudSink& sink = exo_sinks.local();
    sink.start_chunk(file);
    exo_readers.local().parse(chunk, files.exo[file], sink, exo_summaries.local());
    progress.add(Stage::kLoadCloud, chunk.text.size());
  }, progress);
  ExoSummary exo;
  for (const ExoSummary& part : exo_summaries) merge(exo, part);
  for (CloudSink& sink : graph_sinks) sink.flush();
  for (CloudSink& sink : exo_sinks) sink.flush();
  collect_defects(graph_sinks, files.graph, result);
  collect_defects(exo_sinks, files.exo, result);
  return dump;
}

}  // namespace

LoadResult prepare_cloud(Store& store, std::uint64_t generation, const LoadOptions& options,
                         const GraphOptions* /*live*/, Progress& progress) {
  if (options.graph.empty()) {
    throw UsageError("no cloud side: name the Graph dump with --graph FILE, FOLDER or GLOB");
  }
  LoadResult result;
  const std::vector<std::string_view> endings = {".json", ".jsonl"};
  CloudFiles files;
  files.graph = expand_input(options.graph, endings, &result.passed_over);
  if (!options.exo.empty()) files.exo = expand_input(options.exo, endings, &result.passed_over);
  progress.start(Stage::kLoadCloud, total_size(files.graph) + total_size(files.exo));

  BlockPool pool(options.memory_bytes);
  Spool by_id(pool, store.folder());
  Spool by_anchor(pool, store.folder());
  const GraphDump dump = parse_feeds(files, options, by_id, progress, result);
  check_defects(result, options.max_defects);

  SnapshotDescription& d = result.snapshot;
  d.side = Side::kCloud;
  d.generation = generation;
  d.loaded_at = static_cast<std::uint64_t>(std::time(nullptr));
  d.source = "graph " + joined(options.graph);
  if (!options.exo.empty()) d.source += "; exo " + joined(options.exo);
  d.delta_link = dump.delta_link;
  // What a load showed that a guard stopped is not what the cloud was seen to have.
  auto previous = newest_snapshot(store, Side::kCloud, true);
  if (!previous) previous = newest_snapshot(store, Side::kCloud, false);
  if (previous) d.previous = previous->generation;

  const CommonFacts facts{dump.supplied_attributes,
                          dump.supplies_sync_enabled ? std::uint32_t{kSyncEnabledSupplied} : 0};
  tbb::enumerable_thread_specific<Joiner> joiners([&] { return Joiner(facts, by_anchor); });
  const int ranges = file_ranges(by_id.bytes());
  std::vector<std::vector<std::string>> range_files(static_cast<std::size_t>(ranges));
  tbb::parallel_for(0, ranges, [&](int i) {
    range_files[static_cast<std::size_t>(i)] = join_range(store, by_id, joiners.local(),
                                                          d.generation, shards_of_range(i, ranges));
  });
  std::vector<std::string> to_ingest;
  for (auto& part : range_files) to_ingest.insert(to_ingest.end(), part.begin(), part.end());
  std::vector<Note> notes;
  std::uint64_t exo_alone = 0;
  for (Joiner& joiner : joiners) {
    joiner.flush();
    const JoinCounts& c = joiner.counts();
    d.graph_users += c.graph_users;
    d.exo_mailboxes += c.exo_mailboxes;
    d.others += c.without_anchor;
    d.bad_anchors += c.bad_anchors;
    d.disagreements += c.disagreements;
    exo_alone += c.exo_alone;
    notes.insert(notes.end(), c.notes.begin(), c.notes.end());
  }
  if (d.graph_users > 0 && d.graph_users == d.others) {
    throw InputError(files.graph.front() + ": no user of the dump has a usable "
                     "onPremisesImmutableId, so nothing can be joined; add it to the $select of "
                     "the read and read again");
  }
  if (exo_alone > 0) {
    result.warnings.push_back(std::to_string(exo_alone) + " mailboxes of the Exchange export are "
                              "not in the Graph dump; they have no anchor and are left out");
  }
  build_snapshot(store, by_anchor, facts, d, to_ingest, notes);
  take_in_snapshot(store, d, to_ingest, notes);
  return result;
}

}  // namespace trueup
