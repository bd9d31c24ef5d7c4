// SPDX-License-Identifier: Apache-2.0
#include "io/json/json_answer.h"

#include <simdjson.h>
#include <string.h>

#include <array>

namespace trueup {

struct JsonAnswer::Document {
  Secret body;
  simdjson::dom::parser parser;
  simdjson::dom::element root;  // null unless an object was read
};

namespace {

std::string_view text_of(const simdjson::dom::element& object, std::string_view key) {
  std::string_view text;
  return object.is_object() && object[key].get(text) == simdjson::SUCCESS ? text
                                                                          : std::string_view();
}

}  // namespace

JsonAnswer::JsonAnswer(std::string_view body) : document_(std::make_unique<Document>()) {
  // With the padding behind it that simdjson needs, as it would make a copy else.
  constexpr std::array<char, simdjson::SIMDJSON_PADDING> kPadding{};
  document_->body.append(body);
  document_->body.append({kPadding.data(), kPadding.size()});
  const auto parsed = document_->parser.parse(document_->body.c_str(), body.size(), false);
  if (parsed.get(document_->root) != simdjson::SUCCESS) document_.reset();
}

JsonAnswer::~JsonAnswer() = default;
JsonAnswer::JsonAnswer(JsonAnswer&&) noexcept = default;
JsonAnswer& JsonAnswer::operator=(JsonAnswer&&) noexcept = default;

std::string_view JsonAnswer::text(std::string_view key) const {
  return document_ ? text_of(document_->root, key) : std::string_view();
}

std::optional<double> JsonAnswer::number(std::string_view key) const {
  double number = 0;
  if (!document_ || !document_->root.is_object() ||
      document_->root[key].get(number) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return number;
}

Secret JsonAnswer::take_secret(std::string_view key) {
  const std::string_view found = text(key);
  Secret secret(found);
  // It stands in memory of the parser's, which is ours and not constant.
  if (!found.empty()) ::explicit_bzero(const_cast<char*>(found.data()), found.size());
  return secret;
}

bool JsonAnswer::has(std::string_view key) const {
  simdjson::dom::element value;
  return document_ && document_->root.is_object() &&
         document_->root[key].get(value) == simdjson::SUCCESS;
}

bool JsonAnswer::has_text(std::string_view key) const {
  simdjson::dom::element value;
  return document_ && document_->root.is_object() &&
         document_->root[key].get(value) == simdjson::SUCCESS && value.is_string();
}

bool JsonAnswer::has_object(std::string_view key) const {
  simdjson::dom::element value;
  return document_ && document_->root.is_object() &&
         document_->root[key].get(value) == simdjson::SUCCESS && value.is_object();
}

std::string_view JsonAnswer::text_in(std::string_view outer, std::string_view key) const {
  simdjson::dom::element value;
  if (!document_ || !document_->root.is_object() ||
      document_->root[outer].get(value) != simdjson::SUCCESS) {
    return {};
  }
  return text_of(value, key);
}

}  // namespace trueup
