// SPDX-License-Identifier: Apache-2.0
// apply() where a change adds a primary address: its object is read right before that is sent.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/apply/apply.h"
#include "tests/support/scripted_directory.h"

namespace trueup {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Numbers = std::vector<std::uint32_t>;

constexpr Attribute kProxy = Attribute::kProxyAddresses;
constexpr Attribute kFirst = extension_attribute(1);
constexpr int kBusy = 51;
constexpr int kNoSuchAttribute = 16;

const std::vector<HeldValue> kOld = {{kProxy, "SMTP:old@x"}};
const std::vector<HeldValue> kTheirs = {{kProxy, "smtp:old@x"}, {kProxy, "SMTP:theirs@x"}};

Change& add_primary(ScriptedPlan& plan) {
  Change& change = plan.add();
  change.edits = {{kProxy, {"SMTP:old@x"}, {"SMTP:new@x"}}};
  return change;
}

TEST(AddedPrimaries, AreLookedForFirst) {
  ScriptedPlan plan;
  plan.add().edits = {{kFirst, {}, {"v"}}};
  add_primary(plan);
  plan.add().edits = {{kProxy, {"SMTP:old@x"}, {"smtp:new@x"}}};  // adds none
  plan.add().edits = {{kProxy, {}, {"SIP:new@x"}}};
  plan.add().edits = {{kProxy, {}, {"X500:/O=NEW"}}};
  ScriptedWriter writer;
  writer.held[2] = writer.held[4] = {kOld};
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(writer.read_numbers, (Numbers{2, 4}));
  EXPECT_EQ(done.result.done, 5U);
  EXPECT_EQ(done.result.sent, 5U);
  for (const auto& [number, entry] : done.journal) {
    EXPECT_TRUE(entry.acknowledged.empty()) << "the whole change, as if it had gone straight";
  }
}

TEST(AddedPrimaries, AreNotSentBesideAnother) {
  ScriptedPlan plan;
  add_primary(plan).edits.push_back({kFirst, {}, {"v"}});
  ScriptedWriter writer;
  writer.held[1] = {kTheirs};
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(done.verdict(1), "conflict");
  ASSERT_EQ(writer.sent_edits.size(), 1U);
  ASSERT_EQ(writer.sent_edits[0].size(), 1U) << "the other edit goes on";
  EXPECT_EQ(writer.sent_edits[0][0].attribute, kFirst);
  const std::string& message = done.journal.at(1).message;
  for (const char* value : {"SMTP:theirs@x", "SMTP:new@x"}) {
    EXPECT_NE(message.find(value), std::string::npos) << message;
  }
}

// The time that a busy server takes is time for somebody else.
TEST(AddedPrimaries, AreLookedForAgainBeforeTheyAreSentAgain) {
  ScriptedPlan plan;
  add_primary(plan);
  ScriptedWriter writer;
  writer.results[1] = {kBusy};
  writer.held[1] = {kOld, kTheirs};
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(writer.sent, Numbers{1});
  EXPECT_EQ(writer.read_numbers, (Numbers{1, 1}));
  EXPECT_EQ(done.verdict(1), "conflict");
}

TEST(AddedPrimaries, AConflictIsReadOnceAsAnyOther) {
  ScriptedPlan plan;
  add_primary(plan);
  ScriptedWriter writer;
  writer.results[1] = {kNoSuchAttribute};
  writer.held[1] = {kOld};
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(done.verdict(1), "done");
  EXPECT_EQ(writer.read_numbers, (Numbers{1, 1}));
  EXPECT_EQ(writer.sent, (Numbers{1, 1}));
}

// What was in doubt is ours to take back, and does not hold all the same.
TEST(AddedPrimaries, AreNotTakenForGoodAfterALostAnswer) {
  for (const bool written : {false, true}) {
    ScriptedPlan plan;
    add_primary(plan);
    ScriptedWriter writer;
    writer.held[1] = {{{kProxy, "SMTP:theirs@x"}}};
    if (written) writer.held[1][0].push_back({kProxy, "SMTP:new@x"});
    Circumstances resumed;
    resumed.history.doubtful.add(1);
    const Applied done = apply_plan(plan, writer, resumed);
    EXPECT_EQ(done.verdict(1), "conflict");
    EXPECT_TRUE(writer.sent.empty());
    EXPECT_EQ(done.journal.at(1).acknowledged.empty(), !written);
  }
}

// While others are sent before them, what was read gets old.
TEST(AddedPrimaries, WhatWasReadIsNotReliedOnForLong) {
  ScriptedPlan plan;
  for (int i = 0; i < 3; ++i) add_primary(plan);
  ScriptedWriter writer;
  for (std::uint32_t n = 1; n <= 3; ++n) writer.held[n] = {kOld};
  FakeClock clock;
  writer.clock = &clock;
  writer.window = 3;
  writer.latency = seconds(2);
  writer.on_poll = [&] { writer.window = 1; };
  EXPECT_EQ(apply_plan(plan, writer, {}, clock).result.done, 3U);
  EXPECT_EQ(writer.read_numbers, (Numbers{1, 2, 3, 2, 3}));
  EXPECT_EQ(writer.sent, (Numbers{1, 2, 3}));
}

TEST(AddedPrimaries, CountOnceForTheRate) {
  ScriptedPlan plan;
  for (int i = 0; i < 40; ++i) add_primary(plan);
  ScriptedWriter writer;
  for (std::uint32_t n = 1; n <= 40; ++n) writer.held[n] = {kOld};
  FakeClock clock;
  writer.clock = &clock;
  Circumstances slow;
  slow.options.max_changes_per_second = 10;
  EXPECT_EQ(apply_plan(plan, writer, slow, clock).result.done, 40U);
  EXPECT_EQ(writer.read_numbers.size(), 40U) << "one is read when it is its turn";
  EXPECT_GT(clock.passed(), milliseconds(3800));
  EXPECT_LT(clock.passed(), milliseconds(4500));
}

}  // namespace
}  // namespace trueup
