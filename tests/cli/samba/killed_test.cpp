// SPDX-License-Identifier: Apache-2.0
// kill -9 of `trueup apply` at any moment, on a Samba AD domain controller: a resume finishes the
// run, nothing is written twice, and the undo knows all that was written.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <random>
#include <thread>

#include "tests/cli/samba_tenant.h"

namespace trueup::cli {
namespace {

using MonotonicClock = std::chrono::steady_clock;

constexpr int kUsers = 500;

class KilledApply : public testing::Test {
 protected:
  void SetUp() override {
    std::string ldif;
    for (int i = 1; i <= kUsers; ++i) {
      const std::string number = std::to_string(i);
      // Every tenth and the one after it swap an address, which orders their changes.
      const int partner = i % 10 == 0 ? i + 1 : i % 10 == 1 && i > 1 ? i - 1 : i;
      const std::string primary = "SMTP:user" + number + "@contoso.com";
      ldif += user_ldif(i, "extensionAttribute1: old\nproxyAddresses: " + primary +
                               "\nproxyAddresses: smtp:extra" + number + "@contoso.com\n");
      const std::string extra = std::to_string(partner > kUsers ? i : partner);
      cloud_.put(i, {{"CustomAttribute1", "new " + number},
                     {"EmailAddresses",
                      {primary, "smtp:extra" + extra + "@contoso.com",
                       "smtp:more" + number + "@contoso.com"}}});
    }
    dc_ = std::make_unique<SambaDc>(SambaDc::Options{.ldif = ldif + carriers_ldif()});
    before_ = managed_content(dc_->admin());
  }

  Arguments in_store() const { return {"--store", folder_ / "store"}; }
  Json trueup_at_dc(const Arguments& arguments) const {
    return trueup_json(arguments + reach(dc_->delegated()) + in_store());
  }

  /// A plan, applied in one go: what is to come of it, and how long that takes.
  void rehearse() {
    plan();
    const auto begin = MonotonicClock::now();
    trueup_at_dc({"apply"});
    duration_ = MonotonicClock::now() - begin;
    target_ = managed_content(dc_->admin());
    ASSERT_NE(target_, before_);
    take_back(1);
  }
  /// Gives the changes of the plan.
  int plan() const {
    const Json report = trueup_at_dc(Arguments{"plan"} + cloud_.inputs() + open_guards());
    return report.at("plan").at("changes");
  }
  void take_back(int run) const {
    trueup_at_dc(Arguments{"undo", std::to_string(run)} + open_guards_of_undo());
    ASSERT_EQ(managed_content(dc_->admin()), before_);
  }
  /// Starts it and kills it after `share` of the time of the rehearsal; whether it was alive then.
  bool kill_after(const Arguments& arguments, double share) const {
    Process process(Arguments{TRUEUP_BINARY} + arguments + reach(dc_->delegated()) + in_store());
    // Not to wait for anything: the moment of the kill is what is tried out.
    std::this_thread::sleep_for(
        std::chrono::duration_cast<std::chrono::microseconds>(duration_ * share));
    process.signal(SIGKILL);
    return process.wait().exit_code == 128 + SIGKILL;
  }
  Json newest_run() const {
    const Json runs = trueup_json(Arguments{"runs"} + in_store());
    return *std::ranges::max_element(runs, {},
                                     [](const Json& run) { return run.at("run").get<int>(); });
  }
  std::string run_file(int run, const std::string& name) const {
    return read_file(folder_ / ("store/runs/" + std::to_string(run) + "/" + name));
  }

  /// One plan, killed while it is applied, `again` times more while it is resumed.
  void kill_and_resume(double share, int again, std::mt19937& random) {
    const int changes = plan();
    const Json planned = newest_run();
    const int run = planned.at("run");
    const Versions versions_before = versions(dc_->admin());
    if (!kill_after({"apply"}, share)) return take_back(run);
    ++killed_;
    const Arguments resume = {"apply", "--resume", std::to_string(run)};
    for (int i = 0; i < again && newest_run().at("state") == "applying"; ++i) {
      kill_after(resume, std::uniform_real_distribution<>(0, 1)(random));
    }
    const Json state = newest_run().at("state");
    if (state == planned.at("state")) {  // killed before the first write: nothing to resume
      ++before_the_first_;
      ASSERT_EQ(trueup(resume + reach(dc_->delegated()) + in_store()).exit_code, 2);
      ASSERT_EQ(managed_content(dc_->admin()), before_);
      trueup_at_dc({"apply"});
    } else if (state != "applied") {
      const Json applied = trueup_at_dc(resume).at("applied");
      EXPECT_EQ(applied.at("done"), changes);
      EXPECT_EQ(applied.at("already"), 0) << "what is there is ours";
    }
    ASSERT_EQ(managed_content(dc_->admin()), target_);
    EXPECT_EQ(writes_between(versions_before, versions(dc_->admin())),
              writes_of(run_file(run, "plan.ldif")));
    take_back(run);
  }

  void try_moments(int count) {
    rehearse();
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    for (int i = 0; i < count; ++i) {
      const double share = (i + std::uniform_real_distribution<>(0, 1)(random)) / count;
      SCOPED_TRACE(share);
      kill_and_resume(share, i % 3, random);
      if (HasFatalFailure()) return;
    }
    EXPECT_GT(killed_ - before_the_first_, count / 8) << "too few were hit while they wrote";
    RecordProperty("killed", killed_);
    RecordProperty("before_the_first_write", before_the_first_);
    std::printf("killed %d of %d, %d of them before the first write\n", killed_, count,
                before_the_first_);
  }

  TempFolder folder_;
  CloudSide cloud_{folder_};
  std::unique_ptr<SambaDc> dc_;
  Content before_, target_;
  MonotonicClock::duration duration_{};
  int killed_ = 0, before_the_first_ = 0;
};

class CliKilledApplySamba : public KilledApply {};
TEST_F(CliKilledApplySamba, IsResumed) { try_moments(6); }

class CliKilledApplySambaSlow : public KilledApply {};
TEST_F(CliKilledApplySambaSlow, IsResumed) { try_moments(30); }

}  // namespace
}  // namespace trueup::cli
