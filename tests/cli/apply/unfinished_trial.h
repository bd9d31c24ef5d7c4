// SPDX-License-Identifier: Apache-2.0
// A run of some 400 changes that ends before its plan does, and the commands that come after it.
#pragma once

#include <chrono>
#include <csignal>
#include <ctime>

#include "tests/cli/apply/write_trial.h"

namespace trueup::cli {

inline constexpr int kDone = 0;
inline constexpr int kGuard = 3;
inline constexpr int kSomeRejected = 4;
inline constexpr int kStoppedEarly = 5;

/// The local time of day `minutes` from now.
inline std::string time_of_day(int minutes) {
  const std::time_t then = std::time(nullptr) + 60 * minutes;
  std::tm local{};
  ::localtime_r(&then, &local);
  char text[8];
  std::strftime(text, sizeof text, "%H:%M", &local);
  return text;
}

class CliUnfinishedSlapd : public testing::Test {
 protected:
  CliUnfinishedSlapd() : store_(trial_.planned_store()) {}

  int changes() const { return static_cast<int>(trial_.plan().size()); }
  int modifies() const {
    int sum = 0;
    for (const auto& [dn, count] : trial_.modifies()) sum += count;
    return sum;
  }

  Arguments apply_slowly() const {
    return trial_.apply_directly(store_, {"--max-changes-per-second", "150"});
  }
  /// What it came to when a signal ended it in the middle.
  ProcessResult signalled(const Arguments& arguments, int signal) {
    Process process(Arguments{TRUEUP_BINARY} + arguments);
    EXPECT_TRUE(trial_.wait_for_modifies(40, process));
    process.signal(signal);
    const ProcessResult result = process.wait();
    EXPECT_LT(modifies(), changes()) << "it was over before the signal came";
    return result;
  }
  void stop_in_the_middle() {
    const ProcessResult stopped = signalled(apply_slowly(), SIGTERM);
    EXPECT_EQ(stopped.exit_code, kStoppedEarly) << stopped.err;
    EXPECT_NE(stopped.out.find("--resume 1"), std::string::npos) << stopped.out;
    EXPECT_EQ(state_of(store_, 1), "stopped");
    const JournalRead journal = journal_of(store_, 1);
    EXPECT_EQ(journal.count(Verdict::kDone), modifies()) << "what was sent has its outcome";
  }
  /// The nightly job, which reads AD from the server.
  Arguments next_night(const Arguments& more) const {
    const Arguments planning = trial_.planning(store_);
    Arguments run = nightly(folder_);
    for (std::size_t i = 1; i < planning.size(); ++i) {
      if (planning[i] == "--ad")
        ++i;
      else
        run.push_back(planning[i]);
    }
    const Arguments to_server = trial_.apply_directly(store_);
    return run + Arguments(to_server.begin() + 3, to_server.end()) + more;
  }
  void expect_all_written_once() {
    EXPECT_EQ(difference(trial_.now(), trial_.target()), "");
    EXPECT_EQ(difference(trial_.modifies(), trial_.planned_modifies()), "");
    EXPECT_EQ(journal_of(store_, 1).count(Verdict::kDone), changes());
  }

  TempFolder folder_;
  WriteTrial trial_{make_tenant(folder_, "t", 800, {"--drift", "0.5", "--seed", "7"})};
  const std::string store_;
};

}  // namespace trueup::cli
