// SPDX-License-Identifier: Apache-2.0
// apply() in time: outages, hours, rates and a busy directory, against a directory that is a
// script.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/apply/apply.h"
#include "tests/support/scripted_directory.h"

namespace trueup {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Stop = ApplyResult::Stop;

const std::vector<HeldValue> kNothing = {};

TEST(ApplyOutage, AllIsDoneInTheEnd) {
  ScriptedPlan plan;
  plan.add_many(200);
  ScriptedWriter writer;
  writer.dies_after = 50;
  writer.lives_again_after = 20;
  for (std::uint32_t n = 1; n <= 200; ++n) writer.held[n] = {kNothing};
  FakeClock clock;
  const Applied done = apply_plan(plan, writer, {}, clock);
  EXPECT_EQ(done.result.done, 200U);
  EXPECT_EQ(done.result.stop, Stop::kNone);
  EXPECT_EQ(done.result.reconnects, 1U);
  EXPECT_EQ(writer.sent.size(), 200U + writer.read_numbers.size());
  EXPECT_LT(clock.passed(), seconds(120));
}

TEST(ApplyOutage, IsNoUseWhereAnotherServerAnswers) {
  ScriptedPlan plan;
  plan.add_many(50);
  ScriptedWriter writer;
  writer.window = 4;
  writer.dies_after = 10;
  writer.refuses_reconnect = "another DC answers";
  FakeClock clock;
  const Applied done = apply_plan(plan, writer, {}, clock);
  EXPECT_EQ(done.result.stop, Stop::kDirectoryGone);
  EXPECT_NE(done.result.stop_message.find("another DC answers"), std::string::npos);
  EXPECT_EQ(done.result.settled(), 10U);
  EXPECT_GT(done.result.unknown, 0U);
  EXPECT_LT(clock.passed(), seconds(1));
}

TEST(ApplyOutage, IsWaitedForAsLongAsAllowed) {
  ScriptedPlan plan;
  plan.add_many(50);
  ScriptedWriter writer;
  writer.dies_after = 10;
  Circumstances patient;
  patient.options.longest_outage = seconds(30);
  FakeClock clock;
  const Applied done = apply_plan(plan, writer, patient, clock);
  EXPECT_EQ(done.result.stop, Stop::kDirectoryGone);
  EXPECT_GE(clock.passed(), seconds(30));
  EXPECT_LE(clock.passed(), seconds(36));
}

// A change too large for the server, say: it must not keep the run from its end.
TEST(ApplyOutage, AChangeThatCostsTheConnectionEachTimeIsGivenUp) {
  ScriptedPlan plan;
  plan.add_many(20);
  ScriptedWriter writer;
  writer.lives_again_after = 1;
  for (std::uint32_t n = 1; n <= 20; ++n) writer.held[n] = {kNothing};
  std::size_t seen = 0;
  std::atomic<bool> stop = false;
  writer.on_poll = [&] {
    const auto fatal =
        std::find(writer.sent.begin() + static_cast<std::ptrdiff_t>(seen), writer.sent.end(), 5U);
    if (fatal != writer.sent.end()) writer.dies_after = 0;
    seen = writer.sent.size();
    if (seen > 2000) stop = true;  // this one does not end
  };
  const Applied done = apply_plan(plan, writer, {.stop = &stop});
  EXPECT_EQ(done.result.stop, Stop::kNone);
  EXPECT_LE(std::ranges::count(writer.sent, 5U), 20);
  EXPECT_NE(done.verdict(5), "done");
  EXPECT_EQ(done.result.done, 19U);
}

TEST(ApplyHours, NothingIsSentAfterTheirEnd) {
  ScriptedPlan plan;
  plan.add_many(2000);
  ScriptedWriter writer;
  Circumstances night;
  night.options.max_changes_per_second = 100;
  night.options.stop_at = Clock::TimePoint{} + seconds(5);
  night.options.stop_reason = "the end of the hours";
  FakeClock clock;
  writer.on_poll = [&] { EXPECT_LE(clock.passed(), seconds(5)); };
  const Applied done = apply_plan(plan, writer, night, clock);
  EXPECT_EQ(done.result.stop, Stop::kTime);
  EXPECT_EQ(done.result.stop_message, "the end of the hours");
  EXPECT_NEAR(static_cast<double>(writer.sent.size()), 500, 10);
  EXPECT_EQ(done.result.done, writer.sent.size());
  EXPECT_EQ(done.journal.size(), writer.sent.size());
}

TEST(ApplyHours, OutsideOfThemNothingIsSent) {
  ScriptedPlan plan;
  plan.add_many(20);
  ScriptedWriter writer;
  Circumstances day;
  day.options.stop_at = Clock::TimePoint{} - seconds(1);
  day.options.stop_reason = "outside the hours";
  const Applied done = apply_plan(plan, writer, day);
  EXPECT_EQ(done.result.stop, Stop::kTime);
  EXPECT_TRUE(writer.sent.empty());
  EXPECT_TRUE(done.journal.empty());
}

TEST(ApplyRate, FollowsTheOperatorWhileItRuns) {
  ScriptedPlan plan;
  plan.add_many(4000);
  ScriptedWriter writer;
  FakeClock clock;
  writer.clock = &clock;
  writer.latency = milliseconds(1);
  std::atomic<double> rate = 100;
  std::size_t at_10 = 0;
  std::size_t at_12 = 0;
  writer.on_poll = [&] {
    if (clock.passed() >= seconds(10) && at_10 == 0) {
      at_10 = writer.sent.size();
      rate = 1000;
    }
    if (clock.passed() >= seconds(12) && at_12 == 0) {
      at_12 = writer.sent.size();
      rate = 50;
    }
  };
  const Applied done = apply_plan(plan, writer, {.changes_per_second = &rate}, clock);
  EXPECT_EQ(done.result.done, 4000U);
  EXPECT_NEAR(static_cast<double>(at_10), 1000, 30);
  EXPECT_NEAR(static_cast<double>(at_12 - at_10), 2000, 100);
  const double rest = static_cast<double>(4000 - at_12);
  EXPECT_NEAR(std::chrono::duration<double>(clock.passed() - seconds(12)).count(), rest / 50, 2);
}

TEST(ApplyRate, ARetryIsHeldToItToo) {
  ScriptedPlan plan;
  plan.add_many(200);
  ScriptedWriter writer;
  for (std::uint32_t n = 1; n <= 200; ++n) writer.results[n] = {51, 0};
  FakeClock clock;
  const Applied done =
      apply_plan(plan, writer, {.options = {.max_changes_per_second = 100}}, clock);
  EXPECT_EQ(writer.sent.size(), 400U);
  EXPECT_EQ(done.result.done, 200U);
  EXPECT_GE(clock.passed(), milliseconds(3900));
}

TEST(ApplyRetry, PausesDifferSoThatNotAllComeBackAtOnce) {
  std::set<Clock::Duration> pauses;
  for (int size = 1; size <= 20; ++size) {
    ScriptedPlan plan;
    plan.add_many(size);
    ScriptedWriter writer;
    writer.results[static_cast<std::uint32_t>(size)] = {51, 0};
    FakeClock clock;
    apply_plan(plan, writer, {}, clock);
    EXPECT_GE(clock.passed(), milliseconds(50));
    EXPECT_LE(clock.passed(), milliseconds(101));
    pauses.insert(clock.passed());
  }
  EXPECT_GE(pauses.size(), 15U);
}

/// Answers busy, whatever it is asked, from one time to another.
class BusyForAWhile : public ScriptedWriter {
 public:
  Clock::Duration from{}, until{};

