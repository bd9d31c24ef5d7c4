// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/upn_ranges.h"

#include <algorithm>
#include <string_view>

#include "snapshots/model/canonical.h"

namespace trueup {
namespace {

bool between(const std::string& bound, const std::string& low, const std::string& high) {
  return !bound.empty() && folded(low) < bound && (high.empty() || bound < folded(high));
}

}  // namespace

std::vector<std::string> bounds_of(std::vector<std::string> names, std::size_t ranges,
                                   const std::string& low, const std::string& high) {
  for (std::string& name : names) name = folded(name);
  std::sort(names.begin(), names.end());
  std::vector<std::string> bounds;
  for (std::size_t i = 1; i < ranges; ++i) {
    const std::size_t at = i * names.size() / ranges;
    if (at == 0 || at >= names.size()) continue;
    if (!between(names[at], low, high)) continue;
    if (bounds.empty() || bounds.back() < names[at]) bounds.push_back(names[at]);
  }
  return bounds;
}

std::vector<std::string> letter_bounds(const std::string& low, const std::string& high) {
  constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyz";
  constexpr std::size_t kDeepest = 64;
  const std::string first = folded(low);
  const std::string last = folded(high);
  std::size_t same = 0;  // what both ends begin with
  while (same < first.size() && same < last.size() && first[same] == last[same]) ++same;
  for (; same <= std::min(first.size(), kDeepest); ++same) {
    std::vector<std::string> bounds;
    const std::string prefix = first.substr(0, same);
    for (const char letter : kLetters) {
      std::string bound = prefix + letter;
      if (between(bound, low, high)) bounds.push_back(std::move(bound));
    }
    if (!bounds.empty()) return bounds;
  }
  return {};
}

bool in_order(const std::vector<std::string>& names) {
  constexpr std::size_t kTellingCount = 8;
  if (names.size() < kTellingCount) return false;
  std::size_t falls = 0;
  for (std::size_t i = 1; i < names.size(); ++i) {
    if (folded(names[i]) < folded(names[i - 1])) ++falls;
  }
  return falls * 20 < names.size();  // another collation than ours makes a few
}

void thin_out(std::vector<std::string>& names, std::size_t most) {
  if (names.size() <= most) return;
  for (std::size_t i = 0; i < most; ++i) names[i].swap(names[i * names.size() / most]);
  names.resize(most);
}

}  // namespace trueup
