// SPDX-License-Identifier: Apache-2.0 Old runs and snapshots go after every load and by `trueup
// prune`, and many small runs cost no more than a few.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>

#include "tests/cli/ldif_text.h"
#include "tests/cli/slapd_tenant.h"
#include "tests/cli/stalled_server.h"
#include "tests/support/aged_store.h"

namespace trueup::cli {
namespace {

namespace fs = std::filesystem;

class CliPrune : public testing::Test {
 protected:
  void SetUp() override { tenant_ = make_tenant(folder_, "t", 40, {"--drift", "0.1"}); }

  Arguments in_store() const { return {"--store", folder_ / "store"}; }
  Arguments planning(const std::string& command) const {
    return Arguments{command} + tenant_.inputs() + in_store() + open_guards();
  }
  void diff() const { must(Arguments{"diff"} + in_store() + open_guards()); }
  std::set<std::string> run_folders() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / "store/runs")) {
      names.insert(entry.path().filename());
    }
    return names;
  }
  int files() const {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(folder_ / "store/db")) {
      if (entry.path().extension() == ".sst") ++count;
    }
    return count;
  }
  std::map<std::string, std::string> content() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "store")) {
      if (entry.is_regular_file()) all[entry.path()] = read_file(entry.path());
    }
    return all;
  }

  TempFolder folder_;
  Tenant tenant_;
};

TEST_F(CliPrune, ADryRunShowsAndChangesNothing) {
  must(planning("plan"));
  for (int i = 0; i < 4; ++i) diff();
  const auto before = content();
  const Arguments limits = {"--keep-runs", "2", "--keep-days", "0", "--dry-run"};
  const Json shown = trueup_json(Arguments{"prune"} + in_store() + limits);
  EXPECT_EQ(shown.at("runs"), Json({1, 2, 3}));
  EXPECT_EQ(shown.at("files"), 12);
  EXPECT_GT(shown.at("bytes"), 1000);
  const std::string text = must(Arguments{"prune"} + in_store() + limits).out;
  EXPECT_NE(text.find("would remove 3 runs: 1-3"), std::string::npos) << text;
  EXPECT_EQ(content(), before);
}

TEST_F(CliPrune, WhatIsBeyondBothLimitsGoes) {
  must(planning("plan"));
  for (int i = 0; i < 4; ++i) diff();
  EXPECT_EQ(must(Arguments{"prune"} + in_store()).out, "nothing is beyond what is kept\n");
  age_store(folder_ / "store", std::chrono::hours(24 * 100));
  EXPECT_EQ(must(Arguments{"prune"} + in_store()).out, "nothing is beyond what is kept\n")
      << "they are among the last 90";
  const Json gone = trueup_json(Arguments{"prune", "--keep-runs", "2"} + in_store());
  EXPECT_EQ(gone.at("runs"), Json({1, 2, 3}));
  EXPECT_EQ(run_folders(), (std::set<std::string>{"4", "5"}));
  EXPECT_EQ(trueup_json(Arguments{"runs"} + in_store()).size(), 2U);
  EXPECT_TRUE(fails(trueup(Arguments{"verify", "1", "--ad", "ldap://127.0.0.1:1"} + in_store()), 2,
                    {"no run 1", "pruned"}));
  trueup(Arguments{"diff"} + in_store());  // stopped, as its inputs are old
  EXPECT_TRUE(run_folders().contains("6")) << "numbers are never given out twice";
}

TEST_F(CliPrune, EveryLoadPrunesUnlessItIsADryRun) {
  must(planning("plan"));
  for (int i = 0; i < 3; ++i) diff();
  const std::string config =
      folder_.write("trueup.toml", "keep_runs = 2\nkeep_days = 0\nkeep_generations = 2\n");
  const Arguments with_config = {"--config", config};
  trueup(planning("run") + with_config + Arguments{"--dry-run"});  // ends where it has no server
  EXPECT_EQ(run_folders().size(), 5U);
  const Json planned = trueup_json(planning("plan") + with_config);
  EXPECT_EQ(planned.at("pruned"), Json({{"runs", 4}, {"generations", 2}}));
  EXPECT_EQ(run_folders(), (std::set<std::string>{"5", "6"}));
  must(Arguments{"load"} + tenant_.inputs() + in_store() + with_config);
  EXPECT_EQ(run_folders(), (std::set<std::string>{"5", "6"}));
}

// The one that guards compare with stays, however many loads there were since.
TEST_F(CliPrune, GenerationsGoAfterEveryLoad) {
  must(planning("plan"));
  const auto load = [&] {
    must(Arguments{"load", "--keep-generations", "2"} + tenant_.inputs() + in_store());
  };
  const auto bytes = [&] {
    std::uintmax_t sum = 0;
    for (const auto& entry : fs::directory_iterator(folder_ / "store/db")) {
      if (entry.path().extension() == ".sst") sum += entry.file_size();
    }
    return sum;
  };
  for (int i = 0; i < 3; ++i) load();
  const auto before = bytes();
  for (int i = 0; i < 4; ++i) load();
  EXPECT_LT(bytes(), before + before / 4);
  const auto store = Store::open(folder_ / "store", Store::Mode::kReadOnly);
  std::vector<std::uint64_t> left;
  for (const SnapshotDescription& d : snapshots(*store)) left.push_back(d.generation);
  EXPECT_EQ(left, (std::vector<std::uint64_t>{1, 2, 13, 14, 15, 16}));
  EXPECT_EQ(newest_snapshot(*store, Side::kAd, true)->generation, 2U);
}

