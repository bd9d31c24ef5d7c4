// SPDX-License-Identifier: Apache-2.0
// Which runs may go: beyond both limits, and nothing rests on them.
#include "engine/run/records/retention.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "snapshots/model/errors.h"
#include "snapshots/store/intended_marker.h"
#include "snapshots/store/journal.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

namespace fs = std::filesystem;
using Numbers = std::vector<std::uint64_t>;

constexpr std::uint64_t kNow = 1'800'000'000;
constexpr std::uint64_t kDay = 86'400;

class RetentionTest : public testing::Test {
 protected:
  RetentionTest() : store_(Store::open(folder_ / "store", Store::Mode::kReadWrite)) {}

  /// A plan that nobody applied, with its folder; later ones are newer by a day.
  RunDescription run(std::uint64_t number, std::uint64_t days_ago) {
    RunDescription r;
    r.run = number;
    r.command = "plan";
    r.state = RunState::kPlanned;
    r.plan_digest = "digest";
    r.started_at = r.ended_at = kNow - days_ago * kDay;
    put(*store_, r);
    folder_.write("store/runs/" + std::to_string(number) + "/plan.ldif", "version: 1\n");
    return r;
  }
  /// Numbers 1 to `count`, the last one of today.
  void nights(std::uint64_t count) {
    for (std::uint64_t n = 1; n <= count; ++n) run(n, count - n);
  }
  RunDescription changed(std::uint64_t number, const std::function<void(RunDescription&)>& edit) {
    RunDescription r = run_description(*store_, number).value();
    edit(r);
    put(*store_, r);
    return r;
  }
  Retired find() { return find_retired(*store_, options_, unfinished_runs(*store_), kNow, true); }
  std::string why(const Retired& retired, std::uint64_t run) {
    for (const Retired::Kept& k : retired.kept) {
      if (k.run == run) return k.why;
    }
    return {};
  }
  std::string folder_of(std::uint64_t run) const {
    return folder_ / ("store/runs/" + std::to_string(run));
  }

  TempFolder folder_;
  std::unique_ptr<Store> store_;
  RetentionOptions options_{.keep_runs = 3, .keep_days = 5, .creep_days = 2};
};

TEST_F(RetentionTest, OneGoesOnlyIfItIsBeyondBothLimits) {
  nights(10);
  EXPECT_EQ(find().runs, (Numbers{1, 2, 3, 4, 5})) << "6 to 10 are younger than five days";
  options_.keep_runs = 8;
  EXPECT_EQ(find().runs, (Numbers{1, 2}));
  options_ = {.keep_runs = 3, .keep_days = 0};
  EXPECT_EQ(find().runs, (Numbers{1, 2, 3, 4, 5, 6, 7}));
}

TEST_F(RetentionTest, AClockThatWasSetBackMakesNothingOld) {
  nights(6);
  options_ = {.keep_runs = 1, .keep_days = 1};
  changed(2, [](RunDescription& r) { r.started_at = r.ended_at = kNow + 40 * kDay; });
  EXPECT_EQ(find().runs, (Numbers{1, 3, 4, 5}));
}

TEST_F(RetentionTest, WhatIsUnfinishedStays) {
  nights(10);
  changed(1, [](RunDescription& r) { r.state = RunState::kApplying; });
  changed(2, [](RunDescription& r) { r.state = RunState::kStopped; });
  changed(3, [](RunDescription& r) { r.state = RunState::kApplied; });
  const RunDescription applied = run_description(*store_, 3).value();
  IntendedMarker marker(*store_, applied, 0);
  marker.raise(1);
  const Retired retired = find_retired(*store_, options_, {}, kNow, false);
  EXPECT_EQ(retired.runs, (Numbers{4, 5}));
  EXPECT_EQ(why(retired, 1), "it has not come to its end");
  EXPECT_EQ(why(retired, 3), "what it sent is not accounted for");
  store_->flush();
  marker.account();
  changed(5, [](RunDescription& r) { r.state = RunState::kApplied; });  // the newest that wrote
  EXPECT_EQ(find().runs, (Numbers{3, 4}));
}

TEST_F(RetentionTest, ADamagedMarkerKeepsItsRun) {
  nights(10);
  changed(1, [](RunDescription& r) { r.state = RunState::kApplied; });
  folder_.write("store/runs/1/intended", "rubbish");
  EXPECT_FALSE(why(find_retired(*store_, options_, {}, kNow, false), 1).empty());
}

TEST_F(RetentionTest, WhatCommandsAndGuardsGoByStays) {
  nights(12);
  changed(1, [](RunDescription& r) { r.accepted = true, r.pairs = 5; });
  changed(2, [](RunDescription& r) { r.state = RunState::kApplied; });
  changed(4, [](RunDescription& r) {
    r.state = RunState::kSettled, r.done = 3, r.started_at = kNow - 2 * kDay, r.ended_at = 0;
  });
  options_ = {.keep_runs = 1, .keep_days = 1, .creep_days = 2};
  for (std::uint64_t n = 8; n <= 12; ++n) {
    changed(n, [](RunDescription& r) { r.plan_digest.clear(); });
  }
  const Retired retired = find();
  EXPECT_EQ(retired.runs, (Numbers{2, 3, 5, 6, 8, 9, 10, 11}));
  EXPECT_EQ(why(retired, 1), "it is the last accepted run");
  EXPECT_EQ(why(retired, 4), "it is the newest that wrote");
  EXPECT_EQ(why(retired, 7), "it has the newest plan");
}

