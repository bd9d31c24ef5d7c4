// SPDX-License-Identifier: Apache-2.0
// `trueup apply` while its server is killed, cut off, busy or slow: every change is made in the
// end, hardly one is sent twice, and the pace is back soon after the trouble is over.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include "tests/cli/apply/write_trial.h"
#include "tests/support/servers/ack_server.h"

namespace trueup::cli {
namespace {

using MonotonicClock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using Seconds = std::chrono::duration<double>;

constexpr double kMostTries = 1.2;  // of a change, on average
constexpr unsigned kUsers = 1500;

class CliOutageSlapd : public testing::Test {
 protected:
  CliOutageSlapd() {
    trial_.relay().set_round_trip(milliseconds(2));
    store_ = trial_.planned_store();
  }

  /// Few in flight: it takes about a second.
  Arguments apply() const {
    return trial_.apply(store_, {"--connections", "2", "--max-in-flight", "2", "--json"});
  }

  /// All is done, as if nothing had been.
  Json expect_done(const ProcessResult& result) {
    EXPECT_EQ(result.exit_code, 0) << result.err << result.out;
    if (result.exit_code != 0) return {};
    Json applied = Json::parse(result.out).at("applied");
    EXPECT_EQ(applied.at("done"), kUsers);
    EXPECT_EQ(Json::parse(result.out).at("verified").at("differing"), 0);
    EXPECT_LE(applied.at("sent").get<double>(), kMostTries * kUsers) << applied;
    EXPECT_EQ(difference(trial_.now(), trial_.target()), "");
    must(trial_.undo(store_, 1));
    EXPECT_EQ(difference(trial_.now(), trial_.before()), "");
    return applied;
  }

  WriteTrial trial_{drifted_world(kUsers)};
  std::string store_;
};

TEST_F(CliOutageSlapd, TheServerIsKilledAndStartedAgain) {
  Process process(Arguments{TRUEUP_BINARY} + apply());
  for (const int modifies : {100, 500, 900}) {
    ASSERT_TRUE(trial_.wait_for_modifies(modifies, process)) << process.wait().err;
    trial_.slapd().signal(SIGKILL);
    trial_.slapd().start();
  }
  const Json applied = expect_done(process.wait());
  EXPECT_GE(applied.at("reconnects").get<int>(), 3) << applied;
}

class CliCutOffSlapd : public CliOutageSlapd, public testing::WithParamInterface<Relay::Cut> {};

TEST_P(CliCutOffSlapd, AtRandomBytes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  // A connection's begin takes some 2,000, a change some 300.
  std::uniform_int_distribution<std::uint64_t> bytes(1'000, 15'000);
  trial_.relay().set_round_trip(milliseconds(1));
  Process process(Arguments{TRUEUP_BINARY} + apply());
  ASSERT_TRUE(trial_.wait_for_modifies(1, process)) << process.wait().err;
  trial_.relay().cut_after([&] { return bytes(random); }, GetParam());
  // Not to the end, which a busy machine would see too late: what reads back then has one
  // connection and no patience.
  ASSERT_TRUE(trial_.wait_for_modifies(kUsers - 500, process)) << process.wait().err;
  trial_.relay().cut_after(nullptr, GetParam());
  const Json applied = expect_done(process.wait());
  EXPECT_GE(applied.at("reconnects").get<int>(), 8) << applied;
}

INSTANTIATE_TEST_SUITE_P(Cuts, CliCutOffSlapd,
                         testing::Values(Relay::Cut::kReset, Relay::Cut::kOrderly),
                         [](const auto& test) {
                           return test.param == Relay::Cut::kReset ? "Reset" : "Orderly";
                         });

/// A server that takes as many a second as the line lets through, so that the pace is that of the
/// limit in flight and not of this machine.
class CliPaceSlow : public testing::Test {
 protected:
  static constexpr milliseconds kRoundTrip{40};

