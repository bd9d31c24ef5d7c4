// SPDX-License-Identifier: Apache-2.0
// A process that holds a password leaves no core dump, whatever the limits of the shell that
// started it.
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <sstream>

#include "tests/cli/command_line.h"
#include "tests/cli/stalled_server.h"

namespace trueup::cli {
namespace {

/// Children may write core dumps of any size while this lives.
class CoreDumpsOn {
 public:
  CoreDumpsOn() {
    getrlimit(RLIMIT_CORE, &before_);
    const rlimit most{before_.rlim_max, before_.rlim_max};
    setrlimit(RLIMIT_CORE, &most);
  }
  ~CoreDumpsOn() { setrlimit(RLIMIT_CORE, &before_); }
  CoreDumpsOn(const CoreDumpsOn&) = delete;
  CoreDumpsOn& operator=(const CoreDumpsOn&) = delete;

 private:
  rlimit before_{};
};

/// "0 0 bytes" or "unlimited unlimited bytes": what may be, and what may be asked for.
std::string core_limits(pid_t pid) {
  std::istringstream lines(read_file("/proc/" + std::to_string(pid) + "/limits"));
  const std::string name = "Max core file size";
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name)) continue;
    std::istringstream words(line.substr(name.size()));
    std::string soft;
    std::string hard;
    words >> soft >> hard;
    return soft + " " + hard;
  }
  return "no line";
}

bool dumps_core(Process& process) {
  process.signal(SIGABRT);
  const ProcessResult& result = process.wait();
  EXPECT_EQ(result.exit_code, 128 + SIGABRT);
  return result.core_dumped;
}

/// Root may look into everything, unless it gives its capabilities up.
Arguments without_capabilities(const Arguments& command) {
  if (geteuid() != 0) return command;
  return Arguments{"setpriv", "--bounding-set=-all"} + command;
}

/// Whether a process of the same account can look into the memory of another.
bool can_look_into(const Process& process) {
  const std::string file = "/proc/" + std::to_string(process.pid()) + "/environ";
  const ProcessResult looked = run_process(without_capabilities({"cat", file}));
  if (looked.exit_code == 0) return true;
  EXPECT_NE(looked.err.find("Permission denied"), std::string::npos) << looked.err;
  return false;
}

class CliCoreDump : public testing::Test {
 protected:
  /// A trueup that holds a password and is kept waiting by a server.
  Arguments load_from(const StalledServer& server) const {
    return {TRUEUP_BINARY,
            "load",
            "--store",
            folder_ / "store",
            "--ad",
            server.url(),
            "--allow-plaintext",
            "--base",
            "DC=contoso,DC=lab",
            "--bind-dn",
            "cn=admin",
            "--password-file",
            folder_.write("password", "s3cret-of-the-lab\n")};
  }

  CoreDumpsOn on_;
  TempFolder folder_;
};

TEST_F(CliCoreDump, ThereIsNoneOfATrueup) {
  StalledServer server;
  Process holder(load_from(server), {.folder = folder_.path()});
  ASSERT_TRUE(server.wait_for_peer());
  EXPECT_EQ(core_limits(holder.pid()), "0 0");
  EXPECT_FALSE(dumps_core(holder));
}

// The same flag keeps a program that /proc/sys/kernel/core_pattern names from getting one, for
// which no limit holds (core(5)).
TEST_F(CliCoreDump, AnotherProcessOfTheAccountCannotLookIn) {
  StalledServer server;
  const Process holder(without_capabilities(load_from(server)));
  ASSERT_TRUE(server.wait_for_peer());
  EXPECT_FALSE(can_look_into(holder));
  const Process other(without_capabilities({"sleep", "60"}));
  while (read_file("/proc/" + std::to_string(other.pid()) + "/comm") != "sleep\n") usleep(1000);
  EXPECT_TRUE(can_look_into(other));
}

}  // namespace
}  // namespace trueup::cli
