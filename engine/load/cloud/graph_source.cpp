// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/graph_source.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <thread>

#include "engine/load/cloud/delta_read.h"
#include "engine/load/cloud/list_read.h"
#include "engine/load/cloud/stored_users.h"
#include "engine/load/cloud/unsettled_users.h"
#include "io/http/service_url.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

constexpr std::uint64_t kTokenLife = 7 * 86'400;  // of directory objects, since 2020-07
constexpr std::uint64_t kTokenMargin = 3'600;
constexpr int kFullReads = 3;   // tries, where tokens go stale meanwhile
constexpr int kLaterLooks = 3;  // at the delta, where the number of users is off

std::string root_of(const GraphOptions& service) {
  const ServiceUrl url = parse_service_url(service.url);
  std::string path = url.target;
  while (path.ends_with('/')) path.pop_back();
  return url.service + (path.empty() ? "/v1.0" : path);
}

std::string identity_of(const GraphOptions& service) {
  return service_of(service.url) + " " +
         (service.tenant.empty() ? service.token_url : service.tenant);
}

DumpManifest read_kind(const GraphOptions& service, const std::string& read,
                       const std::string& start_link) {
  DumpManifest manifest;
  manifest.service = identity_of(service);
  manifest.read = read;
  manifest.select = kSelectedProperties;
  manifest.start_link = start_link;
  return manifest;
}

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
  if (base.graph_service != identity_of(service)) {
    return "the newest generation is of " +
           (base.graph_service.empty() ? std::string("a dump without a manifest")
                                       : base.graph_service) +
           ", not of " + identity_of(service);
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

/// One read of the service, from the plan of it to its end.
class GraphRead {
 public:
  GraphRead(PageFetcher& fetcher, const GraphOptions& service, const GraphReadOptions& options,
            FreshSpool& by_id, KeptDump* keep, Progress& progress,
            std::vector<std::string>& warnings)
      : options_(options),
        by_id_(by_id),
        pages_(*by_id, keep, progress),
        context_{fetcher, pages_, progress, root_of(service), {}, 0, &warnings} {
    if (keep != nullptr) {
      PullState& state = context_.state;
      state = keep->replay([this](const KeptPage& page) {
        pages_.take_kept(page);
        resumed_ = true;
      });
      // It had come to the delta's end, which was then: what has changed since is read as well.
      if (!state.delta_link.empty()) state.delta_next = std::exchange(state.delta_link, "");
    }
  }

  bool resumed() const { return resumed_; }

  /// All users. `names`: of a generation before, or empty.
  void read_all(std::vector<std::string> names) {
    if (options_.kind == GraphReadKind::kSequential) {
      follow_delta(context_, first_delta_url(context_),
                   context_.state.past_end ? DeltaKind::kSinceToken : DeltaKind::kAll);
    } else {
      if (context_.state.token.empty()) take_token(context_);
      const auto settled = std::chrono::steady_clock::now() + left_to_settle();
      const std::uint64_t users = count_users(context_);
      wait_until(settled, "earlier changes are to show everywhere in Graph (graph_settle)");
      read_list(context_, users, std::move(names));
      follow_changes(context_.state.token);
    }
    settle_doubts();
  }

  /// What has changed since. `base_known`: the users that it is changes to were staged before.
  void read_changes(const std::string& delta_link, bool base_known) {
    changes_ = true;
    base_known_ = base_known;
    follow_changes(delta_link);
    settle_doubts();
  }

  /// Compares with the service's own number. Throws SourceError if users are missing, ResyncNeeded
  /// if they are after a read of changes.
  void check_total(std::vector<std::string>& warnings) {
    for (int look = 0;; ++look) {
      const std::uint64_t counted = count_users(context_);
      const std::uint64_t apart = std::max(counted, users_) - std::min(counted, users_);
      // Changes go on meanwhile, and the number comes from an index that lags behind.
      if (apart <= changed_meanwhile_) return;
      if (look < kLaterLooks) {
        look_later();
        continue;
      }
      const std::string text = "the read has " + std::to_string(users_) +
                               " users, and Graph counts " + std::to_string(counted);
      if (apart > counted / 1000) {
        if (changes_) throw ResyncNeeded(text);
        throw SourceError(text +
                          "; nothing was taken over: read again, with --graph-read "
                          "sequential if it stays so");
      }
      warnings.push_back(text);
      return;
    }
  }

  GraphFeed feed() const {
    const GraphSummary& summary = pages_.summary();
    GraphFeed feed;
    const bool listed = !summary.selected.empty();
    feed.supplied = listed ? summary.selected_attributes : summary.carried_attributes;
    feed.sync_supplied = listed ? summary.selected_sync_enabled : summary.carried_sync_enabled;
    feed.delta_link = context_.state.delta_link;
    feed.select = sorted_properties(summary.selected);
    feed.bad_anchor = summary.bad_anchor;
    feed.bad_anchor_user = summary.bad_anchor_user;
    feed.taken_at = date();
    feed.delta_link_at = date();
    return feed;
  }

  /// Whether the pages select what the generation has.
  bool selects_as(const SnapshotDescription& base) const {
    const GraphSummary& summary = pages_.summary();
    return summary.selected.empty() || (summary.selected_attributes == base.graph_supplied &&
                                        summary.selected_sync_enabled == base.graph_sync_supplied);
  }

  /// Throws ResyncNeeded if a change could not be read: the next delta would not tell it again.
  void require_sound_changes() const {
    if (!changes_ || pages_.defective_changes() == 0) return;
    throw ResyncNeeded(std::to_string(pages_.defective_changes()) + " changes cannot be read");
  }

  void finish(LoadResult& result) { pages_.finish(result); }
  std::uint64_t users() const { return users_; }
  std::uint64_t removed() const { return pages_.summary().removed; }
  const PullState& state() const { return context_.state; }
  std::uint64_t date() const { return context_.date; }

 private:
  std::chrono::seconds left_to_settle() const {
    const auto now = static_cast<std::uint64_t>(std::time(nullptr));
    const std::uint64_t gone =
        resumed_ && now > context_.state.token_at ? now - context_.state.token_at : 0;
    return std::chrono::seconds(options_.settle_seconds - std::min(options_.settle_seconds, gone));
  }

  /// `why` is said if it takes a while.
  void wait_until(std::chrono::steady_clock::time_point time, const std::string& why) const {
    const auto wait = std::chrono::duration_cast<std::chrono::seconds>(
        time - std::chrono::steady_clock::now() + std::chrono::milliseconds(500));
    if (wait.count() > 0) {
      context_.progress.tell("waiting: " + why + ", " + std::to_string(wait.count()) + " s");
    }
    while (std::chrono::steady_clock::now() < time) {
      context_.progress.check_stop();
      std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(
          std::chrono::milliseconds(100), time - std::chrono::steady_clock::now()));
    }
  }

  /// Asks for users whose state the pages do not tell; those that cannot be found yet once more.
  void settle_doubts() {
    pages_.flush();
    ReadSoFar read = look_over(*by_id_, pages_, base_known_);
    for (int look = 0; look < 2 && !read.doubtful.empty(); ++look) {
      if (look > 0) wait_a_little();
      reread_users(context_, read.doubtful);
      pages_.flush();
      read = look_over(*by_id_, pages_, base_known_);
    }
    users_ = read.users;
  }

  void wait_a_little() const {
    wait_until(std::chrono::steady_clock::now() +
                   std::chrono::seconds(std::min<std::uint64_t>(options_.settle_seconds, 5)),
               "what has just changed in Graph is asked for again");
  }

  void follow_changes(const std::string& from) {
    const std::uint64_t before = records();
    follow_delta(context_, from, changes_ ? DeltaKind::kSinceGeneration : DeltaKind::kSinceToken);
    changed_meanwhile_ += records() - before;
  }

  /// What the delta has by now.
  void look_later() {
    wait_a_little();
    context_.state.delta_next.clear();
    follow_changes(std::exchange(context_.state.delta_link, ""));
    settle_doubts();
  }

  std::uint64_t records() const { return pages_.summary().users + pages_.summary().removed; }

  const GraphReadOptions& options_;
  FreshSpool& by_id_;
  PulledPages pages_;
  PullContext context_;
  bool resumed_ = false;
  bool changes_ = false;
  bool base_known_ = true;
  std::uint64_t users_ = 0;
  std::uint64_t changed_meanwhile_ = 0;  // records of deltas, beside a read of all
};

