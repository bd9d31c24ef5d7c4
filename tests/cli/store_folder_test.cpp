// SPDX-License-Identifier: Apache-2.0
// What can be wrong with the store, and who may look at it: locked, foreign, full, private.
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "tests/cli/input_fixture.h"
#include "tests/cli/stalled_server.h"

namespace trueup::cli {
namespace {

namespace fs = std::filesystem;

class CliStore : public SpoiledInput {
 protected:
  ProcessResult plan_into(const std::string& store, const ProcessOptions& options = {}) const {
    return trueup(Arguments{"plan"} + tenant_.inputs() + Arguments{"--store", store}, options);
  }

  /// A trueup that has the store open and is kept waiting by a server.
  Arguments load_from(const StalledServer& server) const {
    const std::string password = folder_.write("password", "s3cret-of-the-lab\n");
    fs::permissions(password, fs::perms::owner_read | fs::perms::owner_write);
    return Arguments{TRUEUP_BINARY,
                     "load",
                     "--ad",
                     server.url(),
                     "--allow-plaintext",
                     "--base",
                     "DC=contoso,DC=lab",
                     "--bind-dn",
                     "cn=admin",
                     "--password-file",
                     password} +
           in_store();
  }
};

TEST_F(CliStore, ALockedStoreIsTold) {
  StalledServer server;
  Process other(load_from(server));
  ASSERT_TRUE(server.wait_for_peer());
  EXPECT_TRUE(fails(plan(), 1,
                    {folder_ / "store", "in use|locked|another|process",
                     std::to_string(other.pid()) + "|wait|end"}));
  EXPECT_TRUE(other.running());
  other.signal(SIGKILL);
  other.wait();
}

TEST_F(CliStore, LookingWorksBesideALivingRun) {
  StalledServer server;
  Process other(load_from(server));
  ASSERT_TRUE(server.wait_for_peer());
  const Json runs = trueup_json(Arguments{"runs"} + in_store());
  ASSERT_GE(runs.size(), 1U);
  EXPECT_EQ(runs.front().at("plan_digest"), digest_);
  std::string anchor = plan_text_.substr(plan_text_.find("# anchor: ") + 10);
  anchor = anchor.substr(0, anchor.find('\n'));
  const ProcessResult shown = trueup(Arguments{"show", anchor} + in_store());
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_NE(shown.out.find(anchor), std::string::npos);
  EXPECT_EQ(trueup({"dump", tenant_.ad}).exit_code, 0);
  EXPECT_TRUE(other.running());
  other.signal(SIGKILL);
  other.wait();
}

// After SIGTERM it ends by itself, with what was there before intact (TearDown).
TEST_F(CliStore, AStoppedLoadLeavesTheStoreAsItWas) {
  StalledServer server;
  Process other(load_from(server));
  ASSERT_TRUE(server.wait_for_peer());
  other.signal(SIGKILL);
  EXPECT_EQ(other.wait().exit_code, 128 + SIGKILL);
}

TEST_F(CliStore, AStoreThatCannotBeMade) {
  const std::string file = folder_.write("file", "not a folder");
  EXPECT_TRUE(fails(plan_into(file), 1, {file, "folder|directory"}));
  EXPECT_TRUE(fails(plan_into(file + "/store"), 1, {file, "folder|directory"}));
  EXPECT_EQ(read_file(file), "not a folder");
}

TEST_F(CliStore, AForeignFolderIsNotTaken) {
  folder_.write("photos/summer.jpg", "a photo");
  EXPECT_TRUE(fails(plan_into(folder_ / "photos"), 1,
                    {"photos", "not a .*store|no .*store", "--store|empty|another|other"}));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "photos"), fs::directory_iterator()), 1);
  folder_.write("later/FORMAT", "trueup-store 999\n");
  EXPECT_TRUE(fails(plan_into(folder_ / "later"), 1, {"later", "store"}));
}

TEST_F(CliStore, LookingAtAStoreThatIsNotThere) {
  for (const Arguments& look : {Arguments{"runs"}, Arguments{"show", "a@contoso.com"}}) {
    const ProcessResult result = trueup(look + Arguments{"--store", folder_ / "none"});
    EXPECT_TRUE(fails(result, 1, {"none", "--store|no such|not there|no store"})) << look.front();
    EXPECT_FALSE(fs::exists(folder_ / "none")) << "looking makes nothing";
  }
}

// The limit on a file's size stands in for a full disk: a write fails in the middle.
TEST_F(CliStore, AFullDiskIsToldAndTheStoreLives) {
  const Tenant large = make_tenant(folder_, "large", 1500);
  for (const std::uint64_t limit : {20'000U, 100'000U}) {
    SCOPED_TRACE(limit);
    const ProcessResult full =
        trueup(Arguments{"plan"} + large.inputs() + in_store(), {.file_size_limit = limit});
    EXPECT_TRUE(fails(full, 1, {"too large|space|write", "store|/"}));
    EXPECT_EQ(trueup_json(Arguments{"diff"} + in_store()).at("plan").at("digest"), digest_);
  }
}

TEST_F(CliStore, AnOutputFileThatCannotBeWritten) {
  const std::string out = folder_ / "no-such-folder/plan.ldif";
  const ProcessResult result =
      trueup(Arguments{"plan"} + tenant_.inputs() + in_store() + Arguments{"--out", out});
  EXPECT_TRUE(fails(result, 2, {"--out", "no-such-folder/plan\\.ldif", "no such"}));
}

// Address lists are personal data, also for the other users of the machine.
TEST_F(CliStore, FilesArePrivate) {
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "store")) {
    struct stat status {};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, entry.is_directory() ? 0700U : 0600U) << entry.path();
  }
  struct stat status {};
  ASSERT_EQ(::stat((folder_ / "store").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  ASSERT_EQ(::stat(plan_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(CliStore, OldGenerationsGo) {
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(plan({"--keep-generations", "2"}).exit_code, 0);
  }
  EXPECT_EQ(trueup_json(Arguments{"runs"} + in_store()).size(), 5U);
}

}  // namespace
}  // namespace trueup::cli
