// SPDX-License-Identifier: Apache-2.0
// A child process as a test sees it: arguments in, exit code and both outputs out. Used by the
// command-line tests. One thread starts and waits for a given process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace trueup {

struct ProcessOptions {
  std::string folder = {};                              // to run in; "": the caller's
  std::map<std::string, std::string> environment = {};  // on top of the caller's
  std::optional<std::uint64_t> file_size_limit = {};    // RLIMIT_FSIZE; writes fail with EFBIG
};

struct ProcessResult {
  int exit_code = -1;  // 128 + n if signal n ended it
  bool core_dumped = false;
  std::string out;
  std::string err;
};

/// A running process. Killed and waited for when it goes out of scope before wait().
class Process {
 public:
  /// Starts argv[0], a path or a name to look up in PATH. stdin is /dev/null. An exit code of 127
  /// means that it could not be started. Throws std::system_error if there can be no child.
  explicit Process(const std::vector<std::string>& argv, const ProcessOptions& options = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// Whether it has not ended yet.
  bool running();
  /// Waits for its end; further calls give the same.
  const ProcessResult& wait();

 private:
  void finish(int status);

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  bool ended_ = false;
  ProcessResult result_;
};

ProcessResult run_process(const std::vector<std::string>& argv, const ProcessOptions& options = {});

}  // namespace trueup
