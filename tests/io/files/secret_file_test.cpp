// SPDX-License-Identifier: Apache-2.0
#include "io/files/secret_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "snapshots/model/errors.h"
#include "tests/support/own_memory.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

std::string complaint(const std::string& file) {
  std::vector<std::string> warnings;
  try {
    (void)read_secret_file(file, "password file", warnings);
  } catch (const UsageError& e) {
    return e.what();
  }
  return {};
}

TEST(SecretFile, IsOneLine) {
  const TempFolder folder;
  std::vector<std::string> warnings;
  for (const char* text : {"pass word", "pass word\n", "pass word\r\n"}) {
    const auto secret = read_secret_file(folder.write("file", text), "password file", warnings);
    EXPECT_TRUE(std::string_view("pass word") == secret.view());
  }
  EXPECT_TRUE(complaint(folder.write("two", "one\ntwo\n")).ends_with("has more than one line"));
  EXPECT_TRUE(complaint(folder.write("none", "")).ends_with("is empty"));
  EXPECT_TRUE(complaint(folder.write("blank", "\r\n")).ends_with("is empty"));
  EXPECT_TRUE(complaint(folder / "nowhere").starts_with("cannot read the password file"));
  EXPECT_TRUE(complaint(folder.path()).starts_with("cannot read the password file"));
}

TEST(SecretFile, ALongOneIsReadWhole) {
  const TempFolder folder;
  const std::string text(10'000, 'x');
  std::vector<std::string> warnings;
  const auto secret = read_secret_file(folder.write("long", text + "\n"), "secret file", warnings);
  EXPECT_TRUE(secret.view() == text);
}

TEST(SecretFile, AnEndlessOneIsRefused) {
  EXPECT_TRUE(complaint("/dev/zero").find("larger than") != std::string::npos);
}

TEST(SecretFile, LeavesNoCopyInMemory) {
  const TempFolder folder;
  // What an allocator writes into freed memory goes over the first bytes only.
  const std::string tail = write_random_secret(folder / "secret", 96).substr(48);
  std::vector<std::string> warnings;
  {
    const auto secret = read_secret_file(folder / "secret", "secret file", warnings);
    EXPECT_EQ(secret.size(), 96U);
    EXPECT_TRUE(in_own_memory(tail));
  }
  EXPECT_FALSE(in_own_memory(tail));
}

}  // namespace
}  // namespace trueup
