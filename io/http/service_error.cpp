// SPDX-License-Identifier: Apache-2.0
#include "io/http/service_error.h"

#include "io/http/service_url.h"
#include "io/json/json_answer.h"

namespace trueup {
namespace {

constexpr std::size_t kLongestCode = 100;
constexpr std::size_t kLongestMessage = 600;

}  // namespace

std::string printable(std::string_view text, std::size_t longest) {
  std::string out = without_tokens(text.substr(0, longest * 2));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  }
  if (out.size() > longest) out = out.substr(0, longest) + "...";
  return out;
}

std::string ServiceError::text() const {
  if (code.empty() || message.empty()) return code + message;
  return code + ": " + message;
}

ServiceError parse_service_error(std::string_view body) {
  ServiceError out;
  const JsonAnswer answer(body);
  if (answer.has_text("error")) {
    out.code = printable(answer.text("error"), kLongestCode);
    out.message = printable(answer.text("error_description"), kLongestMessage);
    out.trace_id = printable(answer.text("trace_id"), kLongestCode);
    out.correlation_id = printable(answer.text("correlation_id"), kLongestCode);
  } else if (answer.has_object("error")) {
    out.code = printable(answer.text_in("error", "code"), kLongestCode);
    out.message = printable(answer.text_in("error", "message"), kLongestMessage);
  } else if (!answer.has("error")) {
    out.message = printable(body, 200);
  }
  return out;
}

}  // namespace trueup
