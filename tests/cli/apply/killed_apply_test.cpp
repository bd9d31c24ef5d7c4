// SPDX-License-Identifier: Apache-2.0
// kill -9 of `trueup apply` at any moment, over a real server: the resumed run ends where the
// undisturbed one would have, no change has a second effect, and undo gives all of it back.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include "tests/cli/apply/write_trial.h"

namespace trueup::cli {
namespace {

using MonotonicClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Few in flight over a slow line, so that the sending is a good part of the time.
const Arguments kSlowly = {"--connections", "2", "--max-in-flight", "3"};

class KilledApply : public testing::Test {
 protected:
  void SetUp() override {
    trial_ = std::make_unique<WriteTrial>(
        make_tenant(folder_, "t", 800, {"--drift", "0.5", "--seed", "5"}));
    for (const LdifRecord& record : trial_->plan()) {
      with_edge_ += record.comment("after").empty() ? 0 : 1;
    }
    changes_ = static_cast<int>(trial_->plan().size());
    ASSERT_GT(changes_, 250);
    ASSERT_GT(with_edge_, 30);
    ASSERT_LT(trial_->planned_modifies().size() + 5, trial_->plan().size()) << "cycles";
    trial_->relay().set_round_trip(milliseconds(2));
    const std::string store = trial_->planned_store();
    const auto begin = MonotonicClock::now();
    must(trial_->apply(store, kSlowly));
    duration_ = MonotonicClock::now() - begin;
    EXPECT_EQ(difference(trial_->now(), trial_->target()), "");
    must(trial_->undo(store, 1));
    ASSERT_EQ(trial_->now(), trial_->before());
    std::filesystem::remove_all(store);
  }

  MonotonicClock::duration some_time(double up_to = 1.1) {
    const double share = std::uniform_real_distribution<>(0, up_to)(random_);
    return std::chrono::duration_cast<MonotonicClock::duration>(duration_ * share);
  }

  /// What goes on with run 1 as an operator would; "" if it has ended.
  Arguments next_command(const std::string& store) {
    const std::string state = state_of(store, 1);
    ++states_[state];
    if (state == "applied") return {};
    if (state == "planned") return trial_->apply(store, kSlowly);
    EXPECT_TRUE(state == "applying" || state == "stopped") << state;
    return trial_->apply(store, kSlowly + Arguments{"--resume", "1"});
  }

  void expect_written_once(const std::string& store) {
    EXPECT_EQ(difference(trial_->now(), trial_->target()), "");
    EXPECT_EQ(difference(trial_->modifies(), trial_->planned_modifies()), "");
    expect_ours(store);
  }
  void expect_ours(const std::string& store) {
    // Nobody else has written: whatever is there is ours.
    EXPECT_EQ(journal_of(store, 1).count(Verdict::kDone), changes_);
  }

  void kill_at_random(int times) {
    for (int i = 0; i < times && !HasFailure(); ++i) {
      SCOPED_TRACE("kill " + std::to_string(i) + " of seed " + std::to_string(seed_));
      trial_->reset();
      const std::string store = trial_->planned_store();
      kill_after(trial_->apply(store, kSlowly), some_time());
      Arguments command = next_command(store);
      // Every third time what goes on with it is killed as well.
      for (int more = i % 3 == 0 ? 2 : 0; more > 0 && !command.empty(); --more) {
        kill_after(command, some_time());
        command = next_command(store);
      }
      if (!command.empty()) {
        const Json report = trueup_json(command);
        EXPECT_EQ(report.at("applied").at("done"), changes_);
        EXPECT_EQ(report.at("verified").at("differing"), 0);
        EXPECT_EQ(parse_ldif(read_file(store + "/runs/1/undo.ldif")).size(), trial_->plan().size());
      }
      expect_written_once(store);
      must(trial_->undo(store, 1));
      EXPECT_EQ(difference(trial_->now(), trial_->before()), "");
      std::filesystem::remove_all(store);
    }
    EXPECT_GT(states_["planned"], 0);
    EXPECT_GT(states_["applying"], times / 5) << "hardly a kill has met the sending";
  }

