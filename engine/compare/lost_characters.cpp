// SPDX-License-Identifier: Apache-2.0
#include "engine/compare/lost_characters.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace trueup {
namespace {

constexpr std::string_view kMarks[] = {
    "?",
    "\xEF\xBF\xBD",              // U+FFFD
    "\xC3\xAF\xC2\xBF\xC2\xBD",  // its own octets, read as Windows-1252
    "\xC2\xBF",                  // inverted question mark: what Oracle writes
};

/// Windows-1252 from 0x80 to 0x9F; where it has none, the octet as Latin-1 reads it.
constexpr std::uint16_t kWindows1252[32] = {
    0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160,
    0x2039, 0x152,  0x8D,   0x17D,  0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E, 0x178};

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
  for (const std::string_view mark : kMarks) {
    if (text.starts_with(mark)) return mark.size();
  }
  return 0;
}

void append_utf8(std::uint32_t point, std::string& out) {  // below U+10000, not ASCII
  const auto add = [&](std::uint32_t octet) { out += static_cast<char>(octet); };
  if (point < 0x800) {
    add(0xC0 | point >> 6);
  } else {
    add(0xE0 | point >> 12);
    add(0x80 | (point >> 6 & 0x3F));
  }
  add(0x80 | (point & 0x3F));
}

/// The character's octets, each read as a character of its own.
std::string read_as_octets(std::string_view character, bool windows_1252) {
  std::string out;
  for (const char c : character) {
    const auto octet = static_cast<unsigned char>(c);
    append_utf8(windows_1252 && octet < 0xA0 ? kWindows1252[octet - 0x80] : octet, out);
  }
  return out;
}

}  // namespace

bool may_have_lost_characters(std::string_view value) {
  return value.find('?') != std::string_view::npos || !std::ranges::all_of(value, is_ascii);
}

bool has_lost_characters(std::string_view damaged, std::string_view whole) {
  if (damaged == whole || !may_have_lost_characters(damaged)) return false;
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
      for (const bool windows_1252 : {true, false}) {
        const std::string octets = read_as_octets(character, windows_1252);
        if (damaged.substr(place).starts_with(octets)) next.push_back(place + octets.size());
      }
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
