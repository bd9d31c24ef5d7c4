// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/resume.h"

#include <gtest/gtest.h>

#include "snapshots/model/digest.h"
#include "tests/support/scripted_directory.h"
#include "tests/support/stored_run.h"

namespace trueup {
namespace {

constexpr Attribute kMail = Attribute::kMail;
constexpr Attribute kFirst = extension_attribute(1);

/// Changes 1 to 12; 1 to 10 intended. 1 done, 2 already, 3 rejected, 4 in conflict, 5 depends-on,
/// 6 unknown, 7 not sent, 8 half done, 9 and 10 without an outcome.
class ResumeTest : public ::testing::Test {
 protected:
  ResumeTest() {
    for (int i = 0; i < 12; ++i) {
      plan_.add().edits = {{kMail, {"a@x"}, {"b@x"}}, {kFirst, {"v"}, {"w"}}};
    }
    run_ = runs_.plan_of(plan_.changes());
    runs_.intend(run_, 1, 5);
    runs_.intend(run_, 6, 10);
    runs_.journal(run_, {{.number = 1, .verdict = Verdict::kDone},
                         {.number = 2, .verdict = Verdict::kAlready},
                         {.number = 3, .verdict = Verdict::kRejected},
                         {.number = 4, .verdict = Verdict::kConflict},
                         {.number = 5, .verdict = Verdict::kDependsOn},
                         {.number = 6, .verdict = Verdict::kUnknown},
                         {.number = 7, .verdict = Verdict::kNotSent},
                         partly(plan_.changes()[7], Verdict::kDone, {kFirst})});
  }

  static std::string text(const NumberSet& set) {
    std::string text;
    for (std::uint32_t n = 0; n < 100; ++n) {
      if (set.contains(n)) text += (text.empty() ? "" : " ") + std::to_string(n);
    }
    return text;
  }

  std::string left(const ApplyHistory& history, bool doubtful_only) {
    std::string text;
    const auto next = changes_left(runs_.store(), run_, history, doubtful_only);
    for (Change change; next(change);) {
      text += (text.empty() ? "" : " ") + std::to_string(change.number);
    }
    return text;
  }

