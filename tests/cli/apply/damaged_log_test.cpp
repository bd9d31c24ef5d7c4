// SPDX-License-Identifier: Apache-2.0
// `apply` and `run` are killed at any moment, then the log of the store's database is damaged: bits
// flipped, the end cut off, blocks zeroed. Whatever that loses, a run that wrote is never taken for
// one that did not, nothing is written a second time, and undo gives all of it back.
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "tests/cli/apply/write_trial.h"

namespace trueup::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr int kChanges = 300;

class DamagedLog : public testing::Test {
 protected:
  enum class Command : std::uint8_t { kApply, kRun };

  /// The nightly job by way of the relay, which reads AD there too.
  Arguments night(const std::string& store) const {
    const Arguments planning = trial_.planning(store);
    Arguments run = nightly(trial_.folder());
    for (std::size_t i = 1; i < planning.size(); ++i) {
      if (planning[i] == "--ad")
        ++i;
      else
        run.push_back(planning[i]);
    }
    const Arguments at_relay = trial_.apply(store);
    return run + Arguments(at_relay.begin() + 3, at_relay.end());
  }

  int modifies() const {
    int sum = 0;
    for (const auto& [dn, count] : trial_.modifies()) sum += count;
    return sum;
  }

  /// Starts it and kills it: at any moment of its sending, or soon after its start.
  void kill(const Arguments& command) {
    Process process(Arguments{TRUEUP_BINARY} + command +
                    Arguments{"--max-changes-per-second", "250"});
    const int count = static_cast<int>(random_() % (kChanges + 40)) - 20;
    if (count < 0) {
      std::this_thread::sleep_for(milliseconds(random_() % 150));
    } else {
      trial_.wait_for_modifies(std::max(1, count), process);
      std::this_thread::sleep_for(milliseconds(random_() % 30));
    }
    process.signal(SIGKILL);
    killed_ += process.wait().exit_code == 128 + SIGKILL ? 1 : 0;
  }

  /// A random log of the store's database, damaged at a random place.
  void damage(const std::string& store) {
    std::vector<fs::path> logs;
    for (const auto& entry : fs::directory_iterator(store + "/db")) {
      if (entry.path().extension() == ".log" && fs::file_size(entry) > 0) logs.push_back(entry);
    }
    if (logs.empty()) return;
    ++damages_;
    const fs::path log = logs[random_() % logs.size()];
    std::string bytes = read_file(log);
    const std::size_t at = random_() % bytes.size();
    switch (random_() % 4) {
      case 0:
        bytes.resize(at);
        ++kinds_["cut"];
        break;
      case 1: {
        const std::size_t size = std::min<std::size_t>(bytes.size() - at, 512 << random_() % 7);
        bytes.replace(at, size, size, '\0');
        ++kinds_["zeroed"];
        break;
      }
      default: bytes[at] = static_cast<char>(bytes[at] ^ (1 << random_() % 8)); ++kinds_["flipped"];
    }
    std::ofstream(log, std::ios::binary) << bytes;
  }

  /// What the commands that only look say of a copy of it.
  void expect_not_forgotten(const std::string& store, int run) {
    const std::string copy = store + "-looked-at";
    fs::copy(store, copy, fs::copy_options::recursive);
    damage(copy);
    const std::string name = "run " + std::to_string(run) + " ";
    const Json runs = trueup_json({"runs", "--store", copy});
    const auto known = [&](const Json& r) { return r.at("run") == run; };
    const auto found = std::ranges::find_if(runs, known);
    ASSERT_NE(found, runs.end()) << "forgotten: " << runs;
    const bool ended = found->at("state") == "applied";
    EXPECT_EQ(found->contains("unfinished"), !ended) << *found;
    (ended ? seen_ended_ : seen_unfinished_) += 1;
    const ProcessResult undo = trueup(trial_.undo(copy, run) + Arguments{"--dry-run"});
    EXPECT_EQ(undo.exit_code, 0) << undo.out << undo.err;
    EXPECT_EQ(undo.err.find("written nothing"), std::string::npos) << undo.err;
    const ProcessResult plan = trueup(trial_.planning(copy));
    Arguments verify = trial_.apply_directly(copy);
    verify.front() = "verify";
    const ProcessResult verified = trueup(verify);
    if (!ended) {
      EXPECT_NE(undo.out.find("UNFINISHED: " + name), std::string::npos) << undo.out;
      EXPECT_NE(plan.out.find("UNFINISHED: " + name), std::string::npos) << plan.out << plan.err;
      EXPECT_NE(verified.out.find("UNFINISHED: " + name), std::string::npos) << verified.out;
    }
    // What was written is either verified or in doubt.
    if (verified.out.find("in doubt ") == std::string::npos) {
      EXPECT_EQ(verified.out.find("verified 0 changes"), std::string::npos) << verified.out;
    }
    fs::remove_all(copy);
  }

