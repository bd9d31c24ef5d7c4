// SPDX-License-Identifier: Apache-2.0
// How far two words are apart, for "did you mean". Pure functions.
#pragma once

#include <cstddef>
#include <limits>
#include <string_view>

namespace trueup {

/// Levenshtein's distance: insertions, deletions and substitutions of one byte each.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word of `range` nearest to `text`, the first of several; "" if the range is empty. The
/// elements convert to std::string_view and outlive the result.
template <typename Range>
std::string_view nearest(std::string_view text, Range&& range) {
  std::string_view best;
  std::size_t best_distance = std::numeric_limits<std::size_t>::max();
  for (const std::string_view word : range) {
    const std::size_t distance = edit_distance(text, word);
    if (distance >= best_distance) continue;
    best = word;
    best_distance = distance;
  }
  return best;
}

}  // namespace trueup