  TempFolder folder_;
  std::unique_ptr<WriteTrial> trial_;
  int changes_ = 0;
  int with_edge_ = 0;
  MonotonicClock::duration duration_{};
  const unsigned seed_ = std::random_device{}();
  std::mt19937 random_{seed_};
  Counts states_;
};

using CliKillSlapd = KilledApply;
using CliKillSlapdSlow = KilledApply;

TEST_F(CliKillSlapd, AtRandomPoints) { kill_at_random(30); }

TEST_F(CliKillSlapdSlow, At200RandomPoints) { kill_at_random(200); }

// An undo is a run like any other.
TEST_F(CliKillSlapd, AnUndoIsResumed) {
  for (int i = 0; i < 8 && !HasFailure(); ++i) {
    SCOPED_TRACE("kill " + std::to_string(i) + " of seed " + std::to_string(seed_));
    trial_->reset();
    const std::string store = trial_->planned_store();
    must(trial_->apply(store));
    const auto begin = MonotonicClock::now();
    Process undo(Arguments{TRUEUP_BINARY} + trial_->undo(store, 1) +
                 Arguments{"--max-changes-per-second", "1000"});
    if (trial_->wait_for_modifies(changes_ + 20 * (i + 1), undo)) undo.signal(SIGKILL);
    undo.wait();
    const std::string state = state_of(store, 2);
    ++states_[state];
    if (state == "applying") must(trial_->apply_directly(store, {"--resume", "2"}));
    EXPECT_EQ(difference(trial_->now(), trial_->before()), "")
        << (MonotonicClock::now() - begin).count();
    for (const auto& [dn, count] : trial_->modifies()) {
      EXPECT_EQ(count, 2 * trial_->planned_modifies().at(dn)) << dn;
    }
    EXPECT_EQ(journal_of(store, 2).count(Verdict::kDone), changes_);
  }
  EXPECT_GT(states_["applying"], 4);
}

// The server takes up what the killed process had sent while the next one is at work: after it has
// looked at an object, before or after it has sent the change again.
TEST_F(CliKillSlapd, WhatArrivesLateIsNoConflict) {
  const Arguments widely = {"--connections", "2", "--max-in-flight", "48"};
  Relay second(trial_->slapd().port());  // for those who resume
  second.set_round_trip(milliseconds(50));
  trial_->relay().set_round_trip(milliseconds(20));
  // Requests of the checks before the first write, which a dry run makes too.
  const std::uint64_t first_byte = trial_->relay().counts().bytes_to_target;
  ASSERT_EQ(
      trueup(trial_->apply(trial_->planned_store(), widely + Arguments{"--dry-run"})).exit_code, 0);
  const std::uint64_t checks = trial_->relay().counts().bytes_to_target - first_byte;
  int met = 0;
  std::uint64_t bytes_of_resume = 93'000;  // requests after those; a guess for the first
  constexpr int kMostMoments = 40;         // each meets it once in about four
  for (int i = 0; i < kMostMoments && met < 2 && !HasFailure(); ++i) {
    SCOPED_TRACE("moment " + std::to_string(i) + " of seed " + std::to_string(seed_));
    trial_->reset();
    const std::string store = trial_->planned_store();
    const std::uint64_t sent_before = trial_->relay().counts().bytes_to_target;
    Process killed(Arguments{TRUEUP_BINARY} + trial_->apply(store, widely));
    // Some changes are through, and many are under way.
    constexpr std::uint64_t kBegun = 20'000;
    while (trial_->relay().counts().bytes_to_target - sent_before < checks + kBegun &&
           killed.running()) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    trial_->relay().freeze(true);
    std::this_thread::sleep_for(milliseconds(50));  // for it to send what it may
    killed.signal(SIGKILL);
    killed.wait();
    const JournalRead left = journal_of(store, 1);
    Arguments resume = trial_->apply_directly(store, {"--resume", "1", "--json"});
    for (std::string& argument : resume) {
      if (argument.starts_with("ldap://")) argument = second.url();
    }
    const auto requested = [&] { return second.counts().bytes_to_target; };
    const std::uint64_t before = requested();
    Process resumed(Arguments{TRUEUP_BINARY} + resume + widely);
    // What was in flight is near the beginning of the plan: between its look and its sending after
    // some 15 to 30 % of the requests.
    const std::uint64_t late =
        checks +
        bytes_of_resume * std::uniform_int_distribution<std::uint64_t>(15, 30)(random_) / 100;
    while (requested() - before < late && resumed.running()) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    trial_->relay().freeze(false);
    ASSERT_EQ(resumed.wait().exit_code, 0) << resumed.wait().err;
    bytes_of_resume = requested() - before - checks;
    const Json applied = Json::parse(resumed.wait().out).at("applied");
    EXPECT_EQ(applied.at("conflict"), 0);
    EXPECT_EQ(applied.at("done"), changes_);
    // Read once more than there was reason to: what was sent again found itself done.
    if (applied.at("reads").get<int>() > left.in_doubt()) ++met;
    // All of it has come.
    const auto patience = MonotonicClock::now() + std::chrono::seconds(10);
    while (trial_->relay().counts().open > 0 && MonotonicClock::now() < patience) {
      std::this_thread::sleep_for(milliseconds(5));
    }
    EXPECT_EQ(difference(trial_->now(), trial_->target()), "");
    EXPECT_EQ(trial_->written_twice(), "");
    expect_ours(store);
    must(trial_->undo(store, 1));
    EXPECT_EQ(difference(trial_->now(), trial_->before()), "");
  }
  EXPECT_GT(met, 0) << "nothing arrived between the look and the sending";
}

}  // namespace
}  // namespace trueup::cli