  void try_it(Command command, int times) {
    trial_.relay().set_round_trip(milliseconds(2));
    for (int i = 0; i < times && !HasFailure(); ++i) {
      SCOPED_TRACE("kill " + std::to_string(i) + " of seed " + std::to_string(seed_));
      trial_.reset();
      const std::string store = trial_.planned_store();
      const int run = command == Command::kApply ? 1 : 2;
      const Arguments more = {"--connections", "2", "--max-in-flight", "8"};
      kill((command == Command::kApply ? trial_.apply(store) : night(store)) + more);
      // What was under way arrives.
      while (trial_.relay().counts().open > 0) std::this_thread::sleep_for(milliseconds(2));
      if (modifies() == 0) {
        ++wrote_nothing_;
        fs::remove_all(store);
        continue;
      }
      ++wrote_;
      expect_not_forgotten(store, run);
      if (HasFailure()) return;
      damage(store);
      const bool resume = random_() % 2 == 0;
      if (resume) {
        const ProcessResult resumed =
            trueup(trial_.apply_directly(store, {"--resume", std::to_string(run)}));
        // 2: it had ended.
        ASSERT_TRUE(resumed.exit_code == 0 || resumed.exit_code == 2) << resumed.err << resumed.out;
        EXPECT_EQ(difference(trial_.now(), trial_.target()), "") << resumed.err << resumed.out;
        EXPECT_EQ(trial_.written_twice(), "");
        ++resumed_;
      }
      const ProcessResult undone = trueup(trial_.undo(store, run));
      ASSERT_EQ(undone.exit_code, 0) << undone.err << undone.out;
      EXPECT_EQ(difference(trial_.now(), trial_.before()), "") << undone.err << undone.out;
      fs::remove_all(store);
    }
    EXPECT_GT(seen_unfinished_, times / 4) << "hardly a kill has met the sending";
  }

  /// What was met, also where it ends with a failure.
  void TearDown() override {
    std::printf(
        "%d kills: %d wrote, %d before that; %d damages (%d flipped, %d cut, %d zeroed); "
        "seen unfinished %d, ended %d; resumed %d\n",
        killed_, wrote_, wrote_nothing_, damages_, kinds_["flipped"], kinds_["cut"],
        kinds_["zeroed"], seen_unfinished_, seen_ended_, resumed_);
  }

  WriteTrial trial_{drifted_world(kChanges)};
  const unsigned seed_ = std::random_device{}();
  std::mt19937 random_{seed_};
  int killed_ = 0, wrote_ = 0, wrote_nothing_ = 0, damages_ = 0, resumed_ = 0;
  int seen_unfinished_ = 0, seen_ended_ = 0;
  std::map<std::string, int> kinds_;
};

using CliDamagedLogSlapd = DamagedLog;
using CliDamagedLogSlapdSlow = DamagedLog;

TEST_F(CliDamagedLogSlapd, OfAnApplyThatWasKilled) { try_it(Command::kApply, 6); }
TEST_F(CliDamagedLogSlapd, OfARunThatWasKilled) { try_it(Command::kRun, 6); }
TEST_F(CliDamagedLogSlapdSlow, Of200AppliesThatWereKilled) { try_it(Command::kApply, 200); }
TEST_F(CliDamagedLogSlapdSlow, Of200RunsThatWereKilled) { try_it(Command::kRun, 200); }

}  // namespace
}  // namespace trueup::cli
