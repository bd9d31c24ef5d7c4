// SPDX-License-Identifier: Apache-2.0
#include "io/bytes/base64.h"

#include <array>
#include <cstdint>

namespace trueup {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t kBad = 1U << 24;

constexpr std::array<std::uint32_t, 256> make_decode_table() {
  std::array<std::uint32_t, 256> table{};
  table.fill(kBad);
  for (std::uint32_t i = 0; i < 64; ++i) table[static_cast<unsigned char>(kAlphabet[i])] = i;
  return table;
}
constexpr std::array<std::uint32_t, 256> kDecode = make_decode_table();

std::uint32_t sextet(char c) { return kDecode[static_cast<unsigned char>(c)]; }

char low_byte(std::uint32_t x) { return static_cast<char>(x & 0xFF); }

}  // namespace

std::optional<std::size_t> decode_base64(std::string_view text, char* out) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return 0;
  std::size_t padding = 0;
  if (text.back() == '=') padding = text[text.size() - 2] == '=' ? 2 : 1;

  const char* p = text.data();
  const char* const full_end = p + text.size() - (padding != 0 ? 4 : 0);
  char* w = out;
  std::uint32_t seen = 0;
  for (; p != full_end; p += 4, w += 3) {
    const std::uint32_t a = sextet(p[0]), b = sextet(p[1]), c = sextet(p[2]), d = sextet(p[3]);
    seen |= a | b | c | d;
    const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
    w[0] = low_byte(group >> 16);
    w[1] = low_byte(group >> 8);
    w[2] = low_byte(group);
  }
  if (padding != 0) {
    const std::uint32_t a = sextet(p[0]), b = sextet(p[1]);
    const std::uint32_t c = padding == 1 ? sextet(p[2]) : 0;
    seen |= a | b | c;
    const std::uint32_t group = a << 18 | b << 12 | c << 6;
    *w++ = low_byte(group >> 16);
    if (padding == 1) *w++ = low_byte(group >> 8);
  }
  if ((seen & kBad) != 0) return std::nullopt;
  return static_cast<std::size_t>(w - out);
}

void append_base64(std::string_view bytes, std::string& out) {
  const auto octet = [&bytes](std::size_t i) {
    return i < bytes.size() ? std::uint32_t{static_cast<unsigned char>(bytes[i])} : 0U;
  };
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t group = octet(i) << 16 | octet(i + 1) << 8 | octet(i + 2);
    out += kAlphabet[group >> 18];
    out += kAlphabet[group >> 12 & 63];
    out += i + 1 < bytes.size() ? kAlphabet[group >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kAlphabet[group & 63] : '=';
  }
}

}  // namespace trueup