  CliPaceSlow() {
    const Tenant tenant = make_tenant(folder_, "t", 28'000, {"--drift", "0.5"});
    const Json planned = trueup_json(Arguments{"plan"} + tenant.inputs() +
                                     Arguments{"--store", store_} + open_guards());
    changes_ = planned.at("plan").at("changes");
    relay_.set_round_trip(kRoundTrip);
    folder_.write("password", "secret");
    std::filesystem::permissions(folder_ / "password", std::filesystem::perms::owner_read);
  }

  Arguments apply() const {
    return {TRUEUP_BINARY,
            "apply",
            "--store",
            store_,
            "--ad",
            relay_.url(),
            "--base",
            std::string(AckServer::kSuffix),
            "--bind-dn",
            "cn=admin",
            "--password-file",
            folder_ / "password",
            "--allow-plaintext",
            "--no-progress",
            "--connections",
            "2",
            "--max-in-flight",
            "16",
            "--json"};
  }

  void wait(Process& process, std::uint64_t taken) const {
    const auto end = MonotonicClock::now() + std::chrono::minutes(1);
    while (server_.taken() < taken && process.running() && MonotonicClock::now() < end) {
      std::this_thread::sleep_for(milliseconds(10));
    }
  }

  /// Changes a second over the next `span`.
  double rate(milliseconds span) const {
    const auto begin = MonotonicClock::now();
    const std::uint64_t before = server_.taken();
    std::this_thread::sleep_for(span);
    return static_cast<double>(server_.taken() - before) /
           Seconds(MonotonicClock::now() - begin).count();
  }

  void expect_all_taken(Process& process) {
    process.wait();
    // The server keeps nothing, so nothing of it is read back: exit code 4.
    const Json applied = Json::parse(process.wait().out).at("applied");
    EXPECT_EQ(applied.at("done"), changes_) << applied;
    EXPECT_LE(applied.at("sent").get<double>(), kMostTries * changes_) << applied;
  }

  TempFolder folder_;
  const std::string store_ = folder_ / "store";
  AckServer server_;
  Relay relay_{std::stoi(server_.url().substr(server_.url().rfind(':') + 1))};
  int changes_ = 0;
};

TEST_F(CliPaceSlow, BackAfterTheServerWasBusy) {
  constexpr int kBusy = 51;
  Process process(apply());
  wait(process, 1500);
  const double usual = rate(milliseconds(1500));
  ASSERT_GT(usual, 100) << (process.running() ? "" : process.wait().err);
  const std::uint64_t before = server_.modifies();
  server_.answer_modifies_with(kBusy);
  std::this_thread::sleep_for(std::chrono::seconds(5));
  const std::uint64_t refused = server_.modifies() - before;
  server_.answer_modifies_with(0);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const double later = rate(milliseconds(1000));
  EXPECT_TRUE(process.running()) << "all was over too soon: make the plan longer";
  EXPECT_GT(later, 0.7 * usual);
  EXPECT_LT(refused, 500U) << "a busy server is left alone";
  EXPECT_GT(refused, 3U) << "... but asked now and then";
  expect_all_taken(process);
}

TEST_F(CliPaceSlow, BackAfterTheServerWasSlow) {
  Process process(apply());
  wait(process, 1500);
  const double usual = rate(milliseconds(1500));
  ASSERT_GT(usual, 100) << (process.running() ? "" : process.wait().err);
  relay_.set_round_trip(4 * kRoundTrip);
  std::this_thread::sleep_for(std::chrono::seconds(5));
  const double slow = rate(std::chrono::seconds(5));
  relay_.set_round_trip(kRoundTrip);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const double later = rate(milliseconds(1000));
  EXPECT_TRUE(process.running()) << "all was over too soon: make the plan longer";
  EXPECT_LT(slow, 0.4 * usual);
  EXPECT_GT(slow, 0.12 * usual) << "a slow line is no reason to send less at a time";
  EXPECT_GT(later, 0.7 * usual);
  expect_all_taken(process);
}

}  // namespace
}  // namespace trueup::cli
