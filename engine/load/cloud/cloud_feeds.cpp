// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/cloud_feeds.h"

#include <tbb/enumerable_thread_specific.h>

#include "engine/load/cloud/stored_users.h"
#include "engine/load/staging/cloud_sink.h"
#include "engine/load/staging/parse_files.h"
#include "engine/load/staging/usual_limit.h"
#include "io/exo/exo_reader.h"
#include "io/json/json_chunks.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

OpenChunks open_json(const LoadOptions& options) {
  return
      [&options](const std::string& path) { return open_json_chunks(path, options.chunk_bytes); };
}

/// What each page of a dump holds.
class PageKinds {
 public:
  PageKinds(const std::optional<DumpManifest>& manifest, bool changes)
      : manifest_(manifest), changes_(changes) {}

  bool listed() const { return manifest_.has_value(); }
  GraphRecords records(std::size_t file) const {
    return holds(file) == DumpManifest::Holds::kChanges ? GraphRecords::kChanges
                                                        : GraphRecords::kWhole;
  }
  std::uint32_t flags(std::size_t file) const {
    return holds(file) == DumpManifest::Holds::kAsked ? std::uint32_t{kReread} : 0;
  }

 private:
  DumpManifest::Holds holds(std::size_t file) const {
    if (manifest_) return manifest_->pages[file].holds;
    return changes_ ? DumpManifest::Holds::kChanges : DumpManifest::Holds::kUsers;
  }

  const std::optional<DumpManifest>& manifest_;
  const bool changes_;
};

struct ReadPages {
  GraphDump dump;
  FeedFacts facts;
};

// Parses the pages of `files`; the file numbers in the stream begin with `first_file`.
ReadPages read_pages(const LoadContext& load, const std::vector<std::string>& files,
                     const PageKinds& kinds, std::size_t first_file, Spool& by_id) {
  const auto& [store, options, progress, result] = load;
  struct Readers {
    GraphReader whole{GraphRecords::kWhole};
    GraphReader changes{GraphRecords::kChanges};
  };
  tbb::enumerable_thread_specific<CloudSink> sinks(
      [&] { return CloudSink(by_id, StagedKind::kGraph); });
  tbb::enumerable_thread_specific<Readers> readers;
  GraphDumpCheck check(files, first_file);
  parse_files(
      files, open_json(options),
      [&](std::size_t file, const Chunk& chunk) {
        CloudSink& sink = sinks.local();
        sink.start_chunk(first_file + file);
        sink.mark(kinds.flags(file));
        Readers& local = readers.local();
        GraphSummary summary;
        (kinds.records(file) == GraphRecords::kChanges ? local.changes : local.whole)
            .parse(chunk, files[file], sink, summary);
        check.add(file, chunk.offset, std::move(summary));
        progress.add(Stage::kLoadCloud, chunk.text.size());
      },
      progress);
  ReadPages read;
  read.dump = check.finish(options.assume_complete, kinds.listed());
  for (std::string& warning : read.dump.warnings) result.warnings.push_back(std::move(warning));
  for (CloudSink& sink : sinks) sink.flush();
  std::vector<std::string> names(first_file);
  names.insert(names.end(), files.begin(), files.end());
  collect_defects(sinks, names, result);
  collect_facts(sinks, {}, read.facts);
  return read;
}

GraphFeed feed_of(const GraphDump& dump, const std::optional<DumpManifest>& manifest,
                  const std::vector<std::string>& files) {
  GraphFeed feed;
  // A manifest whose time cannot be read says nothing: 0 would be "read live".
  const bool told = manifest && manifest->finished_at != 0;
  feed.facts.dated = told ? manifest->finished_at : oldest_file_time(files);
  feed.supplied = dump.supplied_attributes;
  feed.sync_supplied = dump.supplies_sync_enabled;
  feed.delta_link = dump.delta_link;
  feed.select = sorted_properties(dump.selected);
  feed.partial_pages = dump.partial_pages;
  feed.bad_anchor = dump.bad_anchor;
  feed.bad_anchor_user = dump.bad_anchor_user;
  if (manifest) {
    feed.delta_link = manifest->delta_link;
    feed.service = manifest->service;
    feed.delta_link_at = manifest->finished_at;
    feed.taken_at = manifest->finished_at;
  }
  return feed;
}

