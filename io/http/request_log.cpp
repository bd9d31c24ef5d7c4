// SPDX-License-Identifier: Apache-2.0
#include "io/http/request_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "io/http/service_error.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::size_t kLongestField = 2000;

/// 2026-03-01T02:03:04.567Z
std::string time_text(std::chrono::system_clock::time_point now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> day{};
  std::strftime(day.data(), day.size(), "%FT%T", &parts);
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%s.%03dZ", day.data(), static_cast<int>(ms));
  return text.data();
}

void add(std::string& line, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  line += ' ';
  line += name;
  line += '=';
  line += printable(value, kLongestField);
}

}  // namespace

RequestLog::RequestLog(const std::string& path) : path_(path) {
  if (path.empty()) return;
  file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file_ < 0 || ::fchmod(file_, 0600) != 0) {
    const int error = errno;
    if (file_ >= 0) ::close(file_);
    if (error == ELOOP) {
      throw UsageError("the log " + path +
                       " is a symbolic link, which is not followed; name the "
                       "file itself");
    }
    throw UsageError("cannot write the log " + path + ": " + std::strerror(error));
  }
}

RequestLog::~RequestLog() {
  if (file_ >= 0) ::close(file_);
}

void RequestLog::write(const LoggedRequest& request) {
  if (file_ < 0) return;
  std::string line = time_text(std::chrono::system_clock::now());
  line += ' ';
  line += request.method;
  line += ' ';
  line += printable(request.url, kLongestField);
  line += ' ' + std::to_string(request.status) + ' ' + std::to_string(request.took.count()) +
          " ms " + std::to_string(request.bytes) + " bytes try=" + std::to_string(request.attempt);
  if (request.wait.count() > 0) line += " wait=" + std::to_string(request.wait.count()) + "ms";
  add(line, "request-id", request.request_id);
  add(line, "client-request-id", request.client_request_id);
  add(line, "diagnostic", request.diagnostic);
  add(line, "result", request.result);
  line += '\n';
  // One write, so that the lines of two runs do not mix.
  const ssize_t written = ::write(file_, line.data(), line.size());
  if (written != static_cast<ssize_t>(line.size())) {
    throw SourceError("cannot write the log " + path_ + ": " +
                      (written < 0 ? std::strerror(errno) : "the disk is full"));
  }
}

}  // namespace trueup
