// SPDX-License-Identifier: Apache-2.0
// The database may lose the end of its log, the marker beside it stands: no run that wrote looks as
// if it had not.
#include "engine/run/records/unfinished_runs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/apply/resume.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/intended_marker.h"
#include "tests/support/scripted_directory.h"
#include "tests/support/stored_run.h"

namespace trueup {
namespace {

class UnfinishedRunsTest : public ::testing::Test {
 protected:
  /// A plan of 12 changes as run 1, its state on record.
  UnfinishedRunsTest() {
    plan_.add_many(12);
    run_ = runs_.plan_of(plan_.changes());
    run_.command = "run";
    run_.accepted = true;
    std::filesystem::create_directories(run_folder(store(), run_.run));
  }

  Store& store() { return runs_.store(); }
  void record(RunState state) {
    RunDescription run = run_;
    run.state = state;
    put(store(), run);
  }
  void mark(std::uint32_t intended, bool accounted = false) {
    RunDescription run = run_;
    run.state = RunState::kApplying;
    IntendedMarker marker(store(), run, 0);
    marker.raise(intended);
    if (accounted) marker.account();
  }
  UnfinishedRun only_one() {
    const std::vector<UnfinishedRun> all = unfinished_runs(store());
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? UnfinishedRun{} : all.front();
  }
  RunState stored_state() { return run_description(store(), 1)->state; }
  std::string marker_file() { return run_folder(store(), 1) + "/intended"; }

  ScriptedPlan plan_;
  StoredRuns runs_;
  RunDescription run_;
};

TEST_F(UnfinishedRunsTest, WithoutAMarkerTheJournalAloneTells) {
  record(RunState::kPlanned);
  EXPECT_TRUE(unfinished_runs(store()).empty());
  record(RunState::kApplying);
  runs_.intend(run_, 1, 8);
  runs_.journal(run_, {{.number = 1}, {.number = 2, .verdict = Verdict::kUnknown}});
  EXPECT_EQ(only_one().in_doubt, 7U);
  EXPECT_EQ(only_one().lost, "");
}

TEST_F(UnfinishedRunsTest, WhatWasIntendedByTheMarkerIsInDoubtWhateverTheJournalLost) {
  record(RunState::kApplying);
  runs_.journal(run_, {{.number = 1}, {.number = 2, .verdict = Verdict::kConflict}});
  mark(9);
  EXPECT_EQ(only_one().in_doubt, 7U);
  const ApplyHistory history = history_of(store(), run_, false);
  for (std::uint32_t n = 1; n <= 12; ++n) {
    EXPECT_EQ(history.doubtful.contains(n), n >= 3 && n <= 9) << n;
  }
  EXPECT_TRUE(history_of(store(), run_, true).awaited.contains(9));
}

TEST_F(UnfinishedRunsTest, AStateThatWasRolledBackIsPutRight) {
  for (const RunState state :
       {RunState::kLoading, RunState::kPlanned, RunState::kStoppedByGuard, RunState::kFailed}) {
    record(state);
    mark(5);
    const UnfinishedRun found = only_one();
    EXPECT_EQ(found.run.state, RunState::kApplying);
    EXPECT_EQ(found.run.plan_digest, run_.plan_digest);
    EXPECT_TRUE(found.run.accepted);
    EXPECT_EQ(found.in_doubt, 5U);
    EXPECT_NE(found.lost, "") << "it is said";
    EXPECT_EQ(stored_state(), RunState::kApplying);
    EXPECT_EQ(only_one().lost, "") << "and mended";
  }
}

TEST_F(UnfinishedRunsTest, ARecordThatWasLostComesBackFromTheMarkerAndKeepsItsNumber) {
  run_.ad_generation = 40;
  mark(5);  // the store knows nothing of it
  EXPECT_EQ(only_one().run.command, "run");
  EXPECT_EQ(stored_state(), RunState::kApplying);
  EXPECT_GT(store().next_number("run"), 1U);
  EXPECT_GT(store().next_number("generation"), 40U);
}

TEST_F(UnfinishedRunsTest, AMarkerThatWasOnlyMadeIsNoDoubt) {
  record(RunState::kPlanned);
  mark(0);
  EXPECT_TRUE(unfinished_runs(store()).empty());
}

TEST_F(UnfinishedRunsTest, OfAnEndedRunOutcomesThatWereLostAreInDoubt) {
  record(RunState::kApplied);
  runs_.all_done(run_);
  mark(12);
  EXPECT_TRUE(unfinished_runs(store()).empty()) << "each has its outcome";
  EXPECT_TRUE(read_marker(store(), 1)->accounted) << "and now that is kept where no log loses it";
  mark(12);
  StoredRuns other;  // the same without outcomes
  std::filesystem::create_directories(run_folder(other.store(), 1));
  RunDescription again = other.plan_of(plan_.changes());
  again.state = RunState::kApplied;
  put(other.store(), again);
  IntendedMarker(other.store(), again, 12);
  other.journal(again, {{.number = 1}, {.number = 2}});
  const std::vector<UnfinishedRun> found = unfinished_runs(other.store());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().in_doubt, 10U);
  EXPECT_EQ(found.front().run.state, RunState::kStopped);
  EXPECT_NE(found.front().lost.find("10"), std::string::npos);
}

TEST_F(UnfinishedRunsTest, WhatIsAccountedForIsNotReadAgain) {
  record(RunState::kApplied);
  mark(12, /*accounted=*/true);
  EXPECT_TRUE(unfinished_runs(store()).empty());
  record(RunState::kStopped);
  EXPECT_EQ(only_one().in_doubt, 0U) << "stopped in good order";
}

TEST_F(UnfinishedRunsTest, AnUnreadableMarkerPutsAllOfThePlanInDoubt) {
  record(RunState::kPlanned);
  mark(3);
  std::string bytes = read_file(marker_file());
  bytes.replace(0, 2048, 2048, 'x');
  std::ofstream(marker_file(), std::ios::binary) << bytes;
  const UnfinishedRun found = only_one();
  EXPECT_EQ(found.in_doubt, 12U);
  EXPECT_FALSE(found.blocked);
  EXPECT_NE(found.lost.find("cannot be read"), std::string::npos);
}

TEST_F(UnfinishedRunsTest, NothingGoesOnOverARunOfWhichTooMuchIsLost) {
  record(RunState::kApplying);
  mark(3);
  EXPECT_NO_THROW(require_none_blocked(unfinished_runs(store())));
  store_plan(store(), 1, {});  // the plan is gone
  const std::vector<UnfinishedRun> planless = unfinished_runs(store());
  ASSERT_TRUE(planless.front().blocked);
  EXPECT_THROW(require_none_blocked(planless), StoreError);
  try {
    require_none_blocked(planless);
  } catch (const StoreError& error) {
    EXPECT_NE(std::string(error.what()).find("runs/1/plan.ldif"), std::string::npos);
  }
}

TEST_F(UnfinishedRunsTest, WithRecordAndMarkerLostItIsSaidAndBlocked) {
  std::ofstream(marker_file()) << "rubbish";
  const UnfinishedRun found = only_one();
  EXPECT_TRUE(found.blocked);
  EXPECT_EQ(found.run.run, 1U);
}

}  // namespace
}  // namespace trueup
