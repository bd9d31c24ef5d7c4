// SPDX-License-Identifier: Apache-2.0
#include "engine/compare/scope_list.h"

namespace trueup {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kNoBreakSpace = "\xC2\xA0";

}  // namespace

std::string_view trimmed_entry(std::string_view text) {
  const auto drop_front = [&](std::string_view what) {
    if (!text.starts_with(what)) return false;
    text.remove_prefix(what.size());
    return true;
  };
  const auto drop_back = [&](std::string_view what) {
    if (!text.ends_with(what)) return false;
    text.remove_suffix(what.size());
    return true;
  };
  while (drop_front(" ") || drop_front("\t") || drop_front(kByteOrderMark) ||
         drop_front(kNoBreakSpace)) {
  }
  while (drop_back(" ") || drop_back("\t") || drop_back("\r") || drop_back(kNoBreakSpace)) {
  }
  return text;
}

std::string without_remark(std::string line) {
  for (std::size_t at = line.find('#'); at != std::string::npos; at = line.find('#', at + 1)) {
    if (at > 0 && line[at - 1] != ' ' && line[at - 1] != '\t') continue;
    line.erase(at);
    break;
  }
  return std::string(trimmed_entry(line));
}

}  // namespace trueup