/// Where a load keeps what it receives, if it does.
std::unique_ptr<KeptDump> kept_dump(const GraphReadOptions& options, const DumpManifest& read) {
  if (options.keep_pages.empty()) return nullptr;
  std::string name = "graph-" + utc_text(static_cast<std::uint64_t>(std::time(nullptr)));
  std::erase(name, ':');
  const std::filesystem::path first = std::filesystem::path(options.keep_pages) / name;
  std::filesystem::path folder = first;
  for (int i = 2; std::filesystem::exists(folder); ++i) {
    folder = first.string() + "-" + std::to_string(i);
  }
  return std::make_unique<KeptDump>(folder, read);
}

void finish_dump(KeptDump& keep, DumpManifest manifest, const GraphRead& read,
                 std::uint64_t started_at) {
  manifest.delta_link = read.state().delta_link;
  manifest.started_at = read.state().token_at != 0 ? read.state().token_at : started_at;
  manifest.finished_at = read.date();
  manifest.users = read.users();
  manifest.removed = read.removed();
  keep.finish(manifest);
}

std::string read_again(const ResyncNeeded& stale) {
  return std::string("Graph is read again from the beginning: ") + stale.what();
}

std::string name_of(GraphReadKind kind) {
  return kind == GraphReadKind::kSequential ? "delta" : "pieces";
}

