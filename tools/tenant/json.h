// SPDX-License-Identifier: Apache-2.0
//
// Writes one JSON object, property by property, into a byte buffer.
#pragma once

#include <string>
#include <string_view>

#include "tools/tenant/text.h"

namespace trueup::tenant {

struct JsonStyle {
  bool ascii_only = false;  // \uXXXX for everything else
  std::string_view gap;     // white space before each property
};

class JsonObject {
 public:
  explicit JsonObject(std::string& out, const JsonStyle& style = {}) : out_(out), style_(style) {
    out_.push_back('{');
  }

  // Starts a property; the caller appends its value.
  std::string& name(std::string_view property) {
    if (!first_) {
      out_.push_back(',');
    }
    first_ = false;
    return out_.append(style_.gap).append("\"").append(property).append("\":");
  }
  void text(std::string_view property, std::string_view value) {
    append_json(name(property), value, style_.ascii_only);
  }
  void guid(std::string_view property, const Guid& value) {
    append_guid(name(property).append("\""), value);
    out_.push_back('"');
  }
  void base64(std::string_view property, const Guid& value) {
    append_base64(name(property).append("\""), value);
    out_.push_back('"');
  }
  // null, true, a number.
  void literal(std::string_view property, std::string_view value) { name(property).append(value); }
  void boolean(std::string_view property, bool value) {
    literal(property, value ? "true" : "false");
  }
  template <typename Integer>
  void number(std::string_view property, Integer value) {
    append_decimal(name(property), value);
  }
  template <typename Range>
  void texts(std::string_view property, const Range& values) {
    name(property).push_back('[');
    bool first = true;
    for (const std::string_view value : values) {
      if (!first) {
        out_.push_back(',');
      }
      first = false;
      append_json(out_, value, style_.ascii_only);
    }
    out_.push_back(']');
  }
  void close() { out_.append(style_.gap).append("}"); }

 private:
  std::string& out_;
  const JsonStyle style_;
  bool first_ = true;
};

}  // namespace trueup::tenant
