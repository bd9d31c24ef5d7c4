// SPDX-License-Identifier: Apache-2.0
// A run that ends before its plan does: stopped, killed, out of hours; and what can be done with it
// afterwards: resume, undo, another try, the next nightly run.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "tests/cli/apply/unfinished_trial.h"

namespace trueup::cli {
namespace {

namespace fs = std::filesystem;
using MonotonicClock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(CliUnfinishedSlapd, StoppedAndResumed) {
  stop_in_the_middle();
  must(trial_.apply_directly(store_, {"--resume", "1"}));
  expect_all_written_once();
  EXPECT_TRUE(
      fails(trueup(trial_.apply_directly(store_, {"--resume", "1"})), 2, {"run 1", "applied"}));
}

TEST_F(CliUnfinishedSlapd, AHalfIsUndone) {
  stop_in_the_middle();
  const std::size_t written = static_cast<std::size_t>(modifies());
  EXPECT_EQ(parse_ldif(read_file(store_ + "/runs/1/undo.ldif")).size(), written);
  must(trial_.undo(store_, 1));
  EXPECT_EQ(difference(trial_.now(), trial_.before()), "");
  EXPECT_EQ(parse_ldif(read_file(store_ + "/runs/2/plan.ldif")).size(), written);
}

TEST_F(CliUnfinishedSlapd, AnUndoIsUndone) {
  must(trial_.apply_directly(store_));
  must(trial_.undo(store_, 1));
  EXPECT_EQ(difference(trial_.now(), trial_.before()), "");
  must(trial_.undo(store_, 2));
  EXPECT_EQ(difference(trial_.now(), trial_.target()), "");
  must(trial_.undo(store_, 3));
  EXPECT_EQ(difference(trial_.now(), trial_.before()), "");
}

TEST_F(CliUnfinishedSlapd, AnUndoThatAGuardStopsIsLetThroughByItsDigest) {
  must(trial_.apply_directly(store_));
  const Json stopped =
      trueup_json(trial_.undo(store_, 1) + Arguments{"--guards-changed", "3, 0.1%"}, kGuard);
  EXPECT_EQ(difference(trial_.now(), trial_.target()), "");
  const std::string digest = stopped.at("plan").at("digest");
  must(trial_.apply_directly(store_, {"--accept", digest}));
  EXPECT_EQ(difference(trial_.now(), trial_.before()), "");
}

TEST_F(CliUnfinishedSlapd, RejectsAreTriedAgainWhenTheCauseIsMended) {
  // By hand at another value, and put back in two steps.
  std::string wrong;
  std::string right[2];
  int spoiled = 0;
  for (const LdifRecord& record : trial_.plan()) {
    const Edits edits = edits_of({record});
    const auto& [key, edit] = *edits.begin();
    const auto& [anchor, attribute] = key;
    if (edits.size() != 1 || !attribute.starts_with("extensionAttribute") ||
        edit.deletes.size() != 1 || edit.adds.size() != 1) {
      continue;
    }
    const std::string& old = *edit.deletes.begin();
    const std::string begin = "dn: " + slapd_dn(record.dn()) +
                              "\nchangetype: modify\nreplace: " + attribute + "\n" + attribute +
                              ": ";
    wrong += begin + "by hand\n-\n\n";
    right[spoiled % 2] += begin + old + "\n-\n\n";
    ++spoiled;
  }
  ASSERT_GT(spoiled, 6);
  trial_.modify(wrong);
  EXPECT_EQ(trueup(trial_.apply_directly(store_)).exit_code, kSomeRejected);
  EXPECT_EQ(journal_of(store_, 1).count(Verdict::kConflict), spoiled);
  // Nothing is mended yet: the same again. Then half of it, and the rest.
  EXPECT_EQ(trueup(trial_.apply_directly(store_, {"--rejects", "1"})).exit_code, kSomeRejected);
  trial_.modify(right[0]);
  const Json half = trueup_json(trial_.apply_directly(store_, {"--rejects", "2"}), kSomeRejected);
  EXPECT_EQ(half.at("applied").at("done"), (spoiled + 1) / 2);
  trial_.modify(right[1]);
  const Json rest = trueup_json(trial_.apply_directly(store_, {"--rejects", "3"}));
  EXPECT_EQ(rest.at("applied").at("done"), spoiled / 2);
  EXPECT_EQ(difference(trial_.now(), trial_.target()), "");
}

TEST_F(CliUnfinishedSlapd, AStoreThatALivingRunHoldsSaysByWhom) {
  Process process(Arguments{TRUEUP_BINARY} + apply_slowly());
  ASSERT_TRUE(trial_.wait_for_modifies(1, process));
  for (const Arguments& command : {trial_.apply_directly(store_, {"--resume", "1"}),
                                   trial_.undo(store_, 1), trial_.planning(store_)}) {
    EXPECT_TRUE(fails(trueup(command), 1, {"\\b" + std::to_string(process.pid()) + "\\b"}));
  }
  const ProcessResult runs = trueup({"runs", "--store", store_});
  EXPECT_NE(runs.out.find("process " + std::to_string(process.pid()) + " is at work"),
            std::string::npos)
      << runs.out;
  EXPECT_EQ(runs.out.find("UNFINISHED"), std::string::npos) << "it is under way";
  EXPECT_TRUE(process.running());
  EXPECT_EQ(process.wait().exit_code, kDone) << process.wait().err;
  expect_all_written_once();
}

TEST_F(CliUnfinishedSlapd, OutOfHours) {
  const std::string closed = time_of_day(120) + "-" + time_of_day(180);
  const ProcessResult stopped = trueup(trial_.apply_directly(store_, {"--hours", closed}));
  EXPECT_EQ(stopped.exit_code, kStoppedEarly) << stopped.err;
  EXPECT_NE(stopped.out.find("outside the hours of work"), std::string::npos) << stopped.out;
  EXPECT_EQ(modifies(), 0);
  const std::string open = time_of_day(-60) + "-" + time_of_day(60);
  must(trial_.apply_directly(store_, {"--resume", "1", "--hours", open}));
  expect_all_written_once();
}

TEST_F(CliUnfinishedSlapd, PastTheDeadline) {
  const ProcessResult stopped =
      trueup(trial_.apply_directly(store_, {"--deadline", "2020-01-01T05:00"}));
  EXPECT_EQ(stopped.exit_code, kStoppedEarly) << stopped.err;
  EXPECT_NE(stopped.out.find("deadline"), std::string::npos) << stopped.out;
  EXPECT_EQ(modifies(), 0);
  must(trial_.apply_directly(store_, {"--resume", "1"}));
  expect_all_written_once();
}

// What the killed part had in flight stays in doubt for the part after the next.
TEST_F(CliUnfinishedSlapd, AResumeThatIsStoppedAtOnceForgetsNoDoubt) {
  signalled(apply_slowly(), SIGKILL);
  const int written = modifies();
  const int on_record = journal_of(store_, 1).count(Verdict::kDone);
  EXPECT_LT(on_record, written) << "nothing was in doubt";
  const ProcessResult stopped =
      trueup(trial_.apply_directly(store_, {"--resume", "1", "--deadline", "2020-01-01T05:00"}));
  EXPECT_EQ(stopped.exit_code, kStoppedEarly) << stopped.err;
  must(trial_.apply_directly(store_, {"--resume", "1"}));
  EXPECT_EQ(journal_of(store_, 1).count(Verdict::kAlready), 0) << "ours, and so for undo";
  must(trial_.undo(store_, 1));
  EXPECT_EQ(difference(trial_.now(), trial_.before()), "");
}

class CliLiveRateSlapd : public CliUnfinishedSlapd {
 protected:
  void write_rate(const char* rate) const {
    std::ofstream(config_) << "max_changes_per_second = " << rate << "\n";
  }
  Arguments apply() const {
    return Arguments{TRUEUP_BINARY} + trial_.apply_directly(store_, {"--config", config_});
  }
  /// At the old rate it would take minutes.
  void expect_soon_over(Process& process) {
    const auto end = MonotonicClock::now() + seconds(20);
    while (process.running() && MonotonicClock::now() < end)
      std::this_thread::sleep_for(milliseconds(10));
    ASSERT_FALSE(process.running()) << "the rate has not changed";
    EXPECT_EQ(process.wait().exit_code, kDone) << process.wait().err;
    expect_all_written_once();
  }