// A shorter window of the command at hand takes nothing from the guard of a run on record.
TEST_F(RetentionTest, CreepGoesByTheLongestWindowOnRecord) {
  nights(12);
  for (const std::uint64_t n : {2, 3, 11}) {
    changed(n, [](RunDescription& r) { r.state = RunState::kApplied, r.done = 1; });
  }
  options_ = {.keep_runs = 1, .keep_days = 1, .creep_days = 2};
  EXPECT_EQ(find().runs.front(), 1U);
  EXPECT_EQ(why(find(), 3), "");
  changed(12, [](RunDescription& r) { r.settings = "guards.creep_days: 9\n"; });
  EXPECT_EQ(why(find(), 3), "the guard 'creep' counts what it wrote");
  EXPECT_EQ(find().runs, (Numbers{1, 2, 4, 5, 6, 7, 8, 9, 10}));
  changed(12, [](RunDescription& r) { r.settings = "guards.creep_days: damaged\n"; });
  EXPECT_EQ(why(find(), 2), "the guard 'creep' counts what it wrote") << "nobody knows";
}

TEST_F(RetentionTest, WhatARunThatStaysWasMadeFromStaysToo) {
  nights(12);
  changed(12, [](RunDescription& r) { r.undo_of = 3; });
  changed(3, [](RunDescription& r) { r.rejects_of = 2; });
  changed(5, [](RunDescription& r) { r.undo_of = 2; });
  changed(6, [](RunDescription& r) { r.rejects_of = 4; });
  const Retired retired = find();
  EXPECT_EQ(retired.runs, (Numbers{1, 4, 6, 7}));
  EXPECT_EQ(why(retired, 3), "run 12 was made from it");
  EXPECT_EQ(why(retired, 5), "it was made from run 2") << "else run 2 could be undone again";
}

TEST_F(RetentionTest, NothingIsLeftOfWhatGoes) {
  nights(6);
  options_ = {.keep_runs = 2, .keep_days = 0};
  Journal(*store_, 1).append(Intent{1, 1});
  Retired retired = find();
  EXPECT_EQ(retired.runs, (Numbers{1, 2, 3, 4}));
  EXPECT_EQ(retired.files, 4U);
  EXPECT_GT(retired.bytes, 4 * 11U);
  remove_retired(*store_, retired);
  EXPECT_TRUE(retired.problems.empty());
  for (std::uint64_t n = 1; n <= 6; ++n) {
    EXPECT_EQ(fs::exists(folder_of(n)), n > 4) << n;
    EXPECT_EQ(run_description(*store_, n).has_value(), n > 4) << n;
    EXPECT_EQ(run_bytes(*store_, n) > 0, n > 4) << n;
  }
  EXPECT_TRUE(find().runs.empty());
}

TEST_F(RetentionTest, WhatIsNotOursIsLeftAloneAndTold) {
  nights(8);
  options_ = {.keep_runs = 1, .keep_days = 0};
  const std::string theirs = folder_.write("theirs/plan.ldif", "theirs");
  fs::remove_all(folder_of(1));
  fs::create_directory_symlink(folder_ / "theirs", folder_of(1));  // a link for a folder
  fs::create_symlink(theirs, folder_of(2) + "/undo.ldif");         // a link in one
  folder_.write("store/runs/3/deeper/file", "theirs");             // a folder in one
  folder_.write("store/runs/77/plan.ldif", "of a run nobody knows");
  folder_.write("store/runs/007/plan.ldif", "no name that we give");
  folder_.write("store/runs/notes.txt", "theirs");
  Retired retired = find();
  EXPECT_EQ(retired.runs, (Numbers{4, 5, 6, 7}));
  EXPECT_EQ(retired.problems.size(), 4U);
  remove_retired(*store_, retired);
  EXPECT_EQ(read_file(theirs), "theirs");
  EXPECT_TRUE(fs::is_symlink(folder_of(1)));
  for (const char* kept :
       {"2/plan.ldif", "3/deeper/file", "77/plan.ldif", "007/plan.ldif", "notes.txt"}) {
    EXPECT_TRUE(fs::exists(folder_ / ("store/runs/" + std::string(kept)))) << kept;
  }
  for (std::uint64_t n = 1; n <= 3; ++n) EXPECT_TRUE(run_description(*store_, n)) << n;
}

TEST_F(RetentionTest, IfTheFoldersCannotBeReadNoRunGoes) {
  nights(5);
  options_ = {.keep_runs = 1, .keep_days = 0};
  fs::rename(folder_ / "store/runs", folder_ / "elsewhere");
  fs::create_directory_symlink(folder_ / "elsewhere", folder_ / "store/runs");
  const Retired retired = find_retired(*store_, options_, {}, kNow, false);
  EXPECT_TRUE(retired.runs.empty());
  ASSERT_EQ(retired.problems.size(), 1U);
  EXPECT_EQ(retired.problems.front().find("no run is removed"), 0U);
}

TEST_F(RetentionTest, AFolderThatIsGoneAlreadyIsNoProblem) {
  nights(5);
  options_ = {.keep_runs = 1, .keep_days = 0};
  fs::remove_all(folder_of(2));  // killed in the middle of an earlier removal
  Retired retired = find();
  EXPECT_EQ(retired.runs, (Numbers{1, 2, 3, 4}));
  remove_retired(*store_, retired);
  EXPECT_FALSE(run_description(*store_, 2));
}

}  // namespace
}  // namespace trueup
