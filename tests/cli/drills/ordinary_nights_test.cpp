// SPDX-License-Identifier: Apache-2.0
// No false alarm: no guard fires in thirty nights of ordinary work; a migration is stopped once,
// accepted by its digest, and leaves no alarm behind; a rollout ring by ring can be let through.
#include <gtest/gtest.h>

#include "tests/cli/drills/drill_files.h"
#include "tests/cli/drills/drill_table.h"
#include "tests/cli/drills/nightly_job.h"

namespace trueup::drills {
namespace {

void expect_quiet(const NightEnd& ending, const std::string& night) {
  EXPECT_TRUE(ending.passed()) << night << " ended with " << ending.exit_code << ": "
                               << ending.keys() << "\n"
                               << ending.said;
  EXPECT_EQ(ending.keys(), "") << night;
}

/// The first load, and two nights without work.
void settle_in(NightlyJob& job) {
  expect_quiet(job.begin(), "the first load");
  for (int night = 0; night < 2; ++night) {
    job.next_day();
    expect_quiet(job.run(), "a night without work");
  }
}

struct OrdinaryTenant {
  int mailboxes;
  double share;       // of the mailboxes that something happens to, each night
  double department;  // of the mailboxes, that get one and the same new value in one night
};

/// A department is 3 % of a small tenant and under 1 % of a larger one, where `same-value` fires.
void ordinary_month(const OrdinaryTenant& tenant) {
  NightlyJob job(DrillTenant({.mailboxes = tenant.mailboxes}));
  settle_in(job);
  std::uint64_t written = 0;
  for (int night = 1; night <= 30; ++night) {
    job.next_day();
    job.tenant().ordinary_night(tenant.share);
    if (night == 12) {
      job.tenant().stamp_department(
          7, std::max(1, static_cast<int>(tenant.department * tenant.mailboxes)));
    }
    const NightEnd ending = job.run();
    expect_quiet(ending, "night " + std::to_string(night));
    if (!ending.passed()) break;
    written += ending.changes;
  }
  // A third of what happens is nothing that is written, such as a leaver.
  EXPECT_GT(static_cast<double>(written), 15 * tenant.share * tenant.mailboxes);
  EXPECT_EQ(job.difference(), "");
  record_line("\n30 ordinary nights at " + std::to_string(tenant.mailboxes) +
              " mailboxes: " + std::to_string(written) + " changes written");
}

TEST(OrdinaryNightsSlapd, ThirtyNightsOf30) { ordinary_month({30, 0.034, 0.034}); }
TEST(OrdinaryNightsSlapd, ThirtyNightsOf430) { ordinary_month({430, 0.03, 0.03}); }
TEST(OrdinaryNightsSlapd, ThirtyNightsOf5000) { ordinary_month({5000, 0.03, 0.009}); }
TEST(OrdinaryNightsSlapdSlow, ThirtyNightsOf200000) { ordinary_month({200'000, 0.03, 0.009}); }

/// Nobody in AD has ever had the attribute: an export that was made without it looks the same. So
/// it may be asked about, once.
TEST(OrdinaryNightsSlapd, AnAttributeThatAdNeverHadIsAskedAboutOnceAtMost) {
  NightlyJob job(DrillTenant({.mailboxes = 430}));
  settle_in(job);
  job.next_day();
  job.tenant().stamp_department(15, 10);
  const NightEnd ending = job.run();
  record_line("\nA department of 10 in 430 gets an attribute that AD never had: " +
              (ending.passed() ? "passed" : "stopped by " + ending.keys()));
  if (!ending.passed()) {
    ASSERT_TRUE(ending.stopped()) << ending.exit_code << ending.said;
    EXPECT_EQ(ending.fired, std::set<std::string>{"unseen-in-ad extensionAttribute15"});
    ASSERT_TRUE(job.accept(ending).passed());
  }
  for (int night = 1; night <= 3; ++night) {
    job.next_day();
    job.tenant().ordinary_night(0.01);
    expect_quiet(job.run(), "night " + std::to_string(night) + " after it");
  }
  EXPECT_EQ(job.difference(), "");
}

TEST(OrdinaryNightsSlapd, AMigrationIsAcceptedOnce) {
  constexpr std::size_t kMoved = 2000;
  NightlyJob job(DrillTenant({.mailboxes = 10'000}));
  settle_in(job);
  job.next_day();
  for (std::size_t moved = 0, i = 0; moved < kMoved; ++i) {
    DrillMailbox& m = job.tenant().mailboxes[i];
    if (!m.open()) continue;
    m.cloud.addresses.push_back("smtp:moved" + std::to_string(m.number) + "@contoso.com");
    m.cloud.extension[12] = "Wave " + std::to_string(m.number % 50);
    m.cloud_changed = job.tenant().today();
    ++moved;
  }
  const NightEnd stopped = job.run();
  ASSERT_TRUE(stopped.stopped()) << stopped.exit_code << stopped.said;
  EXPECT_TRUE(stopped.fired_any_of({"changed"})) << stopped.keys();
  EXPECT_EQ(stopped.changes, kMoved);
  const NightEnd accepted = job.accept(stopped);
  ASSERT_TRUE(accepted.passed()) << accepted.exit_code << accepted.said;
  for (int night = 1; night <= 7; ++night) {
    job.next_day();
    job.tenant().ordinary_night(0.005);
    expect_quiet(job.run(), "night " + std::to_string(night) + " after the migration");
  }
  EXPECT_EQ(job.difference(), "");
}

// Rollouts

constexpr double kRings[] = {0.01, 0.05, 0.2, 0.5, 1};

/// What a rollout finds: three mailboxes in ten have other values in the cloud than in AD.
void disagree(DrillTenant& tenant) {
  for (DrillMailbox& m : tenant.mailboxes) {
    if (m.admin || m.hosted || m.number % 10 > 2) continue;
    m.cloud.addresses.push_back("smtp:cloud" + std::to_string(m.number) + "@contoso.com");
    m.cloud.extension[4] = "Cloud city " + std::to_string(m.number % 9);
  }
}

/// Guards that a growing scope may set off; anything else would be a false alarm.
const std::set<std::string> kOfARollout = {"scope-growth", "changed",   "creep",      "overwritten",
                                           "losing",       "replaced",  "same-value", "cleared",
                                           "types",        "rewritten", "emptied"};

void expect_of_a_rollout(const NightEnd& stopped) {
  ASSERT_TRUE(stopped.stopped()) << stopped.exit_code << stopped.said;
  EXPECT_FALSE(stopped.fired.empty());
  for (const std::string& guard : stopped.fired) {
    EXPECT_TRUE(kOfARollout.contains(guard.substr(0, guard.find(' ')))) << guard;
  }
}

/// One night of it; what stops it is let through.
void rollout_night(NightlyJob& job, const std::string& how, const std::string& night, bool first) {
  const NightEnd ending = first ? job.begin() : job.run();
  const std::string row = "| " + std::to_string(job.tenant().shape().mailboxes) + " " + how +
                          " | " + night + " | " + std::to_string(ending.in_scope) + " | " +
                          std::to_string(ending.changes) + " | ";
  if (ending.passed()) {
    record_line(row + "passed |");
    return;
  }
  record_line(row + "stopped by " + ending.keys() + " |");
  expect_of_a_rollout(ending);
  if (testing::Test::HasFatalFailure()) return;
  const NightEnd accepted = job.accept(ending);
  ASSERT_TRUE(accepted.passed()) << night << ": " << accepted.exit_code << accepted.said;
}

std::string percent(double share) { return std::to_string(static_cast<int>(share * 100)) + " %"; }

void begin_table() {
  record_line("\n| rollout | night | in scope | changes | outcome |\n|---|---|---|---|---|");
}

bool in_ring(const DrillMailbox& m, double ring, int mailboxes) {
  return m.number < ring * mailboxes;
}

/// Two nights a ring: what was flipped on the first may be held for a day; the second writes it.
void rollout(NightlyJob& job, const std::string& how, void (*turn_on)(NightlyJob&, double ring)) {
  bool first = true;
  for (const double ring : kRings) {
    turn_on(job, ring);
    for (const char* night : {", first night", ", second night"}) {
      rollout_night(job, how, percent(ring) + night, first);
      if (testing::Test::HasFatalFailure()) return;
      first = false;
      job.next_day();
    }
  }
  EXPECT_EQ(job.difference(), "");
}

class RolloutsSlapd : public testing::TestWithParam<int> {};

TEST_P(RolloutsSlapd, RingByRingByList) {
  DrillTenant tenant({.mailboxes = GetParam()});
  disagree(tenant);
  NightlyJob job(std::move(tenant), "scope = \"list:@FOLDER@/ring.txt\"\n");
  begin_table();
  rollout(job, "by list", [](NightlyJob& night, double ring) {
    std::string lines;
    for (const DrillMailbox& m : night.tenant().mailboxes) {
      if (in_ring(m, ring, night.tenant().shape().mailboxes)) lines += base64(m.anchor()) + "\n";
    }
    night.folder().write("ring.txt", lines);
  });
}

TEST_P(RolloutsSlapd, RingByRingByFlag) {
  DrillTenant tenant({.mailboxes = GetParam()});
  disagree(tenant);
  NightlyJob job(std::move(tenant));
  begin_table();
  rollout(job, "by flag", [](NightlyJob& night, double ring) {
    for (DrillMailbox& m : night.tenant().mailboxes) {
      const bool managed = in_ring(m, ring, night.tenant().shape().mailboxes);
      if (m.managed != managed) m.cloud_changed = night.tenant().today();
      m.managed = managed;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Mailboxes, RolloutsSlapd, testing::Values(100, 430, 5000),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace trueup::drills