/// The changes since `base`, on top of it.
GraphFeed read_since(const Store& store, const SnapshotDescription& base, PageFetcher& fetcher,
                     const GraphOptions& service, const GraphReadOptions& options,
                     FreshSpool& by_id, Progress& progress, LoadResult& result) {
  const DumpManifest manifest = read_kind(service, "delta", base.delta_link);
  const std::unique_ptr<KeptDump> keep = kept_dump(options, manifest);
  try {
    stage_stored_users(store, base, *by_id);
    GraphRead read(fetcher, service, options, by_id, keep.get(), progress, result.warnings);
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
    feed.source = "graph " + identity_of(service) + ", changes since generation " +
                  std::to_string(base.generation);
    read.finish(result);
    if (keep) finish_dump(*keep, manifest, read, feed.taken_at);
    return feed;
  } catch (...) {
    if (keep) keep->abandon();
    throw;
  }
}

GraphFeed read_whole(std::vector<std::string> names, PageFetcher& fetcher,
                     const GraphOptions& service, const GraphReadOptions& options,
                     FreshSpool& by_id, Progress& progress, LoadResult& result) {
  const DumpManifest manifest = read_kind(service, name_of(options.kind), "");
  const std::unique_ptr<KeptDump> keep = kept_dump(options, manifest);
  for (int tries = 1;; ++tries) {
    try {
      GraphRead read(fetcher, service, options, by_id, keep.get(), progress, result.warnings);
      read.read_all(names);
      read.check_total(result.warnings);
      GraphFeed feed = read.feed();
      feed.source = "graph " + identity_of(service);
      read.finish(result);
      if (keep) finish_dump(*keep, manifest, read, feed.taken_at);
      return feed;
    } catch (const ResyncNeeded& stale) {
      if (tries == kFullReads) {
        if (keep) keep->abandon();
        throw SourceError(std::string(stale.what()) + ", " + std::to_string(tries) +
                          " full reads in a row; nothing was taken over");
      }
      result.warnings.push_back(read_again(stale));
      if (keep) keep->discard();
      by_id.renew();
    } catch (...) {
      if (keep) keep->abandon();
      throw;
    }
  }
}

}  // namespace

GraphFeed read_graph_service(const Store& store, const GraphOptions& service,
                             const LoadOptions& options, FreshSpool& by_id, Progress& progress,
                             LoadResult& result) {
  const std::unique_ptr<PageFetcher> fetcher = open_graph(service, &result.warnings);
  const auto base = newest_snapshot(store, Side::kCloud, false);
  GraphFeed feed;
  std::string why = base ? why_full(*base, service, options.graph_read) : "";
  bool done = false;
  if (base && why.empty()) {
    try {
      feed =
          read_since(store, *base, *fetcher, service, options.graph_read, by_id, progress, result);
      done = true;
    } catch (const ResyncNeeded& stale) {
      why = stale.what();
      by_id.renew();
    }
  }
  if (!done) {
    if (base && options.graph_read.kind == GraphReadKind::kAuto) {
      result.warnings.push_back("Graph is read in full: " + why);
    }
    std::vector<std::string> names;
    if (base) names = stored_names(store, base->generation);
    feed = read_whole(std::move(names), *fetcher, service, options.graph_read, by_id, progress,
                      result);
  }
  feed.service = identity_of(service);
  return feed;
}

FetchResult fetch_graph(const GraphOptions& service, const LoadOptions& options,
                        const std::string& folder, const std::string& follow, Progress& progress) {
  FetchResult result;
  result.folder = folder;
  DumpManifest manifest = read_kind(service, name_of(options.graph_read.kind), "");
  if (!follow.empty()) {
    const auto earlier = manifest_in(follow, result.warnings);
    if (!earlier) {
      throw UsageError("--follow " + follow + ": there is no manifest.json of 'trueup fetch'");
    }
    if (earlier->service != manifest.service) {
      throw UsageError("--follow " + follow + ": that dump is of " + earlier->service +
                       ", not of " + manifest.service);
    }
    manifest.read = "delta";
    manifest.start_link = earlier->delta_link;
  }
  KeptDump keep(folder, manifest);
  const std::unique_ptr<PageFetcher> fetcher = open_graph(service, &result.warnings);
  BlockPool pool(options.memory_bytes);
  FreshSpool by_id(pool, folder);
  progress.start(Stage::kLoadCloud, 0);
  for (int tries = 1;; ++tries) {
    try {
      GraphRead read(*fetcher, service, options.graph_read, by_id, &keep, progress,
                     result.warnings);
      result.resumed = read.resumed();
      if (follow.empty()) {
        read.read_all({});
        read.check_total(result.warnings);
      } else {
        read.read_changes(manifest.start_link, false);
      }
      finish_dump(keep, manifest, read, read.date());
      result.users = read.users();
      result.removed = read.removed();
      break;
    } catch (const ResyncNeeded& stale) {
      if (follow.empty() && tries < kFullReads) {
        result.warnings.push_back(read_again(stale));
        keep.discard();
        by_id.renew();
        continue;
      }
      keep.abandon();
      throw SourceError(std::string(stale.what()) + "; the beginning in " + folder +
                        " is no use "
                        "and was removed: " +
                        (follow.empty() ? "fetch again"
                                        : "fetch in full, "
                                          "without --follow"));
    }
  }
  result.pages = keep.pages();
  result.requests = fetcher->counts().requests;
  return result;
}

}  // namespace trueup
