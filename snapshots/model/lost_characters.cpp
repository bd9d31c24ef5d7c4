// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/lost_characters.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
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

/// What an octet from 0x80 on means; below it all of them are ASCII.
using CodePage = std::array<std::uint16_t, 128>;

constexpr CodePage latin1() {
  CodePage page{};
  for (std::size_t i = 0; i < page.size(); ++i) page[i] = static_cast<std::uint16_t>(0x80 + i);
  return page;
}

/// Where it has no character, the octet as Latin-1 reads it.
constexpr CodePage windows_1252() {
  constexpr std::uint16_t kC1[32] = {0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021,
                                     0x2C6,  0x2030, 0x160,  0x2039, 0x152,  0x8D,   0x17D,  0x8F,
                                     0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                     0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};
  CodePage page = latin1();
  std::copy(std::begin(kC1), std::end(kC1), page.begin());
  return page;
}

constexpr CodePage kLatin1 = latin1();
constexpr CodePage kWindows1252 = windows_1252();
// The code pages of a console: of the United States, and of western Europe.
constexpr CodePage kOem437 = {
    0xC7,   0xFC,   0xE9,   0xE2,   0xE4,   0xE0,   0xE5,   0xE7,   0xEA,   0xEB,   0xE8,   0xEF,
    0xEE,   0xEC,   0xC4,   0xC5,   0xC9,   0xE6,   0xC6,   0xF4,   0xF6,   0xF2,   0xFB,   0xF9,
    0xFF,   0xD6,   0xDC,   0xA2,   0xA3,   0xA5,   0x20A7, 0x192,  0xE1,   0xED,   0xF3,   0xFA,
    0xF1,   0xD1,   0xAA,   0xBA,   0xBF,   0x2310, 0xAC,   0xBD,   0xBC,   0xA1,   0xAB,   0xBB,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
    0x255D, 0x255C, 0x255B, 0x2510, 0x2514, 0x2534, 0x252C, 0x251C, 0x2500, 0x253C, 0x255E, 0x255F,
    0x255A, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256C, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559,
    0x2558, 0x2552, 0x2553, 0x256B, 0x256A, 0x2518, 0x250C, 0x2588, 0x2584, 0x258C, 0x2590, 0x2580,
    0x3B1,  0xDF,   0x393,  0x3C0,  0x3A3,  0x3C3,  0xB5,   0x3C4,  0x3A6,  0x398,  0x3A9,  0x3B4,
    0x221E, 0x3C6,  0x3B5,  0x2229, 0x2261, 0xB1,   0x2265, 0x2264, 0x2320, 0x2321, 0xF7,   0x2248,
    0xB0,   0x2219, 0xB7,   0x221A, 0x207F, 0xB2,   0x25A0, 0xA0};
constexpr CodePage kOem850 = {
    0xC7,   0xFC,   0xE9,   0xE2,   0xE4,   0xE0,   0xE5,   0xE7,   0xEA,   0xEB,   0xE8,   0xEF,
    0xEE,   0xEC,   0xC4,   0xC5,   0xC9,   0xE6,   0xC6,   0xF4,   0xF6,   0xF2,   0xFB,   0xF9,
    0xFF,   0xD6,   0xDC,   0xF8,   0xA3,   0xD8,   0xD7,   0x192,  0xE1,   0xED,   0xF3,   0xFA,
    0xF1,   0xD1,   0xAA,   0xBA,   0xBF,   0xAE,   0xAC,   0xBD,   0xBC,   0xA1,   0xAB,   0xBB,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0xC1,   0xC2,   0xC0,   0xA9,   0x2563, 0x2551, 0x2557,
    0x255D, 0xA2,   0xA5,   0x2510, 0x2514, 0x2534, 0x252C, 0x251C, 0x2500, 0x253C, 0xE3,   0xC3,
    0x255A, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256C, 0xA4,   0xF0,   0xD0,   0xCA,   0xCB,
    0xC8,   0x131,  0xCD,   0xCE,   0xCF,   0x2518, 0x250C, 0x2588, 0x2584, 0xA6,   0xCC,   0x2580,
    0xD3,   0xDF,   0xD4,   0xD2,   0xF5,   0xD5,   0xB5,   0xFE,   0xDE,   0xDA,   0xDB,   0xD9,
    0xFD,   0xDD,   0xAF,   0xB4,   0xAD,   0xB1,   0x2017, 0xBE,   0xB6,   0xA7,   0xF7,   0xB8,
    0xB0,   0xA8,   0xB7,   0xB9,   0xB3,   0xB2,   0x25A0, 0xA0};
