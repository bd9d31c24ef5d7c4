// SPDX-License-Identifier: Apache-2.0
// Whose an error is: the object's, which is a reject, or the server's, which is nobody's: it is
// waited for, and in the end the run stops and can be resumed.
#include "engine/apply/server_trouble.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "engine/apply/apply.h"
#include "tests/support/scripted_directory.h"

namespace trueup {
namespace {

using std::chrono::seconds;
using Stop = ApplyResult::Stop;

constexpr const char* kMoved =
    "0000202B: RefErr: DSID-0310070A, data 0, 1 access points\n\tref 1: 'child.fabrikam.example'\n";

TEST(ServerTrouble, AMovedObjectIsARejectAndTheRestGoesOn) {
  ScriptedPlan plan;
  plan.add_many(40);
  plan.add({3});
  ScriptedWriter writer;
  writer.results[1] = writer.results[3] = {10};
  writer.messages[1] = writer.messages[3] = kMoved;
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(done.result.stop, Stop::kNone);
  EXPECT_EQ(done.verdict(1), "rejected");
  EXPECT_EQ(done.verdict(3), "rejected");
  EXPECT_EQ(done.verdict(41), "depends-on");
  EXPECT_EQ(done.result.done, 38U);
  EXPECT_NE(done.journal.at(3).message.find("load AD and plan again"), std::string::npos);
}

TEST(ServerTrouble, APlanOfMovedObjectsOnlyEndsToo) {
  ScriptedPlan plan;
  plan.add_many(3);
  plan.add({2});
  ScriptedWriter writer;
  for (std::uint32_t n = 1; n <= 3; ++n) writer.results[n] = {10};
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(done.result.stop, Stop::kNone);
  EXPECT_EQ(done.result.rejected, 3U);
  EXPECT_EQ(done.verdict(4), "depends-on");
}

// Not a writable replica of their domain: no object is to blame.
TEST(ServerTrouble, TwentyReferralsAndNothingElseAreTheServers) {
  ScriptedPlan plan;
  plan.add_many(600);
  ScriptedWriter writer;
  writer.state = [] { return 10; };
  writer.state_message = kMoved;
  FakeClock clock;
  const Applied done = apply_plan(plan, writer, {}, clock);
  EXPECT_EQ(done.result.stop, Stop::kDirectoryGone);
  EXPECT_NE(done.result.stop_message.find("0000202B"), std::string::npos);
  EXPECT_TRUE(done.journal.empty());
  EXPECT_GE(clock.passed(), seconds(120));
  EXPECT_LT(writer.sent.size(), 100U);
  EXPECT_GT(writer.dropped, 3U);
}

TEST(ServerTrouble, WhatTheServerSaysOfItselfRejectsNoObject) {
  struct Said {
    int code;
    const char* message;
  };
  for (const Said& said : {
           Said{1,
                "000004DC: LdapErr: DSID-0C090A69, comment: In order to perform this operation a "
                "successful bind must be completed on the connection., data 0, v4563"},
           Said{1, "Operation unavailable without authentication"},
           Said{80, "000020EF: SvcErr: DSID-02080490, problem 5012 (DIR_ERROR), data -1069"},
           Said{52, "000020AC: SvcErr: DSID-0, problem 5002 (UNAVAILABLE), data 0"},
           Said{80, "0000000E: SvcErr: DSID-0, problem 5001 (BUSY), data 0"},
       }) {
    ScriptedPlan plan;
    plan.add_many(600);
    ScriptedWriter writer;
    for (std::uint32_t n = 1; n <= 600; ++n) writer.held[n] = {std::vector<HeldValue>{}};
    writer.state = [&] { return writer.sent.size() > 100 && writer.dropped < 3 ? said.code : 0; };
    writer.state_message = said.message;
    FakeClock clock;
    const Applied done = apply_plan(plan, writer, {}, clock);
    EXPECT_EQ(done.result.stop, Stop::kNone) << said.message;
    EXPECT_EQ(done.result.done + done.result.already, 600U) << said.message;
    EXPECT_EQ(writer.dropped, 3U) << said.message;
    EXPECT_LT(clock.passed(), seconds(10)) << said.message;
  }
}

TEST(ServerTrouble, ThatDoesNotPassStopsTheRunAndLeavesTheRestToAResume) {
  ScriptedPlan plan;
  plan.add_many(600);
  ScriptedWriter writer;
  writer.state = [&] { return writer.sent.size() > 20 ? 1 : 0; };
  writer.state_message = "000004DC: LdapErr: DSID-0C090A69, comment: not bound, data 0, v4563";
  FakeClock clock;
  const Applied done = apply_plan(plan, writer, {}, clock);
  EXPECT_EQ(done.result.stop, Stop::kDirectoryGone);
  EXPECT_NE(done.result.stop_message.find("000004DC"), std::string::npos);
  EXPECT_EQ(done.result.rejected, 0U);
  EXPECT_LT(done.result.done, 21U);
  EXPECT_EQ(done.journal.size(), done.result.done);
  EXPECT_LT(writer.sent.size(), 80U) << "one at a time";
}

// One object whose answer sounds as if the server was at fault: the others are not held up for
// ever.
TEST(ServerTrouble, OneThatOthersGetPastIsTheObjects) {
  for (const std::uint32_t bad : {1U, 300U, 600U}) {
    ScriptedPlan plan;
    plan.add_many(600);
    ScriptedWriter writer;
    writer.results[bad] = std::deque<int>(50, 1);
    writer.messages[bad] = "000004DC: LdapErr: DSID-0C090A69, comment: not bound, data 0, v4563";
    FakeClock clock;
    const Applied done = apply_plan(plan, writer, {}, clock);
    EXPECT_EQ(done.result.stop, Stop::kNone) << bad;
    EXPECT_EQ(done.result.done, 599U) << bad;
    EXPECT_EQ(done.verdict(bad), "rejected") << bad;
    EXPECT_LT(clock.passed(), seconds(120)) << bad;
  }
}

TEST(ServerTrouble, AnOuThatWasMovedIsNotTheServer) {
  ScriptedPlan plan;
  plan.add_many(600);
  ScriptedWriter writer;
  for (std::uint32_t n = 1; n <= 25; ++n) {
    writer.results[n] = std::deque<int>(50, 10);
    writer.messages[n] = kMoved;
  }
  FakeClock clock;
  const Applied done = apply_plan(plan, writer, {}, clock);
  EXPECT_EQ(done.result.stop, Stop::kNone) << done.result.stop_message;
  EXPECT_EQ(done.result.done, 575U);
  EXPECT_EQ(done.result.rejected, 25U);
}

TEST(ServerTrouble, WhatIsWaitedForIsTold) {
  ScriptedPlan plan;
  plan.add_many(600);
  ScriptedWriter writer;
  writer.state = [&] { return writer.sent.size() > 100 && writer.dropped < 3 ? 51 : 0; };
  writer.state_message = "busy";
  std::vector<std::string> said;
  FakeClock clock;
  apply_plan(plan, writer, {.say = [&](const std::string& text) { said.push_back(text); }}, clock);
  EXPECT_FALSE(said.empty());
  EXPECT_LT(said.size(), 20U) << "not for each of many changes";
}

// Whether anything was done is not known where the server failed inside: the object is read first.
TEST(ServerTrouble, AFailureInsideIsLookedAfter) {
  ScriptedPlan plan;
  plan.add_many(2);
  ScriptedWriter writer;
  writer.results[1] = {80};
  writer.messages[1] = "000020EF: SvcErr: DSID-02080490, problem 5012 (DIR_ERROR), data -1069";
  writer.held[1] = {{{Attribute::kMail, "a@b"}}};
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(writer.sent, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(writer.read_numbers, std::vector<std::uint32_t>{1});
  EXPECT_EQ(done.verdict(1), "done");
}

TEST(ServerTrouble, AServerThatIsBusyForAllRejectsNone) {
  ScriptedPlan plan;
  plan.add_many(600);
  ScriptedWriter writer;
  writer.state = [] { return 51; };
  writer.state_message = "busy";
  FakeClock clock;
  const Applied done = apply_plan(plan, writer, {}, clock);
  EXPECT_EQ(done.result.stop, Stop::kDirectoryGone);
  EXPECT_TRUE(done.journal.empty());
}

TEST(ServerTrouble, AReadThatWorksDoesNotEndTroubleWithWrites) {
  ServerTrouble trouble(seconds(10));
  const Clock::TimePoint start{};
  trouble.failed(ServerTrouble::Request::kModify, "no", start);
  EXPECT_TRUE(trouble.on());
  EXPECT_FALSE(trouble.due(start));
  trouble.taken(ServerTrouble::Request::kRead);
  EXPECT_TRUE(trouble.on());
  trouble.taken(ServerTrouble::Request::kModify);
  EXPECT_FALSE(trouble.on());
  trouble.failed(ServerTrouble::Request::kRead, "no", start);
  trouble.taken(ServerTrouble::Request::kRead);
  EXPECT_FALSE(trouble.on());
}

TEST(ServerTrouble, PausesGrowOnceATry) {
  ServerTrouble trouble(seconds(10));
  Clock::TimePoint now{};
  trouble.failed(ServerTrouble::Request::kModify, "no", now);
  const Clock::TimePoint first = trouble.next_try();
  trouble.failed(ServerTrouble::Request::kModify, "no", now);  // was in flight as well
  EXPECT_EQ(trouble.next_try(), first);
  now = first;
  trouble.has_connections();
  trouble.failed(ServerTrouble::Request::kModify, "no", now);
  EXPECT_EQ(trouble.next_try() - now, 2 * (first - Clock::TimePoint{}));
  EXPECT_FALSE(trouble.too_long(now));
  EXPECT_TRUE(trouble.too_long(Clock::TimePoint{} + seconds(10)));
}

}  // namespace
}  // namespace trueup
