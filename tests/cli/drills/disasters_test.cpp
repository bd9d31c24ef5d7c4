// SPDX-License-Identifier: Apache-2.0
// Each disaster, at each size, on a store without and with a history: trueup stops before it
// writes, or there is nothing to write, or what it would write is so little that nobody could tell
// it from ordinary changes. The outcomes are printed as a table when the tests end.
#include "tests/cli/drills/disasters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <vector>

#include "tests/cli/drills/drill_table.h"
#include "tests/cli/drills/nightly_job.h"
#include "tests/support/aged_store.h"

namespace trueup::drills {
namespace {

namespace fs = std::filesystem;
using cli::Arguments;
using cli::operator+;
using Harmless = Disaster::Harmless;

/// As many nobody takes for a disaster.
constexpr std::uint64_t kFew = 5;

struct Judged {
  bool good = false;
  std::string outcome;

  /// A drill that failed stands out.
  std::string shown() const { return good ? outcome : "**" + outcome + "**"; }
};

Judged judge_pass(const Disaster& disaster, bool history, const NightEnd& ending) {
  const std::string changes = std::to_string(ending.changes);
  if (ending.changes == 0) {
    const bool right = disaster.harmless == Harmless::kAlways ||
                       (disaster.harmless == Harmless::kWithoutHistory && !history);
    return {right, "nothing to write"};
  }
  const bool within = ending.changes <= changed_limit(ending.matched);
  if (disaster.few_may_pass && !disaster.stopped_by.empty() && ending.changes <= kFew && within) {
    return {true, "cannot be told: " + changes + " mailboxes"};
  }
  if (!history && !disaster.untold.empty() && within) {
    return {true, "cannot be told: " + disaster.untold + " (" + changes + ")"};
  }
  return {false, "passed: " + changes + " mailboxes"};
}

Judged judge(const Disaster& disaster, bool history, const NightEnd& ending) {
  if (ending.passed()) return judge_pass(disaster, history, ending);
  if (ending.stopped()) {
    return {ending.fired_any_of(disaster.stopped_by), "stopped by " + ending.keys()};
  }
  const bool input = ending.exit_code == 1 || ending.exit_code == 2;
  const std::string what = ending.exit_code == 1   ? "input error"
                           : ending.exit_code == 2 ? "usage error"
                                                   : "exit " + std::to_string(ending.exit_code);
  return {input && disaster.input_error, what};
}

/// A tenant with a month behind it, and a store that has seen its last few nights.
struct Past {
  Past(int mailboxes, double managed, const std::string& folder)
      : tenant({.mailboxes = mailboxes, .managed = managed}),
        month_old(tenant),
        store(folder + "/store") {
    const int every = mailboxes < 100 ? 6 : 1;  // nights, so that a small tenant is not worn out
    for (int night = 0; night < 30; ++night) {
      tenant.next_day();
      if (night % every == 0) tenant.ordinary_night(0.03);
      tenant.settle();
    }
    for (const double share : {0.0, 0.01, 0.0, 0.01}) look(share, folder);
  }

  DrillTenant tenant;
  DrillTenant month_old;
  std::string store;

 private:
  void look(double share, const std::string& folder) {
    tenant.next_day();
    if (fs::exists(store)) age_store(store, std::chrono::hours(24));
    if (share > 0) tenant.ordinary_night(share);
    const Inputs inputs = write_inputs(tenant, folder + "/inputs");
    const NightEnd ending =
        run_trueup(Arguments{"plan"} + inputs.arguments() + Arguments{"--store", store});
    ASSERT_EQ(ending.exit_code, 0) << "an ordinary night: " << ending.keys() << ending.said;
    if (ending.changes > 0) tenant.take_plan(read_file(ending.plan_file));
  }
};

/// The night on which it happens.
NightEnd disaster_night(const Disaster& disaster, const Past& past, bool history) {
  const TempFolder folder;
  Spoilt night{.cloud = past.tenant, .ad = past.tenant, .month_old = past.month_old};
  const std::string store = folder / "store";
  if (history) {
    fs::copy(past.store, store, fs::copy_options::recursive);
    age_store(store, std::chrono::hours(24));
  }
  night.cloud.next_day();
  night.ad.next_day();
  disaster.spoil(night);
  Inputs inputs;
  write_cloud(night.cloud, night.cloud_files, folder / "inputs", inputs);
  write_ad(night.ad, night.ad_files, folder / "inputs", inputs);
  const Arguments arguments =
      disaster.arguments != nullptr ? disaster.arguments(inputs) : inputs.arguments();
  return run_trueup(Arguments{"plan"} + arguments + Arguments{"--store", store});
}

class Disasters : public testing::TestWithParam<int> {};

TEST_P(Disasters, OfOneNight) {
  const TempFolder folder;
  const Past all_managed(GetParam(), 1, folder / "all");
  const Past some_managed(GetParam(), 0.6, folder / "some");
  for (const Disaster& disaster : disasters()) {
    const Past& past = disaster.managed < 1 ? some_managed : all_managed;
    for (const bool history : {false, true}) {
      const NightEnd ending = disaster_night(disaster, past, history);
      const Judged judged = judge(disaster, history, ending);
      record({disaster.name, GetParam(), history}, judged.shown());
      EXPECT_TRUE(judged.good) << disaster.name << (history ? ", with history" : "") << " at "
                               << GetParam() << ": " << judged.outcome << "\n"
                               << ending.said;
    }
  }
}

/// What a disaster that creeps has done by the time that something stops it.
struct Crept {
  NightEnd last;
  int night = 0;
  std::uint64_t written = 0;  // mailboxes, each of them once
  std::vector<std::uint64_t> by_night;