constexpr const CodePage* kCodePages[] = {&kWindows1252, &kLatin1, &kOem437, &kOem850};

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

void append_utf8(utf8proc_int32_t point, std::string& out) {
  utf8proc_uint8_t octets[4];
  const utf8proc_ssize_t size = utf8proc_encode_char(point, octets);
  out.append(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size));
}

/// U+00C0 to U+024F: what a person may have corrected a letter to.
bool is_latin_letter(std::uint32_t point) {
  return point >= 0xC0 && point <= 0x24F && point != 0xD7 && point != 0xF7;
}

struct Misreading {
  std::string text;
  /// It cannot be anything else; without that it may be a letter that somebody has corrected.
  bool certain = true;
};

/// What becomes of `character`, which is not ASCII, where its octets in one encoding are read in
/// another: one of the code pages' by another.
std::vector<Misreading> misread(std::string_view character) {
  std::vector<Misreading> out;
  utf8proc_int32_t point = 0;
  const auto* const octets = reinterpret_cast<const utf8proc_uint8_t*>(character.data());
  utf8proc_iterate(octets, static_cast<utf8proc_ssize_t>(character.size()), &point);
  for (const CodePage* written : kCodePages) {
    const auto at = std::ranges::find(*written, point);
    if (at == written->end()) continue;
    for (const CodePage* read : kCodePages) {
      const std::uint16_t other = (*read)[static_cast<std::size_t>(at - written->begin())];
      if (other == point) continue;
      out.push_back({.text = {}, .certain = !is_latin_letter(other)});
      append_utf8(other, out.back().text);
    }
  }
  return out;
}

/// Ends of the runs of two or more characters beyond ASCII that stand at `place`, none of them
/// `character`: what its octets in UTF-8 are in any code page of one octet a character, read so
/// once or more often.
void add_runs(std::string_view damaged, std::size_t place, std::string_view character,
              std::vector<std::size_t>& ends) {
  constexpr int kLongest = 12;
  for (int size = 1; size <= kLongest && place < damaged.size(); ++size) {
    const std::string_view rest = damaged.substr(place);
    if (is_ascii(rest[0]) || rest.starts_with(character)) return;
    place += character_size(rest);
    if (size >= 2) ends.push_back(place);
  }
}

/// How far one may be in `damaged`, having passed what was read of `whole`; and whether what was
/// passed is damage for certain.
struct Place {
  std::size_t at = 0;
  bool certain = false;
  friend auto operator<=>(const Place&, const Place&) = default;
};

void add_places(std::string_view damaged, const Place& place, std::string_view character,
                std::vector<Place>& next) {
  const std::string_view rest = damaged.substr(place.at);
  if (rest.starts_with(character)) next.push_back({place.at + character.size(), place.certain});
  if (is_ascii(character[0])) return;
  for (const Misreading& other : misread(character)) {
    if (!rest.starts_with(other.text)) continue;
    next.push_back({place.at + other.text.size(), place.certain || other.certain});
  }
  std::vector<std::size_t> runs;
  add_runs(damaged, place.at, character, runs);
  for (const std::size_t end : runs) next.push_back({end, true});
  std::size_t end = place.at;
  for (std::size_t marks = 0; marks < character.size(); ++marks) {
    const std::size_t size = mark_size(damaged.substr(end));
    if (size == 0) break;
    next.push_back({end += size, true});
  }
}

}  // namespace

bool may_have_lost_characters(std::string_view value) {
  return value.find('?') != std::string_view::npos || !std::ranges::all_of(value, is_ascii);
}

bool has_lost_characters(std::string_view damaged, std::string_view whole) {
  if (damaged == whole || !may_have_lost_characters(damaged)) return false;
  if (std::ranges::all_of(whole, is_ascii)) return false;
  std::vector<Place> places = {{}};
  for (std::size_t at = 0; at < whole.size() && !places.empty();) {
    const std::string_view character = whole.substr(at, character_size(whole.substr(at)));
    at += character.size();
    std::vector<Place> next;
    for (const Place& place : places) add_places(damaged, place, character, next);
    std::ranges::sort(next);
    next.erase(std::unique(next.begin(), next.end()), next.end());
    places = std::move(next);
  }
  return std::ranges::binary_search(places, Place{damaged.size(), true});
}

}  // namespace trueup
