// SPDX-License-Identifier: Apache-2.0
// Stores that earlier releases wrote, kept as they were (tests/cli/stores): each opens, its
// snapshots are compared, and what was written is finished and taken back.
#include <chrono>
#include <filesystem>

#include "snapshots/store/description.h"
#include "snapshots/store/store.h"
#include "tests/cli/slapd_tenant.h"
#include "tests/support/aged_store.h"

namespace trueup::cli {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = TRUEUP_SOURCE_DIR "/tests/cli/stores";

/// The names of the archives: FORMAT.tar.gz.
std::vector<std::string> kept_stores() {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& file : fs::directory_iterator(kFolder, none)) {
    if (file.path().extension() == ".gz") names.push_back(file.path().filename());
  }
  return names;
}

class CliKeptStore : public testing::TestWithParam<std::string> {
 protected:
  CliKeptStore() {
    const ProcessResult unpacked = run_process(
        {"tar", "-xzf", TRUEUP_SOURCE_DIR "/tests/cli/stores/" + GetParam(), "-C", folder_.path()});
    EXPECT_EQ(unpacked.exit_code, 0) << unpacked.err;
  }

  Arguments in_store() const { return {"--store", folder_ / "store"}; }

  TempFolder folder_;
};
using CliKeptStoreSlapd = CliKeptStore;

TEST_P(CliKeptStore, ItsRunsAreListed) {
  const Json runs = trueup_json(Arguments{"runs"} + in_store());
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs.at(0).at("state"), "applied");
  EXPECT_EQ(runs.at(1).at("state"), "applying");
}

// A rule of comparison that changes gives another plan: then it is `changes` that is compared here,
// with a word on why.
TEST_P(CliKeptStore, ItsSnapshotsGiveTheSamePlan) {
  const Json runs = trueup_json(Arguments{"runs"} + in_store());
  constexpr int kStoppedByGuard = 3;  // as it was then
  const Json planned = trueup_json(Arguments{"diff"} + in_store(), kStoppedByGuard);
  EXPECT_EQ(planned.at("plan").at("digest"), runs.at(0).at("plan_digest"));
}

TEST_P(CliKeptStore, ItsMailboxesAreShown) {
  const std::string plan = read_file(folder_ / "store/runs/1/plan.ldif");
  const std::size_t anchor = plan.find("# anchor: ") + 10;
  const std::string key = plan.substr(anchor, plan.find('\n', anchor) - anchor);
  const ProcessResult shown = trueup(Arguments{"show", key} + in_store());
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_NE(shown.out.find(key), std::string::npos) << shown.out;
}

TEST_P(CliKeptStore, ItIsLoadedInto) {
  const ProcessResult loaded = trueup(Arguments{"load", "--ad", folder_ / "now.ldif"} + in_store());
  EXPECT_EQ(loaded.exit_code, 0) << loaded.err;
}

TEST_P(CliKeptStore, OfAnotherFormatItIsRefusedAndToldWhatToDo) {
  folder_.write("store/FORMAT", "trueup store 99\n");
  for (const char* command : {"runs", "diff"}) {
    EXPECT_TRUE(fails(trueup(Arguments{command} + in_store()), 1,
                      {folder_ / "store", "trueup store 99", "version that wrote it", "--store"}));
  }
  folder_.write("store/FORMAT", std::string(kStoreFormat) + "\n");  // nothing else was touched
  must(Arguments{"runs"} + in_store());
}

/// What is finished must not be older than max_plan_age, nor ahead of the clock.
void make_an_hour_old(const std::string& store) {
  std::uint64_t started = 0;
  for (const RunDescription& run : run_descriptions(*Store::open(store, Store::Mode::kReadOnly))) {
    started = run.started_at;
  }
  const auto now = std::chrono::system_clock::now() - std::chrono::hours(1);
  age_store(store, std::chrono::seconds(static_cast<std::int64_t>(started)) -
                       std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()));
}

// The run that was killed takes back run 1: when it is finished, all is as it was at first; when it
// is taken back in turn, all is as run 1 had left it.
TEST_P(CliKeptStoreSlapd, ItsUnfinishedRunIsFinished) {
  make_an_hour_old(folder_ / "store");
  Slapd::Options options;
  options.ldif = read_file(folder_ / "now.ldif");
  const Slapd slapd(options);
  const auto before = entries_of(read_file(folder_ / "before.ldif"));
  const auto written = entries_of(read_file(folder_ / "written.ldif"));
  EXPECT_NE(content(slapd), before);
  EXPECT_NE(content(slapd), written);
  must(Arguments{"apply", "--resume", "2"} + in_store() + server(slapd));
  EXPECT_EQ(content(slapd), before);
  must(Arguments{"undo", "2"} + in_store() + server(slapd) + open_guards_of_undo());
  EXPECT_EQ(content(slapd), written);
}

// Whoever changes the format keeps a store of the new one too: tests/cli/stores/make.
TEST(CliKeptStores, OneIsOfTodaysFormat) {
  const std::string format(kStoreFormat.substr(kStoreFormat.rfind(' ') + 1));
  EXPECT_TRUE(fs::exists(kFolder / (format + ".tar.gz"))) << kStoreFormat;
}

std::string test_name(const testing::TestParamInfo<std::string>& archive) {
  return "Format" + archive.param.substr(0, archive.param.find('.'));
}
INSTANTIATE_TEST_SUITE_P(Kept, CliKeptStore, testing::ValuesIn(kept_stores()), test_name);
INSTANTIATE_TEST_SUITE_P(Kept, CliKeptStoreSlapd, testing::ValuesIn(kept_stores()), test_name);

}  // namespace
}  // namespace trueup::cli