  ScriptedPlan plan_;
  StoredRuns runs_;
  RunDescription run_;
};

TEST_F(ResumeTest, WhatWasIntendedAndHasNoOutcomeIsDoubtful) {
  const ApplyHistory history = history_of(runs_.store(), run_, false);
  EXPECT_EQ(text(history.succeeded), "1 2 8");
  EXPECT_EQ(text(history.failed), "3 4 5");
  EXPECT_EQ(text(history.doubtful), "6 7 9 10");
  EXPECT_EQ(text(history.awaited), "");
  EXPECT_EQ(text(history.recorded), "");
}

TEST_F(ResumeTest, OnAnotherDcWhatWasWrittenIsAwaited) {
  const ApplyHistory history = history_of(runs_.store(), run_, true);
  EXPECT_EQ(text(history.succeeded), "2") << "it was not by us, so nothing need replicate";
  EXPECT_EQ(text(history.failed), "3 4 5");
  EXPECT_EQ(text(history.doubtful), "");
  EXPECT_EQ(text(history.awaited), "1 6 7 8 9 10");
  EXPECT_EQ(text(history.recorded), "1 8");
}

TEST_F(ResumeTest, ARunThatSentNothingHasNoHistory) {
  const RunDescription fresh = runs_.plan_of(plan_.changes());
  const ApplyHistory history = history_of(runs_.store(), fresh, true);
  EXPECT_EQ(text(history.awaited) + text(history.succeeded) + text(history.failed), "");
}

TEST_F(ResumeTest, IntentsThatOverlapHideNoOutcome) {
  runs_.intend(run_, 6, 12);
  runs_.journal(run_, {{.number = 9}, {.number = 12}});
  const ApplyHistory history = history_of(runs_.store(), run_, false);
  EXPECT_EQ(text(history.succeeded), "1 2 8 9 12");
  EXPECT_EQ(text(history.doubtful), "6 7 10 11");
}

TEST_F(ResumeTest, WhatHasNoOutcomeIsLeftInPlanOrder) {
  const ApplyHistory history = history_of(runs_.store(), run_, false);
  EXPECT_EQ(left(history, false), "6 7 9 10 11 12");
  EXPECT_EQ(left(history, true), "6 7 9 10") << "11 and 12 were not sent";
}

TEST_F(ResumeTest, OfWhatIsAwaitedOnlyWhatWasAcknowledgedIsLookedFor) {
  const ApplyHistory history = history_of(runs_.store(), run_, true);
  EXPECT_EQ(left(history, false), "1 6 7 8 9 10 11 12");
  const auto next = changes_left(runs_.store(), run_, history, false);
  for (Change change; next(change);) {
    EXPECT_EQ(change.edits.size(), change.number == 8 ? 1U : 2U) << change.number;
    EXPECT_EQ(change.dn, "CN=" + std::to_string(change.number));
    EXPECT_EQ(change.edits.back().adds, std::vector<std::string_view>{"w"});
  }
}

TEST_F(ResumeTest, OutcomesOfTheWholeRunAreCounted) {
  ApplyResult result;
  result.done = 77;  // of the last part
  result.sent = 5;
  count_whole_run(runs_.store(), run_, result);
  EXPECT_EQ(result.done, 2U);
  EXPECT_EQ(result.already, 1U);
  EXPECT_EQ(result.rejected, 1U);
  EXPECT_EQ(result.conflict, 1U);
  EXPECT_EQ(result.depends_on, 1U);
  EXPECT_EQ(result.unknown, 1U);
  EXPECT_EQ(result.not_sent, 1U);
  EXPECT_EQ(result.sent, 5U);
}

TEST_F(ResumeTest, ADcIsKnownByItsNameAndItsDatabase) {
  RootDse server;
  server.ds_service_name = "CN=NTDS Settings,CN=DC1";
  server.invocation_id = std::string("\x01\xAB", 2);
  run_.ds_service_name = server.ds_service_name;
  run_.invocation_id = to_hex(server.invocation_id);
  EXPECT_FALSE(is_other_dc(run_, server));
  RootDse restored = server;
  restored.invocation_id = "other";
  EXPECT_TRUE(is_other_dc(run_, restored));
  RootDse second = server;
  second.ds_service_name = "CN=NTDS Settings,CN=DC2";
  EXPECT_TRUE(is_other_dc(run_, second));
}

// Killed at any point: what was sent is read, what was not is sent, and nothing is sent twice.
TEST(Resume, AfterADeathAtAnyPointEachChangeIsMadeOnce) {
  for (std::size_t sent_before = 0; sent_before <= 30; ++sent_before) {
    ScriptedPlan plan;
    plan.add_many(30);
    StoredRuns runs;
    const RunDescription run = runs.plan_of(plan.changes());
    struct Killed {};
    ScriptedWriter first;
    first.window = 4;
    first.answers_a_poll = 2;
    first.on_poll = [&] {
      if (first.sent.size() >= sent_before) throw Killed();
    };
    const auto records = [&](const ApplyHistory& history) {
      return ApplyRecords{.next = changes_left(runs.store(), run, history, false),
                          .intend =
                              [&](const Intent& intent) {
                                runs.intend(run, intent.first, intent.last);
                                return on_disk();
                              },
                          .record =
                              [&](std::span<const JournalEntry> page) {
                                runs.journal(run, {page.begin(), page.end()});
                              }};
    };
    FakeClock clock;
    const ApplyOptions options{.page_size = 7};
    const ApplyHistory nothing;
    EXPECT_THROW(apply(records(nothing), first, nothing, options, clock), Killed);
    ScriptedWriter second;
    for (const std::uint32_t n : first.sent) second.held[n] = {{{kMail, "a@b"}}};
    for (std::uint32_t n = 1; n <= 30; ++n) second.held.try_emplace(n).first->second.push_back({});
    const ApplyHistory history = history_of(runs.store(), run, false);
    const ApplyResult result = apply(records(history), second, history, options, clock);
    EXPECT_EQ(result.stop, ApplyResult::Stop::kNone);
    std::vector<std::uint32_t> sent = first.sent;
    sent.insert(sent.end(), second.sent.begin(), second.sent.end());
    std::ranges::sort(sent);
    EXPECT_EQ(std::ranges::adjacent_find(sent), sent.end()) << sent_before;
    ApplyResult whole;
    count_whole_run(runs.store(), run, whole);
    EXPECT_EQ(whole.done, 30U) << sent_before;
  }
}

}  // namespace
}  // namespace trueup