  void submit(const Change& change) override {
    ScriptedWriter::submit(change);
    flying_.insert(change.number);
  }
  void poll(std::chrono::milliseconds timeout, std::vector<WriterAnswer>& outcomes) override {
    const Clock::Duration now = clock->now() - Clock::TimePoint{};
    const bool busy = from <= now && now < until;
    for (const std::uint32_t n : flying_) results[n] = {busy ? 51 : 0};
    ScriptedWriter::poll(timeout, outcomes);
    for (const WriterAnswer& o : outcomes) flying_.erase(o.number);
  }

 private:
  std::set<std::uint32_t> flying_;
};

TEST(ApplyRetry, ABusyDirectoryIsNotMadeBusier) {
  for (const auto begin : {seconds(0), seconds(1)}) {
    ScriptedPlan plan;
    plan.add_many(5000);
    BusyForAWhile writer;
    FakeClock clock;
    writer.window = 256;
    writer.clock = &clock;
    writer.latency = milliseconds(20);
    writer.from = begin;
    writer.until = begin + seconds(5);
    const Applied done = apply_plan(plan, writer, {}, clock);
    EXPECT_EQ(done.result.done, 5000U);
    EXPECT_LE(writer.sent.size(), 6000U);
    EXPECT_LE(clock.passed(), seconds(60));
  }
}

}  // namespace
}  // namespace trueup