  const std::string config_ = folder_ / "trueup.toml";
};

TEST_F(CliLiveRateSlapd, ChangesWithTheFile) {
  write_rate("5");
  Process process(apply());
  ASSERT_TRUE(trial_.wait_for_modifies(1, process)) << process.wait().err;
  write_rate("\"nonsense\"");  // told, and nothing changes
  std::this_thread::sleep_for(seconds(1));
  EXPECT_TRUE(process.running());
  EXPECT_LT(modifies(), changes() / 4);
  write_rate("0");
  expect_soon_over(process);
  EXPECT_NE(process.wait().err.find("the rate stays as it is"), std::string::npos);
}

// The file looks as old as it was.
TEST_F(CliLiveRateSlapd, ChangesUponSighup) {
  write_rate("5");
  const auto then = fs::last_write_time(config_);
  Process process(apply());
  ASSERT_TRUE(trial_.wait_for_modifies(1, process)) << process.wait().err;
  const std::string other = folder_.write("other.toml", "max_changes_per_second = 0\n");
  fs::last_write_time(other, then);
  fs::rename(other, config_);
  std::this_thread::sleep_for(seconds(1));
  EXPECT_TRUE(process.running());
  EXPECT_LT(modifies(), changes() / 4);
  process.signal(SIGHUP);
  expect_soon_over(process);
}

/// The newest log of the store's database.
std::string newest_log(const std::string& store) {
  std::vector<std::string> logs;
  for (const auto& entry : fs::directory_iterator(store + "/db")) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".log") && fs::file_size(entry) > 0) logs.push_back(entry.path().string());
  }
  return logs.empty() ? "" : *std::ranges::max_element(logs);
}

