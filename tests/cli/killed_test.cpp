// SPDX-License-Identifier: Apache-2.0
// kill -9 at any moment of a load or a plan: the store opens again, the earlier generation is whole
// and gives the same plan, and loading again works.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include "tests/cli/command_line.h"

namespace trueup::cli {
namespace {

using MonotonicClock = std::chrono::steady_clock;

class CliKilled : public testing::Test {
 protected:
  void SetUp() override {
    earlier_ = make_tenant(folder_, "earlier", 1900, {"--drift", "0.05"});
    later_ = make_tenant(folder_, "later", 2000, {"--drift", "0.05", "--seed", "2"});
    digest_ = digest_of(trueup_json(Arguments{"plan"} + earlier_.inputs() + in_store("s")));
    // How long it takes here and now, and what it gives.
    const auto begin = MonotonicClock::now();
    later_digest_ = digest_of(trueup_json(Arguments{"plan"} + later_.inputs() + in_store("t")));
    duration_ = MonotonicClock::now() - begin;
  }

  Arguments in_store(const char* name) const { return {"--store", folder_ / name}; }
  static std::string digest_of(const Json& report) { return report.at("plan").at("digest"); }

  /// Starts it and kills it after `share` of its usual time; false if it had ended by then.
  bool kill_after(const Arguments& arguments, double share) const {
    Process process(Arguments{TRUEUP_BINARY} + arguments);
    // Not to wait for anything: the moment of the kill is what is tried out.
    std::this_thread::sleep_for(
        std::chrono::duration_cast<std::chrono::microseconds>(duration_ * share));
    process.signal(SIGKILL);
    return process.wait().exit_code == 128 + SIGKILL;
  }

  /// The store is whole; with the earlier generation unless the later one was complete.
  void expect_whole() const {
    const Json runs = trueup_json(Arguments{"runs"} + in_store("s"));
    ASSERT_GE(runs.size(), 1U);
    EXPECT_EQ(runs.front().at("plan_digest"), digest_);
    const ProcessResult compared = trueup(Arguments{"diff", "--json"} + in_store("s"));
    // 3: a guard, where one side is the later tenant's and the other the earlier one's.
    ASSERT_TRUE(compared.exit_code == 0 || compared.exit_code == 3) << compared.err;
    const Json report = Json::parse(compared.out);
    const bool later_cloud = report.at("cloud").at("generation") > 1;
    const bool later_ad = report.at("ad").at("generation") > 2;
    if (later_cloud == later_ad) {
      EXPECT_EQ(digest_of(report), later_cloud ? later_digest_ : digest_);
    }
  }

  void try_moments(const Arguments& command) {
    std::mt19937 random(std::random_device{}());
    int killed = 0;
    for (int i = 0; i < 7; ++i) {
      const double share = (i + std::uniform_real_distribution<>(0, 1)(random)) / 7;
      SCOPED_TRACE(share);
      killed += kill_after(command + in_store("s"), share) ? 1 : 0;
      expect_whole();
    }
    EXPECT_GT(killed, 0);
    const Json again = trueup_json(Arguments{"plan"} + later_.inputs() + in_store("s"), 0);
    EXPECT_EQ(digest_of(again), later_digest_);
  }

  TempFolder folder_;
  Tenant earlier_;
  Tenant later_;
  std::string digest_;
  std::string later_digest_;
  MonotonicClock::duration duration_{};
};

TEST_F(CliKilled, DuringLoad) { try_moments(Arguments{"load"} + later_.inputs()); }

TEST_F(CliKilled, DuringPlan) { try_moments(Arguments{"plan"} + later_.inputs()); }

// The first load of all: nothing is half there afterwards.
TEST_F(CliKilled, DuringTheFirstLoad) {
  kill_after(Arguments{"load"} + later_.inputs() + in_store("new"), 0.5);
  const ProcessResult compared = trueup(Arguments{"diff"} + in_store("new"));
  EXPECT_TRUE(compared.exit_code == 0 || compared.exit_code == 2) << compared.err;
  EXPECT_EQ(digest_of(trueup_json(Arguments{"plan"} + later_.inputs() + in_store("new"))),
            later_digest_);
}

// What was killed while staging leaves nothing behind for good.
TEST_F(CliKilled, LeavesNoStagedFiles) {
  for (const double share : {0.2, 0.4, 0.6}) {
    kill_after(Arguments{"load"} + later_.inputs() + in_store("s"), share);
  }
  must(Arguments{"plan"} + later_.inputs() + in_store("s"));
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "s/incoming")) {
    ADD_FAILURE() << entry.path();
  }
}

}  // namespace
}  // namespace trueup::cli