  /// The most in one window of guards.creep_days, with the night that it ends with.
  std::uint64_t most_in_a_window() const {
    constexpr std::size_t kNights = 8;
    std::uint64_t most = 0;
    for (std::size_t i = 0; i < by_night.size(); ++i) {
      const std::size_t end = std::min(i + kNights, by_night.size());
      most = std::max(most, std::accumulate(by_night.begin() + static_cast<std::ptrdiff_t>(i),
                                            by_night.begin() + static_cast<std::ptrdiff_t>(end),
                                            std::uint64_t{0}));
    }
    return most;
  }
};

/// Tonight's part of the mailboxes, in the order of their numbers: never the same twice.
void spoil_part(const CreepingDisaster& disaster, int night, DrillTenant& tenant) {
  const double mailboxes = static_cast<double>(tenant.mailboxes.size());
  const auto upto = [&](int nights) {
    return static_cast<std::size_t>(disaster.share * nights * mailboxes);
  };
  for (std::size_t i = upto(night - 1); i < upto(night); ++i) {
    DrillMailbox& m = tenant.mailboxes[i];
    if (!m.open()) continue;
    disaster.spoil(m);
    m.cloud_changed = tenant.today();
  }
}

Crept creep(const CreepingDisaster& disaster, int mailboxes, bool history) {
  NightlyJob job(DrillTenant({.mailboxes = mailboxes}));
  if (history) {
    for (int night = 0; night < 3; ++night) {
      const NightEnd ending = night == 0 ? job.begin() : job.run();
      EXPECT_TRUE(ending.passed()) << "an ordinary night: " << ending.keys() << ending.said;
      job.next_day();
    }
  }
  Crept crept;
  for (crept.night = 1; crept.night <= disaster.nights; ++crept.night) {
    spoil_part(disaster, crept.night, job.tenant());
    crept.last = crept.night == 1 && !history ? job.begin() : job.run();
    if (!crept.last.passed()) return crept;
    crept.written += crept.last.changes;
    crept.by_night.push_back(crept.last.changes);
    job.next_day();
  }
  EXPECT_EQ(job.difference(), "");
  return crept;
}

Judged judge(const CreepingDisaster& disaster, int mailboxes, const Crept& crept) {
  const bool few = crept.written <= kFew;
  const bool in_time = few || crept.written * 10 <= static_cast<std::uint64_t>(mailboxes) * 3;
  const std::string sum = std::to_string(crept.written) + " written";
  if (crept.last.stopped()) {
    return {in_time && crept.last.fired_any_of(disaster.stopped_by),
            "stopped by " + crept.last.keys() + " (night " + std::to_string(crept.night) + ", " +
                sum + ")"};
  }
  if (!crept.last.passed()) return {false, "exit " + std::to_string(crept.last.exit_code)};
  if (few) return {true, "cannot be told: " + sum + " in all"};
  // A mailbox every other night is what ordinary nights do, too.
  if (in_time && crept.most_in_a_window() <= kFew) {
    return {true, "cannot be told: no more than " + std::to_string(crept.most_in_a_window()) +
                      " in any 8 nights, " + sum + " in " + std::to_string(crept.by_night.size())};
  }
  return {false, "passed: " + sum};
}

class DisastersSlapd : public testing::TestWithParam<int> {};

TEST_P(DisastersSlapd, NightByNight) {
  for (const CreepingDisaster& disaster : creeping_disasters()) {
    for (const bool history : {false, true}) {
      const Crept crept = creep(disaster, GetParam(), history);
      const Judged judged = judge(disaster, GetParam(), crept);
      record({disaster.name, GetParam(), history}, judged.shown());
      EXPECT_TRUE(judged.good) << disaster.name << (history ? ", with history" : "") << " at "
                               << GetParam() << ": " << judged.outcome << "\n"
                               << crept.last.said;
    }
  }
}

const auto kSizes = testing::Values(10, 30, 100, 430, 5000);
INSTANTIATE_TEST_SUITE_P(Mailboxes, Disasters, kSizes, testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(Mailboxes, DisastersSlapd, kSizes, testing::PrintToStringParamName());

}  // namespace
}  // namespace trueup::drills
