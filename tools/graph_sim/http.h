// SPDX-License-Identifier: Apache-2.0
//
// A request and its answer as graph_sim's parts see them; the server (server.h) carries them.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trueup::sim {

struct Request {
  std::string method;
  std::string path;                               // decoded
  std::string raw_query;                          // as sent, without the question mark
  std::multimap<std::string, std::string> query;  // decoded
  std::multimap<std::string, std::string> form;   // of an urlencoded body
  std::multimap<std::string, std::string, std::less<>> headers;  // names in lower case
  std::string body;
  std::string peer;  // address

  /// Several of one name as one, with commas; "" where there is none.
  std::string header(std::string_view lower_case_name) const {
    std::string text;
    const auto [begin, end] = headers.equal_range(lower_case_name);
    for (auto it = begin; it != end; ++it) text += (text.empty() ? "" : ", ") + it->second;
    return text;
  }
  /// Whether there is one, and its value.
  const std::string* parameter(const std::string& name) const {
    const auto found = query.find(name);
    return found == query.end() ? nullptr : &found->second;
  }
  std::string form_value(const std::string& name) const {
    const auto found = form.find(name);
    return found == form.end() ? "" : found->second;
  }
};

/// How an answer is spoiled on its way.
enum class TransferFault { kNone, kCut, kSlow, kReset };

struct Answer {
  int status = 200;
  std::string type =
      "application/json;odata.metadata=minimal;odata.streaming=true;"
      "IEEE754Compatible=false;charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::shared_ptr<const Answer> cached = {};  // its body is sent instead
  std::size_t objects = 0;                    // users in it
  bool gzip = false;                          // that is what the body is
  TransferFault transfer_fault = TransferFault::kNone;
  int slow_ms = 0;  // how long a slow body takes
};

/// The body in gzip, if the client takes it and it is worth it.
void pack(const Request& request, Answer& answer);

/// A request that is refused with Graph's error body.
struct Refusal : std::runtime_error {
  Refusal(int http_status, std::string error_code, const std::string& message)
      : std::runtime_error(message), status(http_status), code(std::move(error_code)) {}
  int status;
  std::string code;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

}  // namespace trueup::sim
