// SPDX-License-Identifier: Apache-2.0
// apply() on objects that are not as the plan showed them, and on attributes that are not taken,
// against a directory that is a script.
#include <gtest/gtest.h>

#include "engine/apply/apply.h"
#include "tests/support/scripted_directory.h"

namespace trueup {
namespace {

using Numbers = std::vector<std::uint32_t>;

constexpr Attribute kMail = Attribute::kMail;
constexpr Attribute kProxy = Attribute::kProxyAddresses;
constexpr Attribute kFirst = extension_attribute(1);

const std::vector<HeldValue> kOld = {{kMail, "a@x"}, {kFirst, "v"}};
const std::vector<HeldValue> kHalf = {{kMail, "other@x"}, {kFirst, "v"}};
const std::vector<HeldValue> kTarget = {{kMail, "b@x"}, {kFirst, "w"}};

Change& add_two_edits(ScriptedPlan& plan, std::vector<std::uint32_t> after = {}) {
  Change& change = plan.add(std::move(after));
  change.edits = {{kMail, {"a@x"}, {"b@x"}}, {kFirst, {"v"}, {"w"}}};
  return change;
}

AttributeSet attributes_of(const std::vector<Edit>& edits) {
  AttributeSet set;
  for (const Edit& e : edits) set.add(e.attribute);
  return set;
}

AttributeSet acknowledged(const ScriptedPlan& plan, const Applied& done, std::uint32_t number) {
  const auto part = acknowledged_part(plan.changes()[number - 1], done.journal.at(number));
  return part ? attributes_of(part->edits) : AttributeSet{};
}

TEST(ApplyConflict, IsReadOnceAndWhatStandsIsSentOnce) {
  for (const int code : {16, 20}) {
    ScriptedPlan plan;
    add_two_edits(plan);
    ScriptedWriter writer;
    writer.results[1] = {code, 0};
    writer.held[1] = {kHalf};
    const Applied done = apply_plan(plan, writer);
    EXPECT_EQ(writer.sent, (Numbers{1, 1}));
    EXPECT_EQ(writer.read_numbers, Numbers{1});
    EXPECT_EQ(attributes_of(writer.sent_edits[1]), AttributeSet{kFirst});
    EXPECT_EQ(done.verdict(1), "conflict");
    EXPECT_EQ(done.journal.at(1).result_code, code);
    EXPECT_EQ(done.journal.at(1).held, (std::vector<HeldValue>{{kMail, "other@x"}}));
    EXPECT_EQ(acknowledged(plan, done, 1), AttributeSet{kFirst});
  }
}

TEST(ApplyConflict, IsAfterASecondRefusalNotSentAgain) {
  ScriptedPlan plan;
  add_two_edits(plan);
  ScriptedWriter writer;
  writer.results[1] = {16, 16};
  writer.held[1] = {kHalf, kOld};
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(writer.sent, (Numbers{1, 1}));
  EXPECT_EQ(done.verdict(1), "conflict");
  EXPECT_EQ(done.journal.at(1).held, (std::vector<HeldValue>{{kMail, "other@x"}, {kFirst, "v"}}));
  EXPECT_EQ(acknowledged(plan, done, 1), AttributeSet{});
}

TEST(ApplyConflict, WhatIsThereAlreadyIsASuccessForThoseAfterIt) {
  ScriptedPlan plan;
  add_two_edits(plan);
  add_two_edits(plan, {1});
  ScriptedWriter writer;
  writer.succeeded.insert(1);  // as the object shows
  writer.results[1] = {20};
  writer.held[1] = {kTarget};
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(done.verdict(1), "already");
  EXPECT_EQ(done.verdict(2), "done");
  EXPECT_EQ(writer.sent, (Numbers{1, 2}));
  EXPECT_EQ(done.result.already, 1U);
}

TEST(ApplyConflict, ABusyServerBeforeItDoesNotCountAsAnAttempt) {
  for (const int code : {51, 52, 11}) {
    ScriptedPlan plan;
    add_two_edits(plan);
    ScriptedWriter writer;
    writer.results[1] = {code, 16, 0};
    writer.held[1] = {kHalf};
    const Applied done = apply_plan(plan, writer);
    EXPECT_EQ(writer.sent.size(), 3U) << code;
    EXPECT_EQ(acknowledged(plan, done, 1), AttributeSet{kFirst}) << code;
  }
}

TEST(ApplyConflict, ARefusedAttributeBeforeItDoesNotCountAsAnAttempt) {
  ScriptedPlan plan;
  add_two_edits(plan).edits.push_back({extension_attribute(2), {}, {"x"}});
  ScriptedWriter writer;
  writer.results[1] = {17, 16, 0};
  writer.messages[1] = "extensionAttribute2: attribute type undefined";
  writer.held[1] = {kHalf};
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(acknowledged(plan, done, 1), AttributeSet{kFirst});
}

TEST(ApplyConflict, OfAnObjectThatIsGoneIsARejectOfItself) {
  ScriptedPlan plan;
  add_two_edits(plan);
  ScriptedWriter writer;
  writer.results[1] = {16};
  writer.read_results[1] = 32;
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(done.verdict(1), "rejected");
  EXPECT_EQ(done.journal.at(1).result_code, 32);
  EXPECT_EQ(writer.sent, Numbers{1});
}

struct Refusal {
  int code;
  std::string message;
};
const Refusal kRefusals[] = {
    {17, "extensionAttribute1: attribute type undefined"},
    {65, "attribute 'extensionAttribute1' not allowed"},
    {16, "0000206F: AttrErr: DSID-0, problem 1002, data 0, Att 20bf7 (extensionAttribute1)"}};

TEST(ApplyAttribute, ThatIsNotTakenIsSentOnceAndTheOtherEditsGoThrough) {
  for (const Refusal& refusal : kRefusals) {
    ScriptedPlan plan;
    for (int i = 0; i < 20; ++i) add_two_edits(plan);
    ScriptedWriter writer;
    writer.window = 1;
    writer.results[1] = {refusal.code, 0};
    writer.messages[1] = refusal.message;
    const Applied done = apply_plan(plan, writer);
    EXPECT_EQ(writer.sent.size(), 21U);
    for (std::size_t i = 0; i < writer.sent_edits.size(); ++i) {
      EXPECT_EQ(attributes_of(writer.sent_edits[i]).contains(kFirst), i == 0);
    }
    EXPECT_TRUE(writer.read_numbers.empty());
    for (std::uint32_t n = 1; n <= 20; ++n) {
      EXPECT_EQ(done.verdict(n), "rejected");
      EXPECT_EQ(acknowledged(plan, done, n), AttributeSet{kMail});
      EXPECT_NE(done.journal.at(n).message.find("extensionAttribute1"), std::string::npos);
    }
    EXPECT_EQ(done.journal.at(1).result_code, refusal.code);
    EXPECT_FALSE(done.result.refused_attributes[index(kFirst)].empty());
    EXPECT_TRUE(done.result.refused_attributes[index(kMail)].empty());
  }
}

TEST(ApplyAttribute, ThatIsNotTakenByManyInFlightLetsAllTheirOtherEditsThrough) {
  ScriptedPlan plan;
  ScriptedWriter writer;
  for (int i = 0; i < 50; ++i) {
    const std::uint32_t number = add_two_edits(plan).number;
    writer.messages[number] = kRefusals[0].message;
    writer.results[number] = {17};  // of those that still have it
  }
  writer.window = 8;
  writer.on_poll = [&] {
    for (std::size_t i = 0; i < writer.sent.size(); ++i) {
      if (!attributes_of(writer.sent_edits[i]).contains(kFirst))
        writer.results[writer.sent[i]] = {};
    }
  };
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(done.result.rejected, 50U);
  for (std::uint32_t n = 1; n <= 50; ++n)
    EXPECT_EQ(acknowledged(plan, done, n), AttributeSet{kMail});
}

TEST(ApplyAttribute, TheResultThatRefusedAChangeStandsInItsOutcome) {
  ScriptedPlan plan;
  for (int i = 0; i < 2; ++i) plan.add().edits = {{kFirst, {}, {"w"}}};
  ScriptedWriter writer;
  writer.window = 1;
  writer.results[1] = {17};
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(writer.sent, Numbers{1});
  EXPECT_EQ(done.verdict(1), "rejected");
  EXPECT_EQ(done.journal.at(1).result_code, 17);
  EXPECT_EQ(done.verdict(2), "rejected");
  EXPECT_EQ(done.journal.at(2).result_code, 0) << "it was not sent";
}

TEST(ApplyAttribute, OneThatNoMessageNamesIsARejectOfTheObject) {
  ScriptedPlan plan;
  add_two_edits(plan);
  add_two_edits(plan);
  ScriptedWriter writer;
  writer.results[1] = {65};
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(done.verdict(1), "rejected");
  EXPECT_EQ(done.verdict(2), "done");
}

TEST(ApplyAttribute, MailAndProxyAddressesAreLeftOutTogether) {
  for (const Attribute refused : {kMail, kProxy}) {
    ScriptedPlan plan;
    plan.add().edits = {{kMail, {}, {"b@x"}}, {kProxy, {}, {"SMTP:b@x"}}, {kFirst, {}, {"w"}}};
    ScriptedWriter writer;
    Circumstances known;
    known.options.refused_attributes[index(refused)] = "not in the schema";
    const Applied done = apply_plan(plan, writer, known);
    ASSERT_EQ(writer.sent_edits.size(), 1U);
    EXPECT_EQ(attributes_of(writer.sent_edits[0]), AttributeSet{kFirst});
    EXPECT_EQ(done.verdict(1), "rejected");
    EXPECT_EQ(done.journal.at(1).message, "not in the schema");
  }
}

TEST(ApplyAttribute, LengthIsCountedInUtf16Units) {
  const std::pair<const char*, bool> values[] = {
      {"abc", true}, {"äöü", true}, {"😀a", true}, {"abcd", false}, {"😀😀", false}};
  for (const auto& [value, fits] : values) {
    ScriptedPlan plan;
    plan.add().edits = {{kMail, {}, {"b@x"}}, {kFirst, {"longer than that"}, {value}}};
    ScriptedWriter writer;
    Circumstances known;
    known.options.max_utf16_units[index(kFirst)] = 3;
    const Applied done = apply_plan(plan, writer, known);
    ASSERT_EQ(writer.sent_edits.size(), 1U);
    EXPECT_EQ(attributes_of(writer.sent_edits[0]).contains(kFirst), fits) << value;
    EXPECT_EQ(done.verdict(1), fits ? "done" : "rejected") << value;
  }
}

TEST(ApplyTooMuch, ASecondOneOnAnObjectIsAReject) {
  ScriptedPlan plan;
  plan.add_many(3);
  ScriptedWriter writer;
  writer.results[1] = {11, 0};
  writer.results[2] = {11, 11, 0};
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(done.verdict(1), "done");
  EXPECT_EQ(done.verdict(2), "rejected");
  EXPECT_EQ(done.journal.at(2).result_code, 11);
  EXPECT_EQ(done.verdict(3), "done");
  EXPECT_EQ(writer.sent.size(), 5U);
}

}  // namespace
}  // namespace trueup
