// SPDX-License-Identifier: Apache-2.0
// apply() in trouble, against a directory that is a script. The same against a real
// server is in apply_slapd_test.cpp.
#include <gtest/gtest.h>

#include <deque>
#include <set>

#include "engine/apply/apply.h"
#include "snapshots/model/errors.h"
#include "tests/support/scripted_directory.h"

namespace trueup {
namespace {

using std::chrono::milliseconds;
using Stop = ApplyResult::Stop;

TEST(ApplyTrouble, TriesAgainWhileTheServerIsBusy) {
  ScriptedPlan plan;
  plan.add_many(2);
  ScriptedWriter writer;
  writer.results[1] = {51, 52, 0};
  FakeClock clock;
  const Applied done = apply_plan(plan, writer, {}, clock);
  EXPECT_EQ(done.result.done, 2U);
  EXPECT_EQ(done.result.retries, 2U);
  EXPECT_EQ(writer.sent, (std::vector<std::uint32_t>{1, 2, 1, 1}));
  // 100 ms and 200 ms, each times 0.5 to 1.
  EXPECT_GE(clock.passed(), milliseconds(150));
  EXPECT_LE(clock.passed(), milliseconds(301));
}

// A full disk under the journal: the sending ends, what is in flight is awaited and offered again.
TEST(ApplyTrouble, AJournalThatFailsLosesNoOutcome) {
  ScriptedPlan plan;
  plan.add_many(100);
  ScriptedWriter writer;
  writer.window = 8;
  writer.answers_a_poll = 3;
  FakeClock clock;
  std::set<std::uint32_t> recorded;
  int calls = 0;
  const auto journal = [&](std::span<const JournalEntry> entries) {
    if (++calls == 2) throw StoreError("no space left on device");
    for (const JournalEntry& e : entries) recorded.insert(e.number);
  };
  ApplyOptions options;
  options.page_size = 10;
  EXPECT_THROW(apply(records_of(plan.source(), journal), writer, {}, options, clock), StoreError);
  EXPECT_EQ(writer.in_flight(), 0U);
  EXPECT_LT(writer.sent.size(), 100U);
  EXPECT_EQ(recorded, std::set<std::uint32_t>(writer.sent.begin(), writer.sent.end()));
}

TEST(ApplyTrouble, APlanThatCannotBeReadOnLosesNoOutcome) {
  ScriptedPlan plan;
  plan.add_many(3000);
  ScriptedWriter writer;
  writer.window = 8;
  writer.answers_a_poll = 3;
  FakeClock clock;
  std::set<std::uint32_t> recorded;
  const auto journal = [&](std::span<const JournalEntry> entries) {
    for (const JournalEntry& e : entries) recorded.insert(e.number);
  };
  int given = 0;
  const auto failing = [&, source = plan.source()](Change& change) {
    if (++given == 2205) throw StoreError("damaged");
    return source(change);
  };
  ApplyOptions options;
  options.page_size = 10;
  EXPECT_THROW(apply(records_of(failing, journal), writer, {}, options, clock), StoreError);
  EXPECT_EQ(writer.in_flight(), 0U);
  EXPECT_GT(writer.sent.size(), 100U);
  std::set<std::uint32_t> sent(writer.sent.begin(), writer.sent.end());
  EXPECT_EQ(recorded, sent);
}

TEST(ApplyTrouble, GivesUpAfterEightRetries) {
  ScriptedPlan plan;
  plan.add();
  plan.add({1});
  plan.add();
  ScriptedWriter writer;
  writer.results[1] = std::deque<int>(10, 51);
  FakeClock clock;
  const Applied done = apply_plan(plan, writer, {}, clock);
  EXPECT_EQ(std::ranges::count(writer.sent, 1U), 9);
  EXPECT_EQ(done.verdict(3), "done");
  EXPECT_EQ(done.verdict(1), "rejected");
  EXPECT_EQ(done.journal.at(1).result_code, 51);
  EXPECT_EQ(done.verdict(2), "depends-on");
  // 0.1 + 0.2 + ... + 6.4 + 10 s, each times 0.5 to 1.
  EXPECT_GE(clock.passed(), milliseconds(11'350));
  EXPECT_LE(clock.passed(), milliseconds(22'900));
}

TEST(ApplyTrouble, OneBusyObjectDoesNotHoldUpTheNextPages) {
  ScriptedPlan plan;
  plan.add_many(40);
  ScriptedWriter writer;
  writer.results[1] = {51, 51, 0};
  const Applied done = apply_plan(plan, writer, {.options = {.page_size = 10}});
  EXPECT_EQ(done.result.done, 40U);
  EXPECT_EQ(writer.sent.size(), 42U);
  EXPECT_EQ(writer.sent[40], 1U);
  EXPECT_EQ(done.pages.size(), 4U);
}

TEST(ApplyTrouble, StopsWhenTheServerRefusesTheRun) {
  for (const int refusal : {8, 49}) {
    ScriptedPlan plan;
    plan.add_many(100);
    ScriptedWriter writer;
    writer.window = 4;
    writer.results[3] = {refusal};
    const Applied done = apply_plan(plan, writer, {.options = {.page_size = 10}});
    EXPECT_EQ(done.result.stop, Stop::kRefused);
    EXPECT_NE(done.result.stop_message.find("CN=3"), std::string::npos);
    EXPECT_EQ(writer.sent.size(), 4U);
    EXPECT_EQ(done.journal.size(), 3U);  // what was in flight is awaited and journalled
    EXPECT_EQ(done.verdict(3), "none");  // nothing was done, and nothing is wrong with it
    EXPECT_EQ(done.verdict(4), "done");
  }
}

TEST(ApplyTrouble, FinishesWhatIsInFlightWhenStopped) {
  ScriptedPlan plan;
  plan.add_many(100);
  ScriptedWriter writer;
  writer.window = 8;
  writer.answers_a_poll = 2;
  std::atomic<bool> stop = false;
  writer.on_poll = [&] { stop = writer.sent.size() >= 20; };
  FakeClock clock;
  const Applied done =
      apply_plan(plan, writer, {.options = {.page_size = 15}, .stop = &stop}, clock);
  EXPECT_EQ(done.result.stop, Stop::kRequested);
  EXPECT_LT(writer.sent.size(), 30U);
  EXPECT_EQ(done.journal.size(), writer.sent.size());
  EXPECT_EQ(done.result.done, writer.sent.size());
}

TEST(ApplyTrouble, AStopDoesNotWaitForRetries) {
  ScriptedPlan plan;
  plan.add_many(3);
  ScriptedWriter writer;
  writer.results[2] = std::deque<int>(10, 51);
  std::atomic<bool> stop = false;
  writer.on_poll = [&] { stop = true; };
  FakeClock clock;
  const Applied done = apply_plan(plan, writer, {.stop = &stop}, clock);
  EXPECT_EQ(done.verdict(1), "done");
  EXPECT_EQ(done.verdict(2), "none");  // refused as busy: not applied, and left for the resume
  EXPECT_EQ(clock.passed().count(), 0);
}

TEST(ApplyTrouble, JournalsWhatIsUnknownWhenTheDirectoryGoesAway) {
  ScriptedPlan plan;
  plan.add_many(10);
  plan.add({8});
  plan.add_many(50);
  ScriptedWriter writer;
  writer.window = 4;
  writer.dies_after = 10;
  const Applied done = apply_plan(plan, writer, {.options = {.page_size = 6}});
  EXPECT_EQ(done.result.stop, Stop::kDirectoryGone);
  EXPECT_NE(done.result.stop_message.find("connection refused"), std::string::npos);
  EXPECT_EQ(done.result.done + done.result.unknown, 10U);
  EXPECT_GT(done.result.unknown, 0U);
  for (std::uint32_t n = 1; n <= 10; ++n) EXPECT_NE(done.verdict(n), "none") << n;
  EXPECT_EQ(done.verdict(10), "unknown");
  for (std::uint32_t n = 12; n <= 61; ++n) EXPECT_EQ(done.verdict(n), "none") << n;
}

TEST(ApplyTrouble, KeepsTheRate) {
  ScriptedPlan plan;
  plan.add_many(500);
  ScriptedWriter writer;
  FakeClock clock;
  const Applied done =
      apply_plan(plan, writer, {.options = {.max_changes_per_second = 100}}, clock);
  EXPECT_EQ(done.result.done, 500U);
  EXPECT_GE(clock.passed(), milliseconds(4900));
  EXPECT_LE(clock.passed(), milliseconds(5100));
}

TEST(ApplyTrouble, AFailingJournalEndsTheRun) {
  ScriptedPlan plan;
  plan.add_many(30);
  ScriptedWriter writer;
  FakeClock clock;
  const auto full = [](std::span<const JournalEntry>) { throw StoreError("disk full"); };
  EXPECT_THROW(apply(records_of(plan.source(), full), writer, {}, {.page_size = 10}, clock),
               StoreError);
  EXPECT_LE(writer.sent.size(), 30U);
}

}  // namespace
}  // namespace trueup
