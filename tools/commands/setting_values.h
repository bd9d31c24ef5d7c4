// SPDX-License-Identifier: Apache-2.0
// Values of settings, from their text. Used by the table in tools/commands/settings.cpp. Each
// throws UsageError that says what is wrong with the text.
#pragma once

#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "engine/plan/guard_options.h"
#include "snapshots/model/errors.h"

namespace trueup {

template <typename Number>
Number number(const std::string& text, Number low, Number high) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() ||
      !(value >= low && value <= high)) {  // nan is in no range
    throw UsageError("'" + text + "' is not a number from " + std::to_string(low) + " to " +
                     std::to_string(high));
  }
  return value;
}

inline double share(std::string text) {
  const bool percent = text.ends_with('%');
  if (percent) text.pop_back();
  const double value = number<double>(text, 0.0, percent ? 100.0 : 1.0);
  return percent ? value / 100 : value;
}

inline bool truth(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  throw UsageError("'" + text + "' is neither true nor false");
}

template <typename Choice>
Choice choice(const std::string& text,
              std::initializer_list<std::pair<std::string_view, Choice>> choices) {
  std::string known;
  for (const auto& [name, value] : choices) {
    if (text == name) return value;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  throw UsageError("'" + text + "' is none of " + known);
}

// "500, 5%": the larger of a count and a share of the mailboxes.
inline Threshold threshold(const std::string& text) {
  const std::size_t comma = text.find(',');
  if (comma == std::string::npos) {
    throw UsageError("'" + text + "' is not a count and a share such as \"500, 5%\"");
  }
  std::string second = text.substr(comma + 1);
  second.erase(0, second.find_first_not_of(' '));
  Threshold t;
  t.count =
      number<std::uint64_t>(text.substr(0, comma), 0, std::numeric_limits<std::uint32_t>::max());
  t.share = share(second);
  return t;
}

}  // namespace trueup
