// SPDX-License-Identifier: Apache-2.0
#include "tests/support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace trueup {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// An output goes to memory and not through a pipe: a child that writes much never waits for us.
int memory_file(const char* name) {
  const int file = memfd_create(name, MFD_CLOEXEC);
  if (file < 0) fail("memfd_create");
  return file;
}

std::string content(int file) {
  std::string text;
  std::array<char, 65536> buffer;
  for (off_t at = 0;;) {
    const ssize_t size = pread(file, buffer.data(), buffer.size(), at);
    if (size <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(size));
    at += size;
  }
}

}  // namespace

Process::Process(const std::vector<std::string>& argv, const ProcessOptions& options)
    : out_(memory_file("stdout")), err_(memory_file("stderr")) {
  std::vector<char*> pointers;
  for (const std::string& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0) fail("fork");
  if (pid_ > 0) return;

  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(out_, STDOUT_FILENO);
  dup2(err_, STDERR_FILENO);
  for (const auto& [name, value] : options.environment) setenv(name.c_str(), value.c_str(), 1);
  if (!options.folder.empty() && chdir(options.folder.c_str()) != 0) _exit(127);
  if (options.file_size_limit) {
    const rlimit limit{*options.file_size_limit, *options.file_size_limit};
    setrlimit(RLIMIT_FSIZE, &limit);
    ::signal(SIGXFSZ, SIG_IGN);  // inherited: a write gives EFBIG instead of the signal
  }
  execvp(pointers[0], pointers.data());
  _exit(127);
}

Process::~Process() {
  if (!ended_) {
    ::kill(pid_, SIGKILL);
    wait();
  }
  close(out_);
  close(err_);
}

void Process::signal(int number) const {
  if (!ended_) ::kill(pid_, number);
}

void Process::finish(int status) {
  ended_ = true;
  result_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result_.core_dumped = WIFSIGNALED(status) && WCOREDUMP(status);
  result_.out = content(out_);
  result_.err = content(err_);
}

bool Process::running() {
  int status = 0;
  if (!ended_ && waitpid(pid_, &status, WNOHANG) == pid_) finish(status);
  return !ended_;
}

const ProcessResult& Process::wait() {
  int status = 0;
  while (!ended_) {
    if (waitpid(pid_, &status, 0) == pid_) {
      finish(status);
    } else if (errno != EINTR) {
      fail("waitpid");
    }
  }
  return result_;
}

ProcessResult run_process(const std::vector<std::string>& argv, const ProcessOptions& options) {
  return Process(argv, options).wait();
}

}  // namespace trueup