/// slapd's files are 8 GiB of mostly nothing.
void copy_sparse(const std::string& from, const std::string& to) {
  const ProcessResult copied = run_process({"cp", "--sparse=always", from, to});
  ASSERT_EQ(copied.exit_code, 0) << copied.err;
}

// As no kill leaves it, but a bad disk may: the journal ends anywhere. What it still says is taken
// up; what it says no more is found in the directory. Nothing is written a second time.
TEST_F(CliUnfinishedSlapd, AJournalThatIsCut) {
  signalled(apply_slowly(), SIGKILL);
  const std::string data = trial_.slapd().file("server/db/data.mdb");
  const std::string log_data = trial_.slapd().file("server/accesslog/data.mdb");
  trial_.slapd().stop();
  copy_sparse(data, data + ".kept");
  copy_sparse(log_data, log_data + ".kept");
  const std::string log = newest_log(store_);
  ASSERT_FALSE(log.empty());
  const std::uintmax_t size = fs::file_size(log);
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  Counts ended;
  constexpr int kCuts = 15;
  for (int i = 0; i < kCuts && !HasFailure(); ++i) {
    const std::uintmax_t bytes = i == 0 ? size - 1 : random() % size;
    SCOPED_TRACE("cut to " + std::to_string(bytes) + " of " + std::to_string(size));
    const std::string store = folder_ / ("cut-" + std::to_string(i));
    fs::copy(store_, store, fs::copy_options::recursive);
    fs::resize_file(newest_log(store), bytes);
    copy_sparse(data + ".kept", data);
    copy_sparse(log_data + ".kept", log_data);
    trial_.slapd().start();
    ProcessResult result = trueup(trial_.apply_directly(store, {"--resume", "1"}));
    if (result.exit_code == 2) result = trueup(trial_.apply_directly(store));  // not begun, then
    ++ended[std::to_string(result.exit_code)];
    if (result.exit_code == kDone) {
      EXPECT_EQ(difference(trial_.now(), trial_.target()), "") << result.out;
    } else {
      EXPECT_TRUE(fails(result, result.exit_code == 2 ? 2 : 1, {"store"}));
    }
    EXPECT_EQ(trial_.written_twice(), "");
    trial_.slapd().stop();
    fs::remove_all(store);
  }
  EXPECT_GT(ended["0"], 0);
  trial_.slapd().start();
}

}  // namespace
}  // namespace trueup::cli