TEST_F(CliPrune, AStoreThatIsInUseIsLeftAlone) {
  must(planning("plan"));
  StalledServer server;
  const std::string password = folder_.write("password", "secret\n");
  fs::permissions(password, fs::perms::owner_read | fs::perms::owner_write);
  Process other(Arguments{TRUEUP_BINARY, "load", "--ad", server.url(), "--allow-plaintext",
                          "--base", "DC=contoso,DC=lab", "--bind-dn", "cn=admin", "--password-file",
                          password} +
                in_store());
  ASSERT_TRUE(server.wait_for_peer());
  for (const Arguments& how : {Arguments{"prune"}, Arguments{"prune", "--dry-run"}}) {
    EXPECT_TRUE(fails(trueup(how + in_store()), 1, {"in use", std::to_string(other.pid())}));
  }
  other.signal(SIGKILL);
  other.wait();
}

TEST_F(CliPrune, AFolderThatIsALinkIsNotFollowed) {
  must(planning("plan"));
  for (int i = 0; i < 2; ++i) diff();
  const std::string theirs = folder_.write("theirs/plan.ldif", "theirs");
  fs::remove_all(folder_ / "store/runs/1");
  fs::create_directory_symlink(folder_ / "theirs", folder_ / "store/runs/1");
  const ProcessResult pruned =
      trueup(Arguments{"prune", "--keep-runs", "1", "--keep-days", "0"} + in_store());
  EXPECT_EQ(pruned.exit_code, 1);
  EXPECT_NE(pruned.err.find("runs/1 is no folder"), std::string::npos) << pruned.err;
  EXPECT_EQ(read_file(theirs), "theirs");
  EXPECT_EQ(run_folders(), (std::set<std::string>{"1", "3"})) << "the others go all the same";
}

// What somebody laid down beside the plan is not ours.
TEST_F(CliPrune, AFolderWithAFileOfSomebodysStays) {
  must(planning("plan"));
  for (int i = 0; i < 2; ++i) diff();
  const std::string note = folder_.write("store/runs/1/approval.txt", "by Anna");
  const ProcessResult pruned =
      trueup(Arguments{"prune", "--keep-runs", "1", "--keep-days", "0"} + in_store());
  EXPECT_EQ(pruned.exit_code, 1);
  EXPECT_NE(pruned.err.find("approval.txt"), std::string::npos) << pruned.err;
  EXPECT_EQ(read_file(note), "by Anna");
  EXPECT_TRUE(fs::exists(folder_ / "store/runs/1/plan.ldif")) << "all of a folder goes, or nothing";
}

TEST_F(CliPrune, ManySmallRunsCostWhatAFewCost) {
  must(planning("plan"));
  const auto took = [&](const Arguments& command) {
    auto best = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 3; ++i) {
      const auto start = std::chrono::steady_clock::now();
      must(command + in_store());
      best = std::min(best, std::chrono::steady_clock::now() - start);
    }
    return std::chrono::duration<double>(best).count();
  };
  const std::string dn = parse_ldif(read_file(folder_ / "store/runs/1/plan.ldif")).front().dn();
  const std::vector<Arguments> commands = {
      Arguments{"diff"} + open_guards(), {"runs"}, {"show", dn}};
  std::vector<double> early;
  for (const Arguments& command : commands) early.push_back(took(command));
  const int few = files();
  for (int i = 0; i < 60; ++i) diff();
  EXPECT_LE(files(), few + 32);
  for (std::size_t i = 0; i < commands.size(); ++i) {
    EXPECT_LT(took(commands[i]), 3 * early[i] + 0.3) << commands[i].front();
  }
}

// The nightly run's window, not that of whoever calls prune.
TEST_F(CliPrune, WhatTheNightlyRunsCreepCountsStays) {
  const Arguments month = {"--guards-creep-days", "30"};
  must(planning("plan") + month);
  for (int i = 0; i < 3; ++i) must(Arguments{"diff"} + in_store() + open_guards() + month);
  {
    const auto store = Store::open(folder_ / "store", Store::Mode::kReadWrite);
    for (const std::uint64_t n : {1, 2}) {
      RunDescription run = run_description(*store, n).value();
      run.state = RunState::kApplied;
      run.done = 1;
      put(*store, run);
    }
    store->sync();
  }
  age_store(folder_ / "store", std::chrono::hours(24 * 20));
  const ProcessResult pruned =
      must(Arguments{"prune", "--keep-runs", "1", "--keep-days", "0"} + in_store());
  EXPECT_NE(pruned.out.find("run 1 is older and stays: the guard 'creep' counts"),
            std::string::npos)
      << pruned.out;
  EXPECT_TRUE(run_folders().contains("1"));
  EXPECT_FALSE(run_folders().contains("3"));
}

// What is unfinished is never among it.
TEST_F(CliPrune, AnUnfinishedRunStays) {
  must(planning("plan"));
  for (int i = 0; i < 3; ++i) diff();
  {
    const auto store = Store::open(folder_ / "store", Store::Mode::kReadWrite);
    RunDescription run = run_description(*store, 1).value();
    run.state = RunState::kApplying;
    put(*store, run);
    store->sync();
  }
  const ProcessResult pruned =
      must(Arguments{"prune", "--keep-runs", "1", "--keep-days", "0"} + in_store());
  EXPECT_EQ(pruned.out.find("UNFINISHED: run 1"), 0U) << pruned.out;
  EXPECT_NE(pruned.out.find("removed 2 runs: 2-3"), std::string::npos) << pruned.out;
  EXPECT_NE(pruned.out.find("run 1 is older and stays: it has not come to its end"),
            std::string::npos)
      << pruned.out;
  EXPECT_TRUE(fs::exists(folder_ / "store/runs/1/plan.ldif"));
}

}  // namespace
}  // namespace trueup::cli
