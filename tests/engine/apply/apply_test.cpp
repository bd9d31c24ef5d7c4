// SPDX-License-Identifier: Apache-2.0
// apply() in order, against a directory that is a script. The same against a real
// server is in apply_slapd_test.cpp.
#include "engine/apply/apply.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "engine/run/records/report.h"
#include "tests/support/scripted_directory.h"

namespace trueup {
namespace {

using Stop = ApplyResult::Stop;

TEST(Apply, SendsInPlanOrderAndJournalsPageByPage) {
  ScriptedPlan plan;
  plan.add_many(25);
  ScriptedWriter writer;
  writer.answers_a_poll = 3;
  const Applied done = apply_plan(plan, writer, {.options = {.page_size = 10}});
  EXPECT_EQ(done.result.done, 25U);
  EXPECT_EQ(done.result.stop, Stop::kNone);
  EXPECT_TRUE(std::ranges::is_sorted(writer.sent));
  ASSERT_EQ(done.pages.size(), 3U);
  EXPECT_EQ(done.pages[0].size(), 10U);
  EXPECT_EQ(done.pages[2].size(), 5U);
  EXPECT_EQ(done.pages[2].back().number, 25U);
}

TEST(Apply, AnEmptyPlanIsDone) {
  ScriptedPlan plan;
  ScriptedWriter writer;
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(done.result.settled(), 0U);
  EXPECT_TRUE(done.pages.empty());
}

TEST(Apply, ATakerWaitsForItsGiver) {
  ScriptedPlan plan;
  plan.add();
  plan.add();
  plan.add({1, 2});
  plan.add();
  ScriptedWriter writer;
  writer.answers_a_poll = 1;
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(done.result.done, 4U);
  EXPECT_EQ(writer.sent, (std::vector<std::uint32_t>{1, 2, 4, 3}));
}

TEST(Apply, ATakerOfAFailedGiverIsNotSent) {
  for (const int failure : {16, 20, 50, 32, 19}) {
    ScriptedPlan plan;
    plan.add();
    plan.add({1});
    plan.add({2});
    plan.add();
    plan.add({4, 1});
    ScriptedWriter writer;
    writer.results[1] = {failure};
    const Applied done = apply_plan(plan, writer, {.options = {.page_size = 2}});
    EXPECT_EQ(writer.sent, (std::vector<std::uint32_t>{1, 4}));
    EXPECT_EQ(done.result.depends_on, 3U);
    EXPECT_EQ(done.verdict(3), "depends-on");
    EXPECT_EQ(done.journal.at(3).message, "it comes after change 2, which did not succeed");
    EXPECT_EQ(done.journal.at(5).result_code, 0);
  }
}

TEST(Apply, AGiverOutsideTheRunCountsAsFailed) {
  ScriptedPlan plan;
  plan.add({77});
  plan.add({2});  // a plan must not name itself; it does not hang on it either
  ScriptedWriter writer;
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(done.result.depends_on, 2U);
  EXPECT_TRUE(writer.sent.empty());
}

TEST(Apply, ChangesOfOneObjectGoOneAfterTheOther) {
  ScriptedPlan plan;
  plan.add();
  plan.add().anchor = plan.changes()[0].anchor;
  plan.add();
  plan.add().dn = "cN=1";  // the DN of the first, in another case
  plan.add();
  ScriptedWriter writer;
  writer.answers_a_poll = 1;
  writer.results[1] = {51, 50};  // and when the first one waits to be tried again, and fails
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(writer.sent, (std::vector<std::uint32_t>{1, 3, 5, 1, 2, 4}));
  EXPECT_EQ(done.result.done, 4U);
  EXPECT_EQ(done.verdict(1), "rejected");
}

TEST(Apply, AHopelessChangeDoesNotLetTheNextOvertakeTheOneBefore) {
  ScriptedPlan plan;
  plan.add();
  plan.add();
  plan.add({1}).anchor = plan.changes()[1].anchor;
  plan.add().anchor = plan.changes()[1].anchor;
  ScriptedWriter writer;
  writer.answers_a_poll = 1;  // so that 2 is in flight when 3 becomes hopeless
  writer.results[1] = {50};
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(done.verdict(3), "depends-on");
  EXPECT_EQ(writer.sent, (std::vector<std::uint32_t>{1, 2, 4}));
}

TEST(Apply, SortsResultsIntoClasses) {
  const std::map<int, std::string> expected = {{0, "done"},      {32, "rejected"}, {50, "rejected"},
                                               {19, "rejected"}, {21, "rejected"}, {53, "rejected"},
                                               {-1, "rejected"}};
  ScriptedPlan plan;
  ScriptedWriter writer;
  for (const auto& [code, verdict] : expected) writer.results[plan.add().number] = {code};
  const Applied done = apply_plan(plan, writer);
  std::uint32_t number = 0;
  for (const auto& [code, verdict] : expected) {
    EXPECT_EQ(done.verdict(++number), verdict) << code;
    EXPECT_EQ(done.journal.at(number).result_code, code);
    // What the server said, and where there is something that one can do, what.
    const std::string said = code == 0 ? "" : "result " + std::to_string(code);
    EXPECT_TRUE(done.journal.at(number).message.starts_with(said)) << code;
  }
}

/// Plans with edges, shared objects and failures of all kinds: each change gets one outcome, and
/// exactly those are sent that may be.
TEST(Apply, HoldsItsPromisesOnRandomPlans) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    ScriptedPlan plan;
    ScriptedWriter writer;
    writer.shuffle = &random;
    writer.window = 1 + below(20);
    writer.answers_a_poll = 1 + below(8);
    const unsigned size = 1 + below(200);
    for (unsigned i = 0; i < size; ++i) {
      std::vector<std::uint32_t> after;
      while (i > 0 && below(4) == 0) after.push_back(1 + below(i));
      Change& change = plan.add(std::move(after));
      if (i > 0 && below(6) == 0) {
        const Change& earlier = plan.changes()[below(i)];
        if (below(2) == 0) change.anchor = earlier.anchor;
        if (below(2) == 0) change.dn = earlier.dn;
      }
      constexpr int kCodes[] = {16, 32, 50, 51, 52};
      while (below(5) == 0) writer.results[change.number].push_back(kCodes[below(5)]);
    }
    const Applied done = apply_plan(plan, writer, {.options = {.page_size = 1 + below(40)}});
    ASSERT_EQ(done.journal.size(), size) << seed;
    const std::set<std::uint32_t> sent(writer.sent.begin(), writer.sent.end());
    for (const Change& change : plan.changes()) {
      const bool may = std::ranges::all_of(
          change.after, [&](std::uint32_t n) { return done.verdict(n) == "done"; });
      EXPECT_EQ(sent.contains(change.number), may) << seed << ": " << change.number;
      EXPECT_EQ(done.verdict(change.number) == "depends-on", !may) << seed;
      EXPECT_EQ(done.verdict(change.number) == "done", writer.succeeded.contains(change.number));
    }
  }
}

TEST(ReportExitCode, WrittenAndNotReadBackIsNotDone) {
  Report report;
  report.accepted = true;
  report.applied.emplace();
  EXPECT_EQ(report.exit_code(), 0) << "nothing was written, so nothing is to be read back";
  report.applied->done = 3;
  EXPECT_EQ(report.exit_code(), 5);
  report.verified.emplace();
  EXPECT_EQ(report.exit_code(), 0);
  report.verified->stopped = true;
  EXPECT_EQ(report.exit_code(), 5);
  report.dry_run = true;
  report.verified.reset();
  EXPECT_EQ(report.exit_code(), 0);
}

}  // namespace
}  // namespace trueup
