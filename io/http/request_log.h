// SPDX-License-Identifier: Apache-2.0
// A line for each request, for whoever has to find out what went on: with the ids that Microsoft's
// support asks for, without tokens, secrets and headers. Used by the Graph client; one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace trueup {

struct LoggedRequest {
  std::string_view method;
  std::string_view url;     // tokens in it are cut out
  int status = 0;           // 0: no answer
  std::string_view result;  // "ok", or what went wrong
  std::chrono::milliseconds took{0};
  std::uint64_t bytes = 0;
  std::string_view request_id, client_request_id, diagnostic;
  int attempt = 1;
  std::chrono::milliseconds wait{0};  // before it is sent again
};

class RequestLog {
 public:
  /// Appends to `path`, mode 0600; "": no log. Throws UsageError, for a symbolic
  /// link too: nobody is to say where it leads.
  explicit RequestLog(const std::string& path);
  ~RequestLog();
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;

  bool on() const { return file_ >= 0; }
  /// Throws SourceError if it cannot be written.
  void write(const LoggedRequest& request);

 private:
  std::string path_;
  int file_ = -1;
};

}  // namespace trueup
