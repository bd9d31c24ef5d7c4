// SPDX-License-Identifier: Apache-2.0
// The nightly run after one that was killed: it goes on with that first, if that may be gone on
// with.
#include "tests/cli/apply/unfinished_trial.h"
#include "tests/support/aged_store.h"

namespace trueup::cli {
namespace {

using CliNextNightSlapd = CliUnfinishedSlapd;

TEST_F(CliNextNightSlapd, TheNextNightlyRunResumesIt) {
  signalled(apply_slowly(), SIGKILL);
  EXPECT_EQ(state_of(store_, 1), "applying");
  const ProcessResult result = trueup(next_night({"--json"}));
  ASSERT_TRUE(result.exit_code == kDone || result.exit_code == kSomeRejected) << result.err;
  const Json report = Json::parse(result.out);
  const Json& resumed = report.at("resumed").at(0);
  EXPECT_EQ(resumed.at("run"), 1);
  EXPECT_EQ(resumed.at("state"), "applied");
  EXPECT_EQ(resumed.at("applied").at("done"), changes());
  EXPECT_EQ(resumed.at("differing"), 0);
  EXPECT_NE(result.err.find("run 1 was unfinished and is resumed to its end"), std::string::npos)
      << result.err;
  EXPECT_EQ(report.at("run"), 2);
  EXPECT_EQ(report.at("plan").at("changes"), 0) << "nothing was left to be planned anew";
  EXPECT_EQ(state_of(store_, 1), "applied");
  expect_all_written_once();
  must(trial_.undo(store_, 1));
  EXPECT_EQ(difference(trial_.now(), trial_.before()), "");
}

// What may not be gone on with is settled: what it wrote is known, and the rest planned anew.
TEST_F(CliNextNightSlapd, OneThatIsTooOldIsSettledAndItIsSaidWhy) {
  signalled(apply_slowly(), SIGKILL);
  const int written = modifies();
  age_store(store_, std::chrono::hours(30));
  const ProcessResult result = trueup(next_night({"--json"}));
  ASSERT_TRUE(result.exit_code == kDone || result.exit_code == kSomeRejected) << result.err;
  EXPECT_NE(result.err.find("settled, not resumed: the plan of run 1 is 30 hours old"),
            std::string::npos)
      << result.err;
  EXPECT_FALSE(Json::parse(result.out).contains("resumed"));
  EXPECT_EQ(difference(trial_.now(), trial_.target()), "");
  EXPECT_EQ(state_of(store_, 1), "settled");
  const JournalRead first = journal_of(store_, 1);
  EXPECT_EQ(first.count(Verdict::kDone), written);
  EXPECT_GT(first.count(Verdict::kNotSent), 0) << "intended and not sent when it was killed";
  EXPECT_EQ(first.intended, 0) << "nothing of it is in doubt any more";
  // Each of the two takes its own part back.
  must(trial_.undo(store_, 2));
  must(trial_.undo(store_, 1));
  EXPECT_EQ(difference(trial_.now(), trial_.before()), "");
}

TEST_F(CliNextNightSlapd, OutOfHoursItIsNotResumedAndTheRunEnds) {
  signalled(apply_slowly(), SIGKILL);
  const int written = modifies();
  const std::string closed = time_of_day(120) + "-" + time_of_day(180);
  const ProcessResult result = trueup(next_night({"--hours", closed}));
  EXPECT_EQ(result.exit_code, kStoppedEarly) << result.out << result.err;
  EXPECT_NE(result.out.find("outside the hours of work"), std::string::npos) << result.out;
  EXPECT_EQ(modifies(), written);
  EXPECT_EQ(state_of(store_, 1), "stopped");
  EXPECT_EQ(state_of(store_, 2), "none") << "nothing was planned over it";
  must(trial_.apply_directly(store_, {"--resume", "1"}));
  expect_all_written_once();
}

}  // namespace
}  // namespace trueup::cli
