// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/graph_source.h"

#include <ctime>
#include <filesystem>

#include "engine/load/cloud/graph_session.h"
#include "engine/load/cloud/stored_users.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

constexpr std::uint64_t kTokenLife = 7 * 86'400;  // of directory objects, since 2020-07
constexpr std::uint64_t kTokenMargin = 3'600;

/// Some names of a stored generation, to cut the list by.
std::vector<std::string> stored_names(const Store& store, std::uint64_t generation) {
  constexpr unsigned kSample = 1024;
  std::vector<std::string> names;
  TableCursor cursor(store, table_prefix(snapshot_prefix(generation), Table::kRecords));
  Mailbox mailbox;
  for (unsigned i = 0; i < kSample; ++i) {
    std::string key(16, '\0');
    key[0] = static_cast<char>(i >> 2);
    key[1] = static_cast<char>(i << 6);
    cursor.seek(key);
    if (!cursor.valid()) break;
    decode(cursor.value(), mailbox);
    if (!mailbox.name.empty()) names.emplace_back(mailbox.name);
  }
  return names;
}

/// Why the changes since `base` will not do; "" if they will.
std::string why_full(const SnapshotDescription& base, const GraphOptions& service,
                     const GraphReadOptions& options) {
  if (options.kind != GraphReadKind::kAuto) return "it was asked for";
  if (base.delta_link.empty()) return "the newest generation has no deltaLink";
  if (base.graph_service != graph_identity(service)) {
    return "the newest generation is of " +
           (base.graph_service.empty() ? std::string("a dump without a manifest")
                                       : base.graph_service) +
           ", not of " + graph_identity(service);
  }
  if (base.graph_select != sorted_properties(std::string(kSelectedProperties))) {
    return "other properties are asked for than the newest generation has";
  }
  if (base.increments + 1 >= options.full_every) {
    return "the last one was " + std::to_string(base.increments + 1) + " loads ago";
  }
  const auto now = static_cast<std::uint64_t>(std::time(nullptr));
  if (base.delta_link_at == 0 || now > base.delta_link_at + kTokenLife - kTokenMargin) {
    return "the delta token is about 7 days old or more";
  }
  return {};
}

/// Where a load keeps what it receives, if it does.
std::unique_ptr<DumpWriter> new_dump(const GraphReadOptions& options, const DumpManifest& read) {
  if (options.keep_pages.empty()) return nullptr;
  std::string name = "graph-" + utc_text(static_cast<std::uint64_t>(std::time(nullptr)));
  std::erase(name, ':');
  const std::filesystem::path first = std::filesystem::path(options.keep_pages) / name;
  std::filesystem::path folder = first;
  for (int i = 2; std::filesystem::exists(folder); ++i) {
    folder = first.string() + "-" + std::to_string(i);
  }
  return std::make_unique<DumpWriter>(folder, read);
}

/// The changes since `base`, on top of it.
GraphFeed read_since(const LoadContext& load, const SnapshotDescription& base, PageFetcher& fetcher,
                     const GraphOptions& service, Spool& by_id) {
  const GraphReadOptions& options = load.options.graph_read;
  LoadResult& result = load.result;
  const DumpManifest manifest = manifest_of_read(service, "delta", base.delta_link);
  const std::unique_ptr<DumpWriter> keep = new_dump(options, manifest);
  try {
    stage_stored_users(load.store, base, by_id);
    GraphRead read({.fetcher = fetcher,
                    .service = service,
                    .options = options,
                    .by_id = by_id,
                    .keep = keep.get(),
                    .progress = load.progress,
                    .warnings = result.warnings});
    read.read_changes(base.delta_link, true);
    if (!read.selects_as(base)) {
      throw ResyncNeeded("other properties are read now than generation " +
                         std::to_string(base.generation) + " has");
    }
    read.check_total(result.warnings);
    read.require_sound_changes();
    GraphFeed feed = read.feed();
    feed.select = base.graph_select;
    feed.supplied = base.graph_supplied;
    feed.sync_supplied = base.graph_sync_supplied;
    feed.base = base.generation;
    feed.increments = base.increments + 1;
    feed.source = "graph " + graph_identity(service) + ", changes since generation " +
                  std::to_string(base.generation);
    read.finish(result);
    if (keep) finish_dump(*keep, manifest, read, feed.taken_at);
    return feed;
  } catch (...) {
    if (keep) keep->remove();
    throw;
  }
}

GraphFeed read_whole(const LoadContext& load, std::vector<std::string> names, PageFetcher& fetcher,
                     const GraphOptions& service, Spool& by_id) {
  const GraphReadOptions& options = load.options.graph_read;
  LoadResult& result = load.result;
  const DumpManifest manifest = manifest_of_read(service, name_of(options.kind), "");
  const std::unique_ptr<DumpWriter> keep = new_dump(options, manifest);
  for (int tries = 1;; ++tries) {
    try {
      GraphRead read({.fetcher = fetcher,
                      .service = service,
                      .options = options,
                      .by_id = by_id,
                      .keep = keep.get(),
                      .progress = load.progress,
                      .warnings = result.warnings});
      read.read_all(names);
      read.check_total(result.warnings);
      GraphFeed feed = read.feed();
      feed.source = "graph " + graph_identity(service);
      read.finish(result);
      if (keep) finish_dump(*keep, manifest, read, feed.taken_at);
      return feed;
    } catch (const ResyncNeeded& stale) {
      if (tries == kFullReads) {
        if (keep) keep->remove();
        throw SourceError(std::string(stale.what()) + ", " + std::to_string(tries) +
                          " full reads in a row; nothing was taken over");
      }
      result.warnings.push_back(read_again(stale));
      if (keep) keep->restart();
      by_id.clear();
    } catch (...) {
      if (keep) keep->remove();
      throw;
    }
  }
}

}  // namespace

GraphFeed read_graph_service(const LoadContext& load, const GraphOptions& service, Spool& by_id) {
  const auto& [store, options, progress, result] = load;
  const std::unique_ptr<PageFetcher> fetcher = open_graph(service, &result.warnings);
  const auto base = newest_snapshot(store, Side::kCloud, false);
  GraphFeed feed;
  std::string why = base ? why_full(*base, service, options.graph_read) : "";
  bool done = false;
  if (base && why.empty()) {
    try {
      feed = read_since(load, *base, *fetcher, service, by_id);
      done = true;
    } catch (const ResyncNeeded& stale) {
      why = stale.what();
      by_id.clear();
    }
  }
  if (!done) {
    if (base && options.graph_read.kind == GraphReadKind::kAuto) {
      result.warnings.push_back("Graph is read in full: " + why);
    }
    std::vector<std::string> names;
    if (base) names = stored_names(store, base->generation);
    feed = read_whole(load, std::move(names), *fetcher, service, by_id);
  }
  feed.service = graph_identity(service);
  return feed;
}

}  // namespace trueup