void check_follows(const SnapshotDescription& base, const std::optional<DumpManifest>& manifest,
                   const std::string& first_file, const LoadOptions& options) {
  const std::string generation = std::to_string(base.generation);
  if (options.assume_follows == base.generation) return;
  if (options.assume_follows != 0) {
    throw UsageError("--assume-follows " + std::to_string(options.assume_follows) +
                     ": the newest cloud generation is " + generation +
                     "; changes can be put on "
                     "that one only");
  }
  const std::string remedy = "; if it does follow on generation " + generation +
                             ", say --assume-follows " + generation +
                             ", else make a full read (trueup fetch, or --graph)";
  if (!manifest) {
    throw InputError(first_file +
                     ": nothing says where this delta begins: there is no "
                     "manifest.json of 'trueup fetch' beside it" +
                     remedy);
  }
  if (manifest->start_link.empty()) {
    throw InputError(first_file + ": this is a full read, not a delta; load it with --graph");
  }
  if (manifest->delta_link == base.delta_link) {
    throw InputError(first_file + ": this delta is loaded already: generation " + generation +
                     " ends where it ends");
  }
  if (manifest->start_link != base.delta_link) {
    throw InputError(first_file +
                     ": this delta begins at another @odata.deltaLink than "
                     "generation " +
                     generation + " ends with, so changes would be missed" + remedy);
  }
}

}  // namespace

GraphFeed read_graph_files(const LoadContext& load, const std::vector<std::string>& files,
                           Spool& by_id) {
  const std::optional<DumpManifest> manifest = manifest_beside(files, load.result.warnings);
  if (manifest && !manifest->start_link.empty()) {
    throw InputError(files.front() +
                     ": this is a delta, not a full read; put it on the stored "
                     "generation with --graph-delta");
  }
  if (manifest) check_pages(*manifest, files);
  const ReadPages read = read_pages(load, files, PageKinds(manifest, false), 0, by_id);
  GraphFeed feed = feed_of(read.dump, manifest, files);
  feed.facts.digest = read.facts.digest;
  feed.source = "graph " + joined(load.options.graph);
  return feed;
}

GraphFeed read_graph_changes(const LoadContext& load, const SnapshotDescription& base,
                             const std::vector<std::string>& files, Spool& by_id) {
  const auto& [store, options, progress, result] = load;
  const std::optional<DumpManifest> manifest = manifest_beside(files, result.warnings);
  check_follows(base, manifest, files.front(), options);
  if (manifest) check_pages(*manifest, files);
  stage_stored_users(store, base, by_id);
  // Its facts are of the delta, not of what it makes of the stored users.
  const GraphDump dump =
      read_pages(load, files, PageKinds(manifest, true), kFirstChangedFile, by_id).dump;
  if (!result.defects.empty()) {
    const Defect& defect = result.defects.front();
    throw InputError(place_of(defect) + ": " + defect.reason +
                     "; a change that cannot be read is told by no later delta, so "
                     "nothing was taken over: make a full read");
  }
  if (!dump.selected.empty() && (dump.supplied_attributes != base.graph_supplied ||
                                 dump.supplies_sync_enabled != base.graph_sync_supplied)) {
    throw InputError(files.front() + ": this delta selects other properties than generation " +
                     std::to_string(base.generation) + " has; make a full read");
  }
  GraphFeed feed = feed_of(dump, manifest, files);
  feed.select = base.graph_select;
  feed.supplied = base.graph_supplied;
  feed.sync_supplied = base.graph_sync_supplied;
  if (feed.service.empty()) feed.service = base.graph_service;
  feed.base = base.generation;
  feed.increments = base.increments + 1;
  feed.source = "graph delta " + joined(options.graph_delta) + " on generation " +
                std::to_string(base.generation);
  return feed;
}

FeedFacts read_exo_files(const LoadContext& load, const std::vector<std::string>& files,
                         const std::vector<ObjectTime>& watched, Spool& by_id) {
  const auto& [store, options, progress, result] = load;
  FeedFacts facts;
  if (files.empty()) return facts;
  tbb::enumerable_thread_specific<CloudSink> sinks([&] {
    CloudSink sink(by_id, StagedKind::kExo);
    sink.watch(watched);
    return sink;
  });
  tbb::enumerable_thread_specific<ExoReader> readers;
  tbb::enumerable_thread_specific<ExoSummary> summaries;
  parse_files(
      files, open_json(options),
      [&](std::size_t file, const Chunk& chunk) {
        CloudSink& sink = sinks.local();
        sink.start_chunk(file);
        readers.local().parse(chunk, files[file], sink, summaries.local());
        progress.add(Stage::kLoadCloud, chunk.text.size());
      },
      progress);
  ExoSummary all;
  for (const ExoSummary& part : summaries) merge(all, part);
  std::uint64_t defects = 0;
  for (const CloudSink& sink : sinks) defects += sink.defects();
  // Of a file of which nothing could be read, that is what there is to say.
  if (all.records > 0 || defects == 0) refuse_missing_pages(all, files);
  result.snapshot.exo_soft_deleted = all.soft_deleted;
  for (const auto& [file, warning] : all.warnings) {
    result.warnings.push_back(file + ": Exchange says: " + warning);
  }
  for (CloudSink& sink : sinks) sink.flush();
  collect_defects(sinks, files, result);
  collect_facts(sinks, watched, facts);
  warn_of_usual_limit(all.all_records, kExoLimit, result);
  facts.dated = oldest_file_time(files);
  return facts;
}

}  // namespace trueup
