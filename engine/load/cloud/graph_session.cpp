// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/graph_session.h"

#include <algorithm>
#include <ctime>
#include <thread>
#include <utility>

#include "engine/load/cloud/delta_read.h"
#include "engine/load/cloud/list_read.h"
#include "engine/load/cloud/unsettled_users.h"
#include "io/http/service_url.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr int kLaterLooks = 3;  // at the delta, where the number of users is off

std::string root_of(const GraphOptions& service) {
  const ServiceUrl url = parse_service_url(service.url);
  std::string path = url.target;
  while (path.ends_with('/')) path.pop_back();
  return url.service + (path.empty() ? "/v1.0" : path);
}

}  // namespace

std::string graph_identity(const GraphOptions& service) {
  return service_of(service.url) + " " +
         (service.tenant.empty() ? service.token_url : service.tenant);
}

DumpManifest manifest_of_read(const GraphOptions& service, const std::string& read,
                              const std::string& start_link) {
  DumpManifest manifest;
  manifest.service = graph_identity(service);
  manifest.read = read;
  manifest.select = kSelectedProperties;
  manifest.start_link = start_link;
  return manifest;
}

std::string read_again(const ResyncNeeded& stale) {
  return std::string("Graph is read again from the beginning: ") + stale.what();
}

std::string name_of(GraphReadKind kind) {
  return kind == GraphReadKind::kSequential ? "delta" : "pieces";
}

GraphRead::GraphRead(const GraphReadParts& parts)
    : options_(parts.options),
      by_id_(parts.by_id),
      pages_(parts.by_id, parts.keep, parts.progress),
      context_{parts.fetcher,  pages_, parts.progress, root_of(parts.service), {}, 0,
               &parts.warnings} {
  if (parts.keep != nullptr) {
    ReadCheckpoint& state = context_.state;
    state = parts.keep->replay([this](const KeptPage& page) {
      pages_.take_kept(page);
      resumed_ = true;
    });
    // It had come to the delta's end, which was then: what has changed since is read as well.
    if (!state.delta_link.empty()) state.delta_next = std::exchange(state.delta_link, "");
  }
}

void GraphRead::read_all(std::vector<std::string> names) {
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
  reread_unsettled();
}

void GraphRead::read_changes(const std::string& delta_link, bool base_known) {
  changes_ = true;
  base_known_ = base_known;
  follow_changes(delta_link);
  reread_unsettled();
}

void GraphRead::check_total(std::vector<std::string>& warnings) {
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

GraphFeed GraphRead::feed() const {
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

bool GraphRead::selects_as(const SnapshotDescription& base) const {
  const GraphSummary& summary = pages_.summary();
  return summary.selected.empty() || (summary.selected_attributes == base.graph_supplied &&
                                      summary.selected_sync_enabled == base.graph_sync_supplied);
}

void GraphRead::require_sound_changes() const {
  if (!changes_ || pages_.defective_changes() == 0) return;
  throw ResyncNeeded(std::to_string(pages_.defective_changes()) + " changes cannot be read");
}

std::chrono::seconds GraphRead::left_to_settle() const {
  const auto now = static_cast<std::uint64_t>(std::time(nullptr));
  const std::uint64_t gone =
      resumed_ && now > context_.state.token_at ? now - context_.state.token_at : 0;
  return std::chrono::seconds(options_.settle_seconds - std::min(options_.settle_seconds, gone));
}

void GraphRead::wait_until(std::chrono::steady_clock::time_point time,
                           const std::string& why) const {
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

void GraphRead::wait_a_little() const {
  wait_until(std::chrono::steady_clock::now() +
                 std::chrono::seconds(std::min<std::uint64_t>(options_.settle_seconds, 5)),
             "what has just changed in Graph is asked for again");
}

void GraphRead::reread_unsettled() {
  pages_.flush();
  ReadSoFar read = find_unsettled(by_id_, pages_, base_known_);
  for (int look = 0; look < 2 && !read.doubtful.empty(); ++look) {
    if (look > 0) wait_a_little();
    reread_users(context_, read.doubtful);
    pages_.flush();
    read = find_unsettled(by_id_, pages_, base_known_);
  }
  users_ = read.users;
}

void GraphRead::follow_changes(const std::string& from) {
  const std::uint64_t before = records();
  follow_delta(context_, from, changes_ ? DeltaKind::kSinceGeneration : DeltaKind::kSinceToken);
  changed_meanwhile_ += records() - before;
}

void GraphRead::look_later() {
  wait_a_little();
  context_.state.delta_next.clear();
  follow_changes(std::exchange(context_.state.delta_link, ""));
  reread_unsettled();
}

void finish_dump(DumpWriter& keep, DumpManifest manifest, const GraphRead& read,
                 std::uint64_t started_at) {
  manifest.delta_link = read.state().delta_link;
  manifest.started_at = read.state().token_at != 0 ? read.state().token_at : started_at;
  manifest.finished_at = read.date();
  manifest.users = read.users();
  manifest.removed = read.removed();
  keep.finish(manifest);
}

}  // namespace trueup
