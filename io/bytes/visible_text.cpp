// SPDX-License-Identifier: Apache-2.0
#include "io/bytes/visible_text.h"

#include <cstdint>
#include <cstdio>

namespace trueup {
namespace {

/// The character at the front of a text.
struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
  bool valid = false;  // else one byte that is no UTF-8
};

/// RFC 3629: shortest form, no surrogates, up to U+10FFFF. REQUIRES: not empty.
Character first_of(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {lead, 1, false};
  char32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {lead, 1, false};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  constexpr char32_t kLowest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kLowest[bytes] || surrogate || code > 0x10FFFF) return {lead, 1, false};
  return {code, bytes, true};
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c <= 0x9F); }

/// Characters that are not seen and change how others are: bidirectional controls and separators.
bool is_format(char32_t c) {
  return c == 0x061C || (c >= 0x200E && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

/// Nearly all text is plain ASCII: that much of its front.
std::size_t plain_front(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] >= ' ' && text[at] < '\x7f') ++at;
  return at;
}

enum class Style { kLine, kLines, kJson };

void append_escape(const Character& c, Style style, std::string& out) {
  char text[16];
  const bool short_form = style != Style::kJson && c.code < 0x100;
  std::snprintf(text, sizeof text, short_form ? "\\x%02x" : "\\u%04x",
                static_cast<unsigned>(c.code));
  out += text;
}

std::string escaped(std::string_view text, Style style) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t plain = plain_front(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const Character c = first_of(text);
    const bool line_break = c.code == '\n' && style != Style::kLine;
    if ((c.valid && !is_control(c.code) && !is_format(c.code)) || line_break) {
      out += text.substr(0, c.bytes);
    } else {
      append_escape(c, style, out);
    }
    text.remove_prefix(c.bytes);
  }
  return out;
}

}  // namespace

bool is_visible(std::string_view text) {
  while (true) {
    text.remove_prefix(plain_front(text));
    if (text.empty()) return true;
    const Character c = first_of(text);
    if (!c.valid || is_control(c.code) || is_format(c.code)) return false;
    text.remove_prefix(c.bytes);
  }
}

std::string visible(std::string_view text) { return escaped(text, Style::kLine); }
std::string visible_lines(std::string_view text) { return escaped(text, Style::kLines); }
std::string visible_json(std::string_view json) { return escaped(json, Style::kJson); }

std::string valid_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character c = first_of(text);
    out += c.valid ? text.substr(0, c.bytes) : std::string_view("\xEF\xBF\xBD");
    text.remove_prefix(c.bytes);
  }
  return out;
}

}  // namespace trueup
