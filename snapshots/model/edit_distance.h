// SPDX-License-Identifier: Apache-2.0
// How far two words are apart, for "did you mean". Pure functions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string_view>

namespace trueup {

/// Levenshtein's distance: insertions, deletions and substitutions of one byte each.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// How far a word may be from what was typed and still be what was meant.
inline std::size_t farthest_typo(std::string_view typed) {
  return typed.size() < 2 ? 0 : std::min<std::size_t>(3, 1 + typed.size() / 5);
}

/// The word of `range` nearest to `text`, the first of several, at most `farthest` apart; "" if
/// there is none. The elements convert to std::string_view and outlive the result.
template <typename Range>
std::string_view nearest(std::string_view text, Range&& range,
                         std::size_t farthest = std::numeric_limits<std::size_t>::max() - 1) {
  std::string_view best;
  std::size_t best_distance = farthest + 1;
  for (const std::string_view word : range) {
    const std::size_t distance = edit_distance(text, word);
    if (distance >= best_distance) continue;
    best = word;
    best_distance = distance;
  }
  return best;
}

}  // namespace trueup
