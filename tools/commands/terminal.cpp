// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "io/bytes/visible_text.h"

namespace trueup {
namespace {

constexpr std::string_view kAborted =
    "trueup: ended early: the system gives no more memory or threads (ulimit -v, ulimit -u, or the "
    "limits of the service), or trueup is at fault. What was written is on record: see 'trueup "
    "runs'. Raise the limit, or lower --threads and --memory-mib\n";

/// From a signal handler too.
[[noreturn]] void end_with(std::string_view why) {
  std::string_view left = why;
  while (!left.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, left.data(), left.size());
    if (n <= 0) break;
    left.remove_prefix(static_cast<std::size_t>(n));
  }
  ::_exit(1);
}

/// Our own abort(). One that somebody sends from outside ends the process as it ends any other.
extern "C" void on_abort(int, siginfo_t* info, void*) {
  if (info->si_pid == ::getpid()) end_with(kAborted);
  std::signal(SIGABRT, SIG_DFL);
  ::raise(SIGABRT);  // comes once this handler has returned
}

void on_terminate() {
  try {
    if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
  } catch (const std::exception& error) {
    try {
      print_text(std::string("trueup: ") + error.what() + "\n", stderr);
    } catch (...) {  // no memory for it
    }
  } catch (...) {
  }
  end_with(kAborted);
}

}  // namespace

void print_text(std::string_view text, std::FILE* to) {
  const std::string shown = visible_lines(text);
  std::fwrite(shown.data(), 1, shown.size(), to);
}

void print_json(std::string_view json) {
  const std::string shown = visible_json(json);
  std::fwrite(shown.data(), 1, shown.size(), stdout);
}

void print_warning(std::string_view warning) {
  std::fprintf(stderr, "warning: %s\n", visible(warning).c_str());
}

void print_defect(const Defect& defect) {
  std::fprintf(stderr, "defect: %s: %s\n", visible(place_of(defect)).c_str(),
               visible(defect.reason).c_str());
}

void open_missing_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) >= 0) continue;
    // stdout so that writing to it fails, as it did before; open() gives the lowest number.
    const int fd = ::open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY);
    if (fd >= 0 && fd != stream) ::close(fd);
  }
}

int finish_output(int exit_code) {
  const bool failed_before = std::ferror(stdout) != 0;
  errno = 0;
  const bool flushed = std::fflush(stdout) == 0;
  if (flushed && !failed_before) return exit_code;
  std::fprintf(stderr, "trueup: cannot write all of the results to stdout%s%s\n",
               flushed ? "" : ": ", flushed ? "" : std::strerror(errno));
  return 1;
}

void tell_aborts() {
  std::set_terminate(on_terminate);
  struct sigaction action {};
  action.sa_sigaction = on_abort;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGABRT, &action, nullptr);
}

}  // namespace trueup
