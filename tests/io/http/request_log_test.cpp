// SPDX-License-Identifier: Apache-2.0
#include "io/http/request_log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "snapshots/model/errors.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

namespace fs = std::filesystem;

TEST(RequestLog, ASymbolicLinkIsNotFollowed) {
  const TempFolder folder;
  const std::string victim = folder.write("victim", "theirs");
  ASSERT_EQ(::chmod(victim.c_str(), 0644), 0);
  fs::create_symlink(victim, folder / "requests.log");
  std::string text;
  try {
    const RequestLog log(folder / "requests.log");
  } catch (const UsageError& e) {
    text = e.what();
  }
  EXPECT_NE(text.find("requests.log is a symbolic link"), std::string::npos) << text;
  EXPECT_EQ(fs::status(victim).permissions(), fs::perms(0644));  // not even that
}

TEST(RequestLog, GoesOnWithAnEarlierOne) {
  const TempFolder folder;
  const std::string file = folder.write("requests.log", "earlier\n");
  LoggedRequest request;
  request.method = "GET";
  request.url = "https://localhost/";
  RequestLog(file).write(request);
  EXPECT_TRUE(read_file(file).starts_with("earlier\n2"));
}

}  // namespace
}  // namespace trueup
