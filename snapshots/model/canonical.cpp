// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/canonical.h"

#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <vector>

#include "snapshots/model/anchor.h"

namespace trueup {
namespace {

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

bool is_ascii(std::string_view s) {
  unsigned char all = 0;
  for (char c : s) all = static_cast<unsigned char>(all | static_cast<unsigned char>(c));
  return all < 0x80;
}

std::int32_t as_hiragana(std::int32_t code_point) {
  return code_point >= 0x30A1 && code_point <= 0x30F6 ? code_point - 0x60 : code_point;
}

}  // namespace

void append_object_id(std::string_view id, std::string& out) {
  constexpr std::size_t kDashed = 36;
  if (id.size() != kDashed) {
    if (const std::optional<Anchor> guid = guid_from_text(id)) {
      out += to_guid(*guid);
      return;
    }
  }
  append_folded(id, out);
}

ProxyAddress parse_proxy_address(std::string_view value) {
  ProxyAddress out;
  value = trimmed(value);
  const std::size_t colon = value.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    out.address = value;
    return out;
  }
  out.prefix = value.substr(0, colon);
  out.address = trimmed(value.substr(colon + 1));
  const char first = fold_ascii(out.prefix[0]);
  out.type = ProxyAddress::Type::kOther;
  if (first == 's') {
    if (equal_ignoring_ascii_case(out.prefix, "smtp")) out.type = ProxyAddress::Type::kSmtp;
    if (equal_ignoring_ascii_case(out.prefix, "sip")) out.type = ProxyAddress::Type::kSip;
  }
  out.primary = std::none_of(out.prefix.begin(), out.prefix.end(),
                             [](char c) { return c >= 'a' && c <= 'z'; });
  return out;
}

void append_proxy_key(const ProxyAddress& a, std::string& out) {
  switch (a.type) {
    case ProxyAddress::Type::kSmtp: out += a.primary ? "SMTP:" : "smtp:"; break;
    case ProxyAddress::Type::kSip: out += a.primary ? "SIP:" : "sip:"; break;
    case ProxyAddress::Type::kOther:
      append_folded(a.prefix, out);
      out += ':';
      break;
    case ProxyAddress::Type::kNone: break;
  }
  append_folded(a.address, out);
}

void append_address_key(std::string_view proxy_value, std::string& out) {
  const ProxyAddress a = parse_proxy_address(proxy_value);
  if (a.type != ProxyAddress::Type::kNone) {
    append_folded(a.prefix, out);
    out += ':';
  }
  append_folded(a.address, out);
}

void append_mail_key(std::string_view mail, std::string& out) {
  out += "smtp:";
  append_folded(trimmed(mail), out);
}

void append_directory_key(std::string_view utf8, std::string& out) {
  if (is_ascii(utf8)) {
    append_folded(utf8, out);
    return;
  }
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                                                      UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK);
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(utf8.data());
  const auto size = static_cast<utf8proc_ssize_t>(utf8.size());
  std::vector<utf8proc_int32_t> points(utf8.size() * 4);
  const utf8proc_ssize_t n = utf8proc_decompose(
      bytes, size, points.data(), static_cast<utf8proc_ssize_t>(points.size()), options);
  if (n < 0 || n > static_cast<utf8proc_ssize_t>(points.size())) {
    out += utf8;
    return;
  }
  for (utf8proc_ssize_t i = 0; i < n; ++i) {
    utf8proc_uint8_t encoded[4];
    const utf8proc_ssize_t length =
        utf8proc_encode_char(as_hiragana(points[static_cast<std::size_t>(i)]), encoded);
    out.append(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(length));
  }
}

std::size_t utf8_sequence_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned char b0 = byte(0);
  if (b0 < 0x80) return 1;
  if (b0 >= 0xC2 && b0 <= 0xDF) return text.size() >= 2 && continues(1) ? 2 : 0;
  if (b0 >= 0xE0 && b0 <= 0xEF) {
    if (text.size() < 3 || !continues(1) || !continues(2)) return 0;
    if (b0 == 0xE0 && byte(1) < 0xA0) return 0;
    if (b0 == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (b0 >= 0xF0 && b0 <= 0xF4) {
    if (text.size() < 4 || !continues(1) || !continues(2) || !continues(3)) return 0;
    if (b0 == 0xF0 && byte(1) < 0x90) return 0;
    if (b0 == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

std::optional<std::size_t> utf16_length(std::string_view utf8) {
  if (is_ascii(utf8)) return utf8.size();
  std::size_t units = 0;
  while (!utf8.empty()) {
    const std::size_t length = utf8_sequence_size(utf8);
    if (length == 0) return std::nullopt;
    units += length == 4 ? 2 : 1;
    utf8.remove_prefix(length);
  }
  return units;
}

std::string without_aclable_bit(std::string_view decimal) {
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(decimal.data(), decimal.data() + decimal.size(), value);
  if (error != std::errc{} || end != decimal.data() + decimal.size() || value >= 0) {
    return std::string(decimal);
  }
  return std::to_string(static_cast<std::int32_t>(static_cast<std::uint32_t>(value) & ~(1U << 30)));
}

std::string utf8proc_version_text() { return utf8proc_version(); }

}  // namespace trueup
