// SPDX-License-Identifier: Apache-2.0
#include "io/http/service_error.h"

#include <simdjson.h>

#include "io/http/service_url.h"

namespace trueup {
namespace {

constexpr std::size_t kLongestCode = 100;
constexpr std::size_t kLongestMessage = 600;

std::string text_at(const simdjson::dom::element& object, std::string_view key,
                    std::size_t longest) {
  std::string_view text;
  if (object[key].get(text) != simdjson::SUCCESS) return {};
  return printable(text, longest);
}

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
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::element error;
  const bool json = parser.parse(body.data(), body.size()).get(root) == simdjson::SUCCESS &&
                    root.is_object() && root["error"].get(error) == simdjson::SUCCESS;
  if (!json) {
    out.message = printable(body, 200);
  } else if (error.is_string()) {
    out.code = text_at(root, "error", kLongestCode);
    out.message = text_at(root, "error_description", kLongestMessage);
    out.trace_id = text_at(root, "trace_id", kLongestCode);
    out.correlation_id = text_at(root, "correlation_id", kLongestCode);
  } else if (error.is_object()) {
    out.code = text_at(error, "code", kLongestCode);
    out.message = text_at(error, "message", kLongestMessage);
  }
  return out;
}

}  // namespace trueup
