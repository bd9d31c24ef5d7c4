// SPDX-License-Identifier: Apache-2.0
#include "engine/compare/lost_characters.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace trueup {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_ascii(char c) { return (static_cast<unsigned char>(c) & 0x80) == 0; }

std::size_t character_size(std::string_view text) {
  std::size_t size = 1;
  while (!is_ascii(text[0]) && size < text.size() &&
         (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) {
    ++size;
  }
  return size;
}

/// Octets of the mark that `text` begins with; 0: none.
std::size_t mark_size(std::string_view text) {
  if (text.starts_with('?')) return 1;
  return text.starts_with(kReplacement) ? kReplacement.size() : 0;
}

}  // namespace

bool has_lost_characters(std::string_view damaged, std::string_view whole) {
  if (damaged == whole || (damaged.find('?') == std::string_view::npos &&
                           damaged.find(kReplacement) == std::string_view::npos)) {
    return false;
  }
  if (std::ranges::all_of(whole, is_ascii)) return false;
  // Where in `damaged` one may be, having passed what is read of `whole`.
  std::vector<std::size_t> places = {0};
  for (std::size_t at = 0; at < whole.size() && !places.empty();) {
    const std::string_view character = whole.substr(at, character_size(whole.substr(at)));
    at += character.size();
    std::vector<std::size_t> next;
    for (const std::size_t place : places) {
      if (damaged.substr(place).starts_with(character)) next.push_back(place + character.size());
      if (is_ascii(character[0])) continue;
      std::size_t end = place;
      for (std::size_t marks = 0; marks < character.size(); ++marks) {
        const std::size_t size = mark_size(damaged.substr(end));
        if (size == 0) break;
        next.push_back(end += size);
      }
    }
    std::ranges::sort(next);
    next.erase(std::unique(next.begin(), next.end()), next.end());
    places = std::move(next);
  }
  return std::ranges::binary_search(places, damaged.size());
}

}  // namespace trueup
