// SPDX-License-Identifier: Apache-2.0
// A run that was killed: every command says so before anything else, how many changes are in doubt,
// and how to go on; and verify never says "0 do not hold" of what it does not know.
#include <csignal>
#include <filesystem>
#include <thread>

#include "tests/cli/apply/write_trial.h"

namespace trueup::cli {
namespace {

using std::chrono::milliseconds;

constexpr int kStoppedEarly = 5;

class CliUnfinishedNoticeSlapd : public testing::Test {
 protected:
  /// `command` at the server, with nothing but the store and how to reach it.
  Arguments at_server(const Arguments& command) const {
    const Arguments apply = trial_.apply_directly(store_);
    return command + Arguments(apply.begin() + 1, apply.end());
  }
  void kill_in_the_middle() {
    Process process(Arguments{TRUEUP_BINARY} +
                    trial_.apply_directly(store_, {"--max-changes-per-second", "150"}));
    ASSERT_TRUE(trial_.wait_for_modifies(40, process));
    process.signal(SIGKILL);
    process.wait();
    const JournalRead journal = journal_of(store_, 1);
    in_doubt_ = journal.in_doubt();
    written_ = 0;
    for (const auto& [dn, count] : trial_.modifies()) written_ += count;
    ASSERT_GT(in_doubt_, 0);
  }

  TempFolder folder_;
  WriteTrial trial_{make_tenant(folder_, "t", 800, {"--drift", "0.5", "--seed", "7"})};
  const std::string store_ = trial_.planned_store();
  int in_doubt_ = 0;
  int written_ = 0;
};

TEST_F(CliUnfinishedNoticeSlapd, EveryCommandSaysItFirst) {
  kill_in_the_middle();
  Arguments live = trial_.planning(store_);
  Arguments run =
      nightly(folder_) + Arguments(live.begin() + 1, live.end()) + Arguments{"--dry-run"};
  const Arguments undo = trial_.undo(store_, 1);
  const std::string first = "UNFINISHED: run 1 (";
  for (const Arguments& command :
       {Arguments{"runs", "--store", store_}, at_server({"verify"}), undo + Arguments{"--dry-run"},
        live, run, Arguments{"diff", "--store", store_}}) {
    SCOPED_TRACE(command.front());
    const ProcessResult said = trueup(command);
    EXPECT_TRUE(said.out.starts_with(first)) << said.out << said.err;
    EXPECT_NE(said.out.find(" " + std::to_string(in_doubt_) + " changes are in doubt"),
              std::string::npos)
        << said.out << in_doubt_;
    EXPECT_NE(said.out.find("trueup apply --resume 1"), std::string::npos) << said.out;
    EXPECT_EQ(state_of(store_, 1), "applying") << "it only looks";
    EXPECT_EQ(journal_of(store_, 1).in_doubt(), in_doubt_) << "it only looks";
  }
}

TEST_F(CliUnfinishedNoticeSlapd, ProgramsAreToldToo) {
  kill_in_the_middle();
  const auto expect_told = [&](const Json& report) {
    const Json& first = report.at("unfinished").at(0);
    EXPECT_EQ(first.at("run"), 1);
    EXPECT_EQ(first.at("state"), "applying");
    EXPECT_EQ(first.at("in_doubt"), in_doubt_);
  };
  expect_told(trueup_json(at_server({"verify"}), kStoppedEarly));
  expect_told(last_block(store_, 1));
  expect_told(trueup_json(trial_.undo(store_, 1) + Arguments{"--dry-run"}));
  expect_told(trueup_json(trial_.planning(store_)));
  expect_told(last_block(store_, 3));
  const Json runs = trueup_json({"runs", "--store", store_});
  EXPECT_EQ(runs.at(0).at("unfinished"), true);
  EXPECT_EQ(runs.at(0).at("in_doubt"), in_doubt_);
  EXPECT_FALSE(runs.at(1).contains("unfinished"));
}

TEST_F(CliUnfinishedNoticeSlapd, VerifyReadsWhatIsInDoubtAndSettlesNothing) {
  kill_in_the_middle();
  const JournalRead before = journal_of(store_, 1);
  const Json verified = trueup_json(at_server({"verify"}), kStoppedEarly).at("verified");
  const Json& doubts = verified.at("in_doubt");
  EXPECT_EQ(verified.at("checked"), before.count(Verdict::kDone));
  EXPECT_EQ(doubts.at("changes"), in_doubt_);
  EXPECT_EQ(doubts.at("there"), written_ - before.count(Verdict::kDone));
  EXPECT_EQ(doubts.at("not_there"), in_doubt_ - doubts.at("there").get<int>());
  EXPECT_EQ(doubts.at("list").size(), static_cast<std::size_t>(in_doubt_));
  const JournalRead after = journal_of(store_, 1);
  EXPECT_EQ(after.outcomes.size(), before.outcomes.size());
  EXPECT_EQ(after.intended, before.intended);
  must(trial_.apply_directly(store_, {"--resume", "1"}));
  must(trial_.undo(store_, 1));
  EXPECT_EQ(difference(trial_.now(), trial_.before()), "");
}

/// Whether the run has put on record, outside of the database, that it is about to send changes.
bool has_intended(const std::string& store, int run) {
  const std::string marker = read_file(store + "/runs/" + std::to_string(run) + "/intended");
  for (const std::size_t cell : {0, 512, 1024, 1536}) {
    const std::string intended = marker.size() < cell + 40 ? "" : marker.substr(cell + 32, 8);
    if (intended.find_first_not_of('\0') != std::string::npos) return true;
  }
  return false;
}

// Killed before the first page came back: nothing is known, and that is what is said.
TEST_F(CliUnfinishedNoticeSlapd, OfNothingAcknowledgedVerifyDoesNotSayThatItHolds) {
  trial_.relay().set_round_trip(milliseconds(400));
  Process process(Arguments{TRUEUP_BINARY} + trial_.apply(store_));
  const std::string marker = store_ + "/runs/1/intended";
  while (process.running() && !std::filesystem::exists(marker)) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  trial_.relay().freeze(true);  // no answer comes any more
  while (process.running() && !has_intended(store_, 1)) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  ASSERT_TRUE(process.running());
  process.signal(SIGKILL);
  process.wait();
  ASSERT_TRUE(journal_of(store_, 1).outcomes.empty());
  const ProcessResult verify = trueup(at_server({"verify"}));
  EXPECT_EQ(verify.exit_code, kStoppedEarly) << verify.out << verify.err;
  EXPECT_EQ(verify.out.find("0 do not hold"), std::string::npos) << verify.out;
  EXPECT_NE(verify.out.find("none was acknowledged"), std::string::npos) << verify.out;
}

TEST(CliStoppedVerifySlapd, SaysHowFarItGot) {
  WriteTrial trial(drifted_world(2200));
  const std::string store = trial.planned_store();
  must(trial.apply_directly(store));
  trial.relay().set_round_trip(milliseconds(60));
  Arguments verify = trial.apply(store);
  verify.front() = "verify";
  const std::uint64_t before = trial.relay().counts().bytes_to_target;
  Process process(Arguments{TRUEUP_BINARY} + verify);
  while (trial.relay().counts().bytes_to_target - before < 30'000 && process.running()) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  process.signal(SIGTERM);
  const ProcessResult result = process.wait();
  EXPECT_EQ(result.exit_code, kStoppedEarly) << result.out << result.err;
  EXPECT_NE(result.out.find("stopped after 1,024 of the 2,200 changes"), std::string::npos)
      << result.out;
}

}  // namespace
}  // namespace trueup::cli
