// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/guards/guard_history.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <filesystem>

#include "snapshots/model/fingerprint.h"
#include "snapshots/store/feed_history.h"
#include "snapshots/store/rows.h"
#include "snapshots/store/table.h"
#include "snapshots/store/unprotected.h"

namespace trueup {
namespace {

constexpr std::uint64_t kDay = 86'400;

bool comes_from_snapshots(const RunDescription& run) {
  return run.undo_of == 0 && run.rejects_of == 0;
}

/// Mailboxes that one generation has and the other has not, or has with other values.
std::uint64_t differing(const Store& store, std::uint64_t a, std::uint64_t b) {
  std::uint64_t count = 0;
  for (int shard = 0; shard < kShardCount; ++shard) {
    RowCursor<Fingerprint> left(store, a, Table::kFingerprints, shard);
    RowCursor<Fingerprint> right(store, b, Table::kFingerprints, shard);
    Fingerprint x, y;
    bool has_x = left.next(x), has_y = right.next(y);
    while (has_x || has_y) {
      const bool only_x = has_x && (!has_y || x.anchor < y.anchor);
      const bool only_y = has_y && (!has_x || y.anchor < x.anchor);
      if (only_x || only_y || !x.same_values(y)) ++count;
      if (!only_y) has_x = left.next(x);
      if (!only_x) has_y = right.next(y);
    }
  }
  return count;
}

void find_again(const Store& store, const SnapshotDescription& now,
                const std::optional<SnapshotDescription>& last, GuardHistory& history) {
  if (!last) return;
  const auto look = [&](const char* feed, const FeedFacts& facts, const FeedFacts& before) {
    if (facts.digest.empty() || facts.digest == before.digest) return;
    const std::optional<FeedSeen> seen = feed_seen(store, feed, facts.digest);
    if (!seen || seen->generation >= now.generation) return;
    history.again.push_back({feed, seen->generation, seen->loaded_at,
                             differing(store, last->generation, now.generation), last->mailboxes});
  };
  if (now.side == Side::kAd) return look("ad", now.ad, last->ad);
  look("graph", now.graph, last->graph);
  look("exo", now.exo, last->exo);
}

/// Of the runs since the last one that a person let through, and not older than the window.
std::vector<PlanFact> written_facts(const Store& store, const std::vector<RunDescription>& runs,
                                    std::uint64_t now, std::uint64_t days) {
  std::uint64_t since = creep_since(now, days);
  for (const RunDescription& run : runs) {
    if (run.accepted_by_digest == 0 || !counts_for_creep(run)) continue;
    since = std::max(since, run.started_at + 1);
  }
  std::vector<PlanFact> facts;
  for (const RunDescription& run : runs) {
    if (counts_for_creep(run) && run.accepted_by_digest == 0 && run.started_at >= since) {
      append_facts(store, run.run, facts);
    }
  }
  merge_facts(facts);
  return facts;
}

}  // namespace

bool is_yardstick(const RunDescription& run) {
  return run.accepted && run.pairs > 0 && comes_from_snapshots(run);
}

bool counts_for_creep(const RunDescription& run) {
  return comes_from_snapshots(run) && run.done + run.unknown > 0;
}

// Jobs do not begin at the same second each night: half a day more, so that the first night still
// counts.
std::uint64_t creep_since(std::uint64_t now, std::uint64_t days) {
  return now - std::min(now, days * kDay + kDay / 2);
}

std::uint64_t creep_days_in_use(const std::vector<RunDescription>& runs, std::uint64_t given) {
  std::uint64_t days = given;
  const std::string key(kCreepDaysKey);
  for (const RunDescription& run : runs) {
    for (const std::string& text : KeptSettings::parsed(run.settings).of(key)) {
      std::uint64_t recorded = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), recorded);
      const bool whole = error == std::errc{} && end == text.data() + text.size();
      days = std::max(days, whole ? recorded : kMostCreepDays);
    }
  }
  return days;
}

GuardHistory guard_history(const Store& store, const RunDescription& run,
                           const SnapshotDescription& cloud, const SnapshotDescription& ad,
                           const GuardOptions& guards) {
  GuardHistory history;
  history.now = static_cast<std::uint64_t>(std::time(nullptr));
  history.store = std::filesystem::absolute(store.folder()).lexically_normal().string();
  history.cloud = newest_snapshot(store, Side::kCloud, true);
  history.ad = newest_snapshot(store, Side::kAd, true);
  history.unprotected = unprotected(store);
  std::vector<RunDescription> runs = run_descriptions(store);
  std::erase_if(runs, [&](const RunDescription& earlier) { return earlier.run >= run.run; });
  for (const RunDescription& earlier : runs) {
    if (is_yardstick(earlier)) history.run = earlier;
  }
  find_again(store, cloud, history.cloud, history);
  find_again(store, ad, history.ad, history);
  history.written = written_facts(store, runs, history.now, guards.creep_days);
  return history;
}

}  // namespace trueup
