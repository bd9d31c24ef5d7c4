// SPDX-License-Identifier: Apache-2.0
#include "io/files/output_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "io/files/compressed_file.h"
#include "snapshots/model/errors.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public testing::Test {
 protected:
  std::string part_of(const std::string& name) const {
    return folder_ / (name + ".part" + std::to_string(::getpid()));
  }
  std::string complaint(const std::string& name) const {
    try {
      CompressedFile file(folder_ / name);
      file.write("new");
      file.commit();
    } catch (const StoreError& e) {
      return e.what();
    }
    return {};
  }

  TempFolder folder_;
};

TEST_F(OutputFileTest, IsForItsOwnerOnly) {
  write_file(folder_ / "plan", "new");
  EXPECT_EQ(read_file(folder_ / "plan"), "new");
  EXPECT_EQ(fs::status(folder_ / "plan").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_FALSE(fs::exists(part_of("plan")));
}

TEST_F(OutputFileTest, AFailedRenameLeavesNoPart) {
  fs::create_directories(folder_ / "plan/with");
  const std::string text = complaint("plan");
  EXPECT_EQ(text.find("cannot write " + (folder_ / "plan")), 0U) << text;
  EXPECT_FALSE(fs::exists(part_of("plan")));
  EXPECT_TRUE(fs::exists(folder_ / "plan/with"));
}

TEST_F(OutputFileTest, ASymbolicLinkInTheWayIsNotFollowed) {
  const std::string victim = folder_.write("victim", "theirs");
  for (const std::string name : {"plan.ldif", "ad.ldif.zst"}) {
    fs::create_symlink(victim, part_of(name));
    const std::string text = complaint(name);
    EXPECT_NE(text.find(part_of(name) + " is in the way"), std::string::npos) << text;
    EXPECT_NE(text.find("a symbolic link"), std::string::npos) << text;
    EXPECT_NE(text.find("; remove it"), std::string::npos) << text;
    EXPECT_EQ(read_file(victim), "theirs");
    EXPECT_TRUE(fs::is_symlink(part_of(name)));
    EXPECT_FALSE(fs::exists(folder_ / name));
  }
}

TEST_F(OutputFileTest, AFolderInTheWayIsTold) {
  fs::create_directory(part_of("plan"));
  const std::string text = complaint("plan");
  EXPECT_NE(text.find(part_of("plan") + " is in the way"), std::string::npos) << text;
}

// A process that was killed leaves its part, and its number is given to a later one.
TEST_F(OutputFileTest, AStalePartIsReplaced) {
  const std::string part = part_of("plan");
  folder_.write(fs::path(part).filename().string(), "left by a process that was killed");
  ASSERT_EQ(::chmod(part.c_str(), 0644), 0);
  EXPECT_EQ(complaint("plan"), "");
  EXPECT_EQ(read_file(folder_ / "plan"), "new");
  EXPECT_EQ(fs::status(folder_ / "plan").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_FALSE(fs::exists(part));
}

TEST_F(OutputFileTest, AHardLinkInTheWayLosesNothing) {
  const std::string victim = folder_.write("victim", "theirs");
  fs::create_hard_link(victim, part_of("plan"));
  EXPECT_EQ(complaint("plan"), "");
  EXPECT_EQ(read_file(victim), "theirs");
}

TEST_F(OutputFileTest, AStalePartOfAnotherAccountIsLeftAlone) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const std::string part = part_of("plan");
  folder_.write(fs::path(part).filename().string(), "theirs");
  ASSERT_EQ(::chown(part.c_str(), 65534, 65534), 0);
  const std::string text = complaint("plan");
  EXPECT_NE(text.find("another account"), std::string::npos) << text;
  EXPECT_EQ(read_file(part), "theirs");
}

}  // namespace
}  // namespace trueup
