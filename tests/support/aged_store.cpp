// SPDX-License-Identifier: Apache-2.0
#include "tests/support/aged_store.h"

#include <vector>

#include "snapshots/store/store.h"

namespace trueup {
namespace {

/// 0 is "not known" and stays it.
void move_back(std::uint64_t& unix_seconds, std::chrono::seconds by) {
  const auto moved = static_cast<std::int64_t>(unix_seconds) - by.count();
  if (unix_seconds != 0 && moved > 0) unix_seconds = static_cast<std::uint64_t>(moved);
}

}  // namespace

SnapshotDescription aged(SnapshotDescription snapshot, std::chrono::seconds by) {
  for (std::uint64_t* time : {&snapshot.loaded_at, &snapshot.taken_at, &snapshot.delta_link_at}) {
    move_back(*time, by);
  }
  for (FeedFacts* feed : {&snapshot.graph, &snapshot.exo, &snapshot.ad}) {
    move_back(feed->dated, by);
    for (ObjectTime& object : feed->newest) move_back(object.changed_at, by);
    for (ObjectTime& object : feed->watched) move_back(object.changed_at, by);
  }
  return snapshot;
}

RunDescription aged(RunDescription run, std::chrono::seconds by) {
  for (std::uint64_t* time : {&run.started_at, &run.ended_at, &run.accepted_by_digest})
    move_back(*time, by);
  return run;
}

void age_store(const std::string& folder, std::chrono::seconds by) {
  const auto store = Store::open(folder, Store::Mode::kReadWrite);
  std::vector<SnapshotDescription> snapshots_aged;
  for (SnapshotDescription& snapshot : snapshots(*store)) {
    snapshots_aged.push_back(aged(std::move(snapshot), by));
  }
  put(*store, snapshots_aged);
  for (RunDescription& run : run_descriptions(*store)) put(*store, aged(std::move(run), by));
  store->sync();
}

}  // namespace trueup
