// SPDX-License-Identifier: Apache-2.0
// apply() when it is not known whether something is written, against a directory that is a script.
#include <gtest/gtest.h>

#include "engine/apply/apply.h"
#include "snapshots/model/errors.h"
#include "tests/support/scripted_directory.h"

namespace trueup {
namespace {

using std::chrono::seconds;
using Numbers = std::vector<std::uint32_t>;
using Stop = ApplyResult::Stop;

const std::vector<HeldValue> kTarget = {{Attribute::kMail, "a@b"}};
const std::vector<HeldValue> kNothing = {};
const std::vector<HeldValue> kOther = {{Attribute::kMail, "other@x"}};

/// Loses the answer to the first modify and is there again at once.
void lose_the_first_answer(ScriptedWriter& writer) {
  writer.dies_after = 1;
  writer.lives_again_after = 1;
}

TEST(ApplyDoubt, AnUnansweredModifyIsReadBeforeItIsSentAgain) {
  ScriptedPlan plan;
  plan.add();
  ScriptedWriter writer;
  lose_the_first_answer(writer);
  writer.held[1] = {kNothing};
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(writer.read_numbers, Numbers{1});
  EXPECT_EQ(writer.sent, (Numbers{1, 1}));
  EXPECT_EQ(done.verdict(1), "done");
  EXPECT_EQ(done.result.reconnects, 1U);
}

TEST(ApplyDoubt, AnUnansweredModifyThatIsThereIsOurs) {
  ScriptedPlan plan;
  plan.add();
  ScriptedWriter writer;
  lose_the_first_answer(writer);
  writer.held[1] = {kTarget};
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(writer.sent, Numbers{1});
  EXPECT_EQ(done.verdict(1), "done");
  EXPECT_TRUE(done.journal.at(1).acknowledged.empty());
}

TEST(ApplyDoubt, AnUnansweredModifyOverwritesNobody) {
  ScriptedPlan plan;
  plan.add();
  ScriptedWriter writer;
  lose_the_first_answer(writer);
  writer.held[1] = {kOther};
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(writer.sent, Numbers{1});
  EXPECT_EQ(done.verdict(1), "conflict");
  EXPECT_EQ(done.journal.at(1).held, kOther);
}

// The server may still have been working off the old connection when it was read.
TEST(ApplyDoubt, AConflictOfWhatWasSentAgainIsReadOnceMore) {
  for (const int code : {16, 20}) {
    ScriptedPlan plan;
    plan.add();
    ScriptedWriter writer;
    lose_the_first_answer(writer);
    writer.held[1] = {kNothing, kTarget};
    writer.results[1] = {code};
    const Applied done = apply_plan(plan, writer);
    EXPECT_EQ(writer.read_numbers, (Numbers{1, 1}));
    EXPECT_EQ(writer.sent, (Numbers{1, 1}));
    EXPECT_EQ(done.verdict(1), "done");
  }
}

TEST(ApplyDoubt, AReadThatIsLostIsReadAgain) {
  ScriptedPlan plan;
  plan.add();
  ScriptedWriter writer;
  writer.lives_again_after = 1;
  writer.results[1] = {16, 0};
  writer.held[1] = {kNothing};
  writer.dies_after = 2;
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(writer.read_numbers, (Numbers{1, 1}));
  EXPECT_EQ(done.verdict(1), "done");
}

TEST(ApplyDoubt, WhatIsInDoubtFromBeforeIsReadFirst) {
  ScriptedPlan plan;
  plan.add_many(4);
  ScriptedWriter writer;
  writer.held[1] = {kTarget};
  writer.held[2] = {kNothing};
  writer.held[3] = {kOther};
  Circumstances resumed;
  for (const std::uint32_t n : {1U, 2U, 3U}) resumed.history.doubtful.add(n);
  const Applied done = apply_plan(plan, writer, resumed);
  EXPECT_EQ(writer.read_numbers, (Numbers{1, 2, 3}));
  EXPECT_EQ(std::set<std::uint32_t>(writer.sent.begin(), writer.sent.end()),
            (std::set<std::uint32_t>{2, 4}));
  EXPECT_EQ(done.verdict(1), "done");
  EXPECT_EQ(done.verdict(2), "done");
  EXPECT_EQ(done.verdict(3), "conflict");
}

TEST(ApplyDoubt, WhatCannotBeReadAgainIsUnknown) {
  ScriptedPlan plan;
  plan.add();
  plan.add({1});
  ScriptedWriter writer;
  lose_the_first_answer(writer);
  writer.read_results[1] = 50;
  const Applied done = apply_plan(plan, writer);
  EXPECT_EQ(done.verdict(1), "unknown");
  EXPECT_EQ(done.verdict(2), "none") << "it is left for the resume";
  EXPECT_EQ(done.result.left, 1U);
  EXPECT_EQ(done.result.stop, Stop::kUndecided);
}

TEST(ApplyDoubt, WhatMayComeFromAnotherDcIsAwaitedAndNeverSent) {
  ScriptedPlan plan;
  plan.add();
  plan.add({1});
  ScriptedWriter writer;
  writer.succeeded.insert(1);
  writer.held[1] = {kNothing, kNothing, kTarget};
  Circumstances elsewhere;
  elsewhere.history.awaited.add(1);
  FakeClock clock;
  const Applied done = apply_plan(plan, writer, elsewhere, clock);
  EXPECT_EQ(writer.sent, Numbers{2});
  EXPECT_EQ(writer.read_numbers, (Numbers{1, 1, 1}));
  EXPECT_EQ(done.verdict(1), "done");
  EXPECT_EQ(done.verdict(2), "done");
  EXPECT_LT(clock.passed(), seconds(5));
}

TEST(ApplyDoubt, WhatDoesNotTurnUpIsUnknownAndWhatComesAfterItIsLeft) {
  ScriptedPlan plan;
  plan.add();
  plan.add({1});
  plan.add({2});
  plan.add();
  plan.add().anchor = plan.changes()[0].anchor;  // of the same object
  ScriptedWriter writer;
  writer.held[1] = {kOther};
  Circumstances elsewhere;
  elsewhere.history.awaited.add(1);
  elsewhere.options.patience = seconds(60);
  FakeClock clock;
  const Applied done = apply_plan(plan, writer, elsewhere, clock);
  EXPECT_EQ(writer.sent, Numbers{4});
  EXPECT_EQ(done.verdict(1), "unknown");
  for (const std::uint32_t n : {2U, 3U, 5U}) EXPECT_EQ(done.verdict(n), "none") << n;
  EXPECT_EQ(done.result.left, 3U);
  EXPECT_EQ(done.result.stop, Stop::kUndecided);
  EXPECT_GE(clock.passed(), seconds(60));
  EXPECT_LE(clock.passed(), seconds(75));
  EXPECT_LT(writer.read_numbers.size(), 30U) << "looked at less and less often";
}

TEST(ApplyDoubt, WhatWasAcknowledgedElsewhereKeepsTheOutcomeOnRecord) {
  ScriptedPlan plan;
  plan.add();
  plan.add({1});
  ScriptedWriter writer;
  writer.succeeded.insert(1);
  writer.held[1] = {kTarget};
  Circumstances elsewhere;
  elsewhere.history.awaited.add(1);
  elsewhere.history.recorded.add(1);
  const Applied done = apply_plan(plan, writer, elsewhere);
  EXPECT_EQ(done.verdict(1), "none");
  EXPECT_EQ(done.verdict(2), "done");
}

TEST(ApplyDoubt, SettlingSendsNothing) {
  for (const Verdict not_found : {Verdict::kNotSent, Verdict::kUnknown}) {
    ScriptedPlan plan;
    plan.add_many(3);
    ScriptedWriter writer;
    writer.held[1] = {kTarget};
    writer.held[2] = {kNothing};
    writer.held[3] = {kNothing, kTarget};
    Circumstances settle;
    settle.options.settle_only = true;
    settle.options.patience = seconds(10);
    settle.options.not_found = not_found;
    for (const std::uint32_t n : {1U, 2U, 3U}) settle.history.doubtful.add(n);
    const Applied done = apply_plan(plan, writer, settle);
    EXPECT_TRUE(writer.sent.empty());
    EXPECT_EQ(done.verdict(1), "done");
    EXPECT_EQ(done.verdict(2), to_string(not_found));
    EXPECT_EQ(done.verdict(3), "done");
  }
}

TEST(ApplyDoubt, NothingOfAPageIsSentBeforeItsIntentIsOnDisk) {
  ScriptedPlan plan;
  plan.add_many(30);
  ScriptedWriter writer;
  FakeClock clock;
  std::uint32_t on_disk_up_to = 0;
  writer.on_poll = [&] { EXPECT_LE(writer.sent.back(), on_disk_up_to); };
  const ApplyRecords records{.next = plan.source(),
                             .intend =
                                 [&](const Intent& intent) {
                                   return std::async(std::launch::deferred, [&, intent] {
                                     for (const std::uint32_t n : writer.sent)
                                       EXPECT_LT(n, intent.first);
                                     on_disk_up_to = std::max(on_disk_up_to, intent.last);
                                   });
                                 },
                             .record = [](std::span<const JournalEntry>) {}};
  const ApplyResult result = apply(records, writer, {}, {.page_size = 10}, clock);
  EXPECT_EQ(result.done, 30U);
}

TEST(ApplyDoubt, APageWhoseIntentFailsIsNotSent) {
  for (const bool at_once : {true, false}) {
    ScriptedPlan plan;
    plan.add_many(30);
    ScriptedWriter writer;
    FakeClock clock;
    std::set<std::uint32_t> recorded;
    const ApplyRecords records{
        .next = plan.source(),
        .intend =
            [&](const Intent& intent) {
              if (intent.first < 11) return on_disk();
              if (at_once) throw StoreError("no space left on device");
              std::promise<void> promise;
              promise.set_exception(std::make_exception_ptr(StoreError("no space left")));
              return promise.get_future();
            },
        .record =
            [&](std::span<const JournalEntry> page) {
              for (const JournalEntry& e : page) recorded.insert(e.number);
            }};
    EXPECT_THROW(apply(records, writer, {}, {.page_size = 10}, clock), StoreError);
    for (const std::uint32_t n : writer.sent) EXPECT_LE(n, 10U);
    EXPECT_EQ(recorded, std::set<std::uint32_t>(writer.sent.begin(), writer.sent.end()));
  }
}

}  // namespace
}  // namespace trueup
