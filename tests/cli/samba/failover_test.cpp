// SPDX-License-Identifier: Apache-2.0
// Two domain controllers, and the one that a run writes to dies with writes that the other has not
// got: nothing is overwritten, nothing is written twice, and nothing is lost.
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>

#include "tests/cli/samba_tenant.h"

namespace trueup::cli {
namespace {

using std::chrono::milliseconds;

constexpr int kDone = 0;
constexpr int kUsage = 2;
constexpr int kStoppedEarly = 5;

class CliFailoverSamba : public testing::Test {
 protected:
  /// Both DCs, and a plan of as many changes.
  void start(int users) {
    users_ = users;
    std::string ldif;
    for (int i = 1; i <= users; ++i) {
      ldif += user_ldif(i, "extensionAttribute1: old\n");
      cloud_.put(i, {{"CustomAttribute1", "new " + std::to_string(i)}});
    }
    dc_ = std::make_unique<SambaDc>(
        SambaDc::Options{.ldif = ldif + carriers_ldif(), .replica = true});
    before_ = versions(dc_->admin());
    must(Arguments{"plan"} + cloud_.inputs() + reach(dc_->delegated()) + in_store() +
         open_guards());
  }

  Arguments in_store() const { return {"--store", folder_ / "store"}; }
  ProcessResult apply(const LdapOptions& where, const Arguments& more) const {
    return trueup(Arguments{"apply", "--json"} + reach(where) + in_store() + more);
  }
  LdapOptions admin_at_replica() const {
    LdapOptions options = dc_->admin();
    options.urls = dc_->delegated_at_replica().urls;
    return options;
  }
  std::size_t written(const LdapOptions& where) const {
    std::size_t count = 0;
    for (auto& [dn, entry] : managed_content(where)) {
      const std::set<std::string>& values = entry["extensionAttribute1"];
      count += values.empty() || values.contains("old") ? 0 : 1;
    }
    return count;
  }
  /// Starts to apply, slowly, and waits until `count` changes are there.
  std::unique_ptr<Process> apply_until(std::size_t count, const Arguments& more) const {
    auto process = std::make_unique<Process>(Arguments{TRUEUP_BINARY, "apply", "--json",
                                                       "--max-changes-per-second", "20",
                                                       "--outage-wait", "1"} +
                                             reach(dc_->delegated()) + in_store() + more);
    for (int i = 0; i < 200 && written(dc_->admin()) < count; ++i) {
      std::this_thread::sleep_for(milliseconds(50));
    }
    EXPECT_GE(written(dc_->admin()), count);
    EXPECT_TRUE(process->running());
    return process;
  }
  void bring_back() {
    dc_->stop();  // the replica too: they are started together
    dc_->start();
  }
  /// Both hold what the cloud wants.
  void expect_target() const {
    for (const LdapOptions& where : {dc_->admin(), admin_at_replica()}) {
      auto content = managed_content(where);
      for (int i = 1; i <= users_; ++i) {
        EXPECT_EQ(content.at(folded_dn(samba_user_dn(i))).at("extensionAttribute1"),
                  std::set<std::string>{"new " + std::to_string(i)});
      }
    }
  }
  /// Each value was written once, on one of them.
  void expect_nothing_twice() const {
    const auto once = writes_of(read_file(folder_ / "store/runs/1/plan.ldif"));
    for (const LdapOptions& where : {dc_->admin(), admin_at_replica()}) {
      EXPECT_EQ(writes_between(before_, versions(where)), once);
    }
  }

