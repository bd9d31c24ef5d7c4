// SPDX-License-Identifier: Apache-2.0
#include "tests/support/aged_store.h"

#include <gtest/gtest.h>

#include "snapshots/store/store.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

TEST(AgedStore, EveryTimeMovesAndWhatIsNotKnownStays) {
  const TempFolder folder;
  const std::string path = folder / "store";
  {
    const auto store = Store::open(path, Store::Mode::kReadWrite);
    SnapshotDescription snapshot;
    snapshot.generation = 1;
    snapshot.mailboxes = 200'000;
    snapshot.loaded_at = 1'000'000;
    snapshot.accepted = true;
    put(*store, snapshot);
    RunDescription run;
    run.run = 1;
    run.started_at = 1'000'010;
    run.changes = 5;
    put(*store, run);
  }
  age_store(path, std::chrono::hours(24));
  age_store(path, std::chrono::hours(24));
  const auto store = Store::open(path, Store::Mode::kReadOnly);
  const SnapshotDescription snapshot_then = snapshot(*store, 1).value();
  EXPECT_EQ(snapshot_then.loaded_at, 1'000'000u - 2 * 86'400);
  EXPECT_EQ(snapshot_then.taken_at, 0u);
  EXPECT_EQ(snapshot_then.mailboxes, 200'000u);
  EXPECT_TRUE(snapshot_then.accepted);
  const RunDescription run_then = run_description(*store, 1).value();
  EXPECT_EQ(run_then.started_at, 1'000'010u - 2 * 86'400);
  EXPECT_EQ(run_then.ended_at, 0u);
  EXPECT_EQ(run_then.changes, 5u);
}

}  // namespace
}  // namespace trueup
