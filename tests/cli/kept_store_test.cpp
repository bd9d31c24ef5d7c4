// SPDX-License-Identifier: Apache-2.0
// Stores that earlier releases wrote, kept as they were (tests/cli/stores): each opens, its
// snapshots are compared, and what was written is finished and taken back.
#include <filesystem>

#include "tests/cli/slapd_tenant.h"

namespace trueup::cli {
namespace {

namespace fs = std::filesystem;

/// The names of the archives: FORMAT.tar.gz.
std::vector<std::string> kept_stores() {
  std::vector<std::string> names;
  for (const auto& file : fs::directory_iterator(TRUEUP_SOURCE_DIR "/tests/cli/stores")) {
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
}

// The run that was killed takes back run 1: when it is finished, all is as it was at first.
TEST_P(CliKeptStoreSlapd, ItsUnfinishedRunIsFinished) {
  Slapd::Options options;
  options.ldif = read_file(folder_ / "now.ldif");
  const Slapd slapd(options);
  EXPECT_NE(content(slapd), entries_of(read_file(folder_ / "before.ldif")));
  must(Arguments{"apply", "--resume", "2"} + in_store() + server(slapd));
  EXPECT_EQ(content(slapd), entries_of(read_file(folder_ / "before.ldif")));
  must(Arguments{"undo", "2"} + in_store() + server(slapd) + open_guards_of_undo());
  EXPECT_NE(content(slapd), entries_of(read_file(folder_ / "now.ldif")));
  must(Arguments{"verify", "3"} + in_store() + server(slapd));
}

std::string test_name(const testing::TestParamInfo<std::string>& archive) {
  return "Format" + archive.param.substr(0, archive.param.find('.'));
}
INSTANTIATE_TEST_SUITE_P(Kept, CliKeptStore, testing::ValuesIn(kept_stores()), test_name);
INSTANTIATE_TEST_SUITE_P(Kept, CliKeptStoreSlapd, testing::ValuesIn(kept_stores()), test_name);

}  // namespace
}  // namespace trueup::cli