  int users_ = 0;
  TempFolder folder_;
  CloudSide cloud_{folder_};
  std::unique_ptr<SambaDc> dc_;
  Versions before_;
};

TEST_F(CliFailoverSamba, TheOtherDcWaitsForWhatTheFirstTookWithIt) {
  start(900);  // more than the pages that are open together
  auto process = apply_until(20, {});
  dc_->kill();
  const ProcessResult stopped = process->wait();
  ASSERT_EQ(stopped.exit_code, kStoppedEarly) << stopped.err;
  EXPECT_NE(stopped.out.find("--resume"), std::string::npos) << stopped.out;
  const int done_at_first = Json::parse(stopped.out).at("applied").at("done");
  EXPECT_GE(done_at_first, 20);
  EXPECT_LT(done_at_first, users_);

  const LdapOptions other = dc_->delegated_at_replica();
  EXPECT_TRUE(fails(apply(other, {"--resume", "1"}), kUsage,
                    {"run 1 wrote to ldaps://", "another", "--other-dc"}));
  EXPECT_EQ(written(admin_at_replica()), 0U);

  // What the first has acknowledged is not there: it is waited for and not overwritten.
  const ProcessResult waited =
      apply(other, {"--resume", "1", "--other-dc", "--replication-wait", "1"});
  ASSERT_EQ(waited.exit_code, kStoppedEarly) << waited.err;
  const Json undecided = Json::parse(waited.out).at("applied");
  EXPECT_EQ(undecided.at("rejected"), 0);
  EXPECT_EQ(undecided.at("conflict"), 0);
  EXPECT_GT(undecided.at("sent"), 0) << "what the first had not been near";
  EXPECT_EQ(undecided.at("done"), done_at_first + undecided.at("sent").get<int>());
  EXPECT_EQ(written(admin_at_replica()), undecided.at("sent"));
  EXPECT_NE(undecided.at("stopped").get<std::string>().find("not known"), std::string::npos);
  const auto at_other = managed_content(admin_at_replica());

  bring_back();
  const auto at_first = managed_content(dc_->admin());
  for (const auto& [dn, entry] : at_first) {
    if (entry.at("extensionAttribute1").contains("old")) continue;
    EXPECT_TRUE(at_other.at(dn).at("extensionAttribute1").contains("old")) << "overwritten " << dn;
  }
  dc_->replicate();
  const ProcessResult resumed = apply(dc_->delegated_at_replica(),
                                      {"--resume", "1", "--other-dc", "--replication-wait", "2"});
  // What had replicated is done. What the first was about to be sent will never turn up there, and
  // only the first can tell that it was not: it is asked, and gets the rest.
  ASSERT_EQ(resumed.exit_code, kStoppedEarly) << resumed.err;
  EXPECT_EQ(Json::parse(resumed.out).at("applied").at("sent"), 0);
  EXPECT_EQ(Json::parse(resumed.out).at("applied").at("conflict"), 0);
  const ProcessResult finished = apply(dc_->delegated(), {"--resume", "1"});
  ASSERT_EQ(finished.exit_code, kDone) << finished.err << finished.out;
  EXPECT_EQ(Json::parse(finished.out).at("applied").at("done"), users_);
  EXPECT_EQ(Json::parse(finished.out).at("applied").at("unknown"), 0);
  dc_->replicate();
  expect_target();
  expect_nothing_twice();
}

// The first is gone for good, or for too long: the nightly job plans afresh what the other has.
TEST_F(CliFailoverSamba, TheNextNightGoesOnWithTheOtherDc) {
  start(120);
  auto process = apply_until(20, {});
  process->signal(SIGKILL);  // trueup too
  EXPECT_EQ(process->wait().exit_code, 128 + SIGKILL);
  dc_->kill();

  const Arguments planning = cloud_.inputs() + reach(dc_->delegated_at_replica()) + in_store();
  const ProcessResult next = nightly_run(folder_, planning, {"--json"});
  ASSERT_EQ(next.exit_code, kDone) << next.err << next.out;
  EXPECT_NE(next.err.find("run 1 was unfinished and is settled"), std::string::npos) << next.err;
  EXPECT_EQ(Json::parse(next.out).at("applied").at("done"), users_);
  EXPECT_EQ(written(admin_at_replica()), static_cast<std::size_t>(users_));

  bring_back();
  dc_->replicate();
  expect_target();
  const ProcessResult last = nightly_run(folder_, planning, {"--json"});
  EXPECT_EQ(last.exit_code, kDone) << last.err;
  EXPECT_EQ(Json::parse(last.out).at("plan").at("changes"), 0);
}

}  // namespace
}  // namespace trueup::cli
