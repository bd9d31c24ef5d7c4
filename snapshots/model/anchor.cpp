// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/anchor.h"

#include <algorithm>

namespace trueup {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> base64_values() {
  std::array<std::int8_t, 256> table{};
  for (auto& v : table) v = -1;
  for (int i = 0; i < 64; ++i) {
    table[static_cast<unsigned char>(kBase64[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}
constexpr auto kBase64Values = base64_values();

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Where the n-th octet of the dashed text stands in AD's octet order.
constexpr int kGuidOrder[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

}  // namespace

std::optional<Anchor> anchor_from_base64(std::string_view text) {
  if (text.size() != 24 || text[22] != '=' || text[23] != '=') return std::nullopt;
  Anchor a;
  int invalid = 0;
  auto at = [&](std::size_t i) {
    const int v = kBase64Values[static_cast<unsigned char>(text[i])];
    invalid |= v;
    return static_cast<std::uint32_t>(v);
  };
  for (std::size_t i = 0, o = 0; i < 20; i += 4, o += 3) {
    const std::uint32_t bits = at(i) << 18 | at(i + 1) << 12 | at(i + 2) << 6 | at(i + 3);
    a.octets[o] = static_cast<std::uint8_t>(bits >> 16);
    a.octets[o + 1] = static_cast<std::uint8_t>(bits >> 8);
    a.octets[o + 2] = static_cast<std::uint8_t>(bits);
  }
  const std::uint32_t last = at(20) << 6 | at(21);
  if (invalid < 0 || (last & 0xF) != 0) return std::nullopt;  // bits beyond the 16th octet
  a.octets[15] = static_cast<std::uint8_t>(last >> 4);
  return a;
}

std::string to_base64(const Anchor& a) {
  std::string out;
  out.reserve(24);
  for (std::size_t i = 0; i < 15; i += 3) {
    const std::uint32_t bits = static_cast<std::uint32_t>(a.octets[i]) << 16 |
                               static_cast<std::uint32_t>(a.octets[i + 1]) << 8 | a.octets[i + 2];
    for (int shift = 18; shift >= 0; shift -= 6) out += kBase64[(bits >> shift) & 63];
  }
  out += kBase64[a.octets[15] >> 2];
  out += kBase64[(a.octets[15] & 3) << 4];
  out += "==";
  return out;
}

std::optional<Anchor> anchor_from_guid(std::string_view dashed) {
  if (dashed.size() == 38 && dashed.front() == '{' && dashed.back() == '}') {
    dashed = dashed.substr(1, 36);
  }
  if (dashed.size() != 36) return std::nullopt;
  Anchor a;
  std::size_t octet = 0;
  for (std::size_t i = 0; i < 36;) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (dashed[i] != '-') return std::nullopt;
      ++i;
      continue;
    }
    const int high = hex_digit(dashed[i]);
    const int low = hex_digit(dashed[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    a.octets[static_cast<std::size_t>(kGuidOrder[octet++])] =
        static_cast<std::uint8_t>(high << 4 | low);
    i += 2;
  }
  return a;
}

std::optional<Anchor> guid_from_text(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  constexpr std::string_view kUrn = "urn:uuid:";  // RFC 9562 4
  const auto same = [](char lower, char c) { return c == lower || (c | 0x20) == lower; };
  if (text.size() > kUrn.size() && std::equal(kUrn.begin(), kUrn.end(), text.begin(), same)) {
    text.remove_prefix(kUrn.size());
  }
  if (text.size() > 2 && ((text.front() == '{' && text.back() == '}') ||
                          (text.front() == '(' && text.back() == ')'))) {
    text = text.substr(1, text.size() - 2);
  }
  constexpr std::size_t kDigits = 32, kOctetsInHex = 47;
  if (text.size() == kOctetsInHex) {
    Anchor a;
    for (std::size_t i = 0; i < a.octets.size(); ++i) {
      const int high = hex_digit(text[3 * i]), low = hex_digit(text[3 * i + 1]);
      if (high < 0 || low < 0 || (i < 15 && text[3 * i + 2] != ' ')) return std::nullopt;
      a.octets[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return a;
  }
  if (text.size() != kDigits) return anchor_from_guid(text);
  std::string dashed(text);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) dashed.insert(at, 1, '-');
  return anchor_from_guid(dashed);
}

std::string to_guid(const Anchor& a) {
  std::string out;
  out.reserve(36);
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    const std::uint8_t octet = a.octets[static_cast<std::size_t>(kGuidOrder[i])];
    out += kHex[octet >> 4];
    out += kHex[octet & 15];
  }
  return out;
}

std::string to_hex(const Anchor& a) {
  std::string out;
  out.reserve(32);
  for (std::uint8_t octet : a.octets) {
    out += kHex[octet >> 4];
    out += kHex[octet & 15];
  }
  return out;
}

}  // namespace trueup
