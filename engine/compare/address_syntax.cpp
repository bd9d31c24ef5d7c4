// SPDX-License-Identifier: Apache-2.0
#include "engine/compare/address_syntax.h"

#include <algorithm>

namespace trueup {
namespace {

/// Octets of the white space, also of no width, that `text` begins with; 0: none.
std::size_t blank_size(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first <= ' ' || first == 0x7F) return 1;
  if (text.starts_with("\xC2\xA0") || text.starts_with("\xC2\xAD"))
    return 2;  // no-break, soft hyphen
  if (text.size() < 3) return 0;
  const auto third = static_cast<unsigned char>(text[2]);
  if (text.starts_with("\xE2\x80")) {  // U+2000 to U+200F, U+2028 to U+202F
    return third <= 0x8F || (third >= 0xA8 && third <= 0xAF) ? 3 : 0;
  }
  for (const std::string_view blank : {"\xE1\x9A\x80", "\xE1\xA0\x8E", "\xE2\x81\x9F",  // U+1680...
                                       "\xE2\x81\xA0", "\xE3\x80\x80", "\xEF\xBB\xBF"}) {
    if (text.starts_with(blank)) return 3;
  }
  return 0;
}

bool has_blank(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (blank_size(text.substr(i)) != 0) return true;
  }
  return false;
}

bool has_any_of(std::string_view text, std::string_view characters) {
  return text.find_first_of(characters) != std::string_view::npos;
}

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/// Characters that are no text: of control, and those that turn the direction of writing.
bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7F) return true;
    const std::string_view rest = text.substr(i);
    if (rest.size() > 1 && c == 0xC2 && static_cast<unsigned char>(rest[1]) < 0xA0) return true;
    if (rest.size() > 2 && (rest.starts_with("\xE2\x80") || rest.starts_with("\xE2\x81"))) {
      const auto third = static_cast<unsigned char>(rest[2]);
      if (rest[1] == '\x81' ? third >= 0xA6 && third <= 0xA9 : third >= 0xAA && third <= 0xAE) {
        return true;
      }
    }
  }
  return false;
}

/// What a script writes that had no value.
bool is_nothing_in_words(std::string_view text) {
  for (const std::string_view word :
       {"null", "$null", "(null)", "undefined", "none", "nil", "n/a"}) {
    if (equal_ignoring_ascii_case(text, word)) return true;
  }
  return false;
}

/// Letters, digits, hyphens and dots (RFC 1034 3.5), an underscore, and letters beyond ASCII (RFC
/// 6531); or an address literal.
bool is_domain(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']') && text.size() > 2) {
    text = text.substr(1, text.size() - 2);
    return std::ranges::all_of(
        text, [](char c) { return is_letter_or_digit(c) || c == '.' || c == ':' || c == '-'; });
  }
  const bool characters = std::ranges::all_of(text, [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' || (c & 0x80) != 0;
  });
  return characters && !text.empty() && !has_blank(text) && !text.starts_with('.') &&
         !text.ends_with('.') && text.find("..") == std::string_view::npos;
}

/// RFC 5321 4.1.2: within quotes, only a backslash lets a quote stand.
bool is_quoted(std::string_view text) {
  if (text.size() <= 2 || !text.starts_with('"') || !text.ends_with('"')) return false;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return false;
    if (text[i] == '\\' && ++i == text.size()) return false;
  }
  return true;
}

bool is_local_part(std::string_view text) {
  if (is_quoted(text)) return true;
  return !text.empty() && !has_blank(text) && !has_any_of(text, "@()<>,;:\\\"[]");
}

bool is_sip_address(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || at + 1 >= text.size()) return false;
  return is_local_part(text.substr(0, at)) || is_quoted(text.substr(0, at)) ||
         // A telephone number may have parameters.
         (text[0] == '+' && !has_blank(text));
}

/// A type of Exchange's, or one of its owner's: but no scheme of a URL.
bool is_address_type(std::string_view prefix) {
  for (const std::string_view scheme : {"mailto", "http", "https", "ldap", "ldaps", "file"}) {
    if (equal_ignoring_ascii_case(prefix, scheme)) return false;
  }
  return !prefix.empty() && std::ranges::all_of(prefix, [](char c) {
    return is_letter_or_digit(c) || c == '-' || c == '_';
  });
}

}  // namespace

bool is_blank(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = blank_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

bool is_mail_address(std::string_view text) {
  if (has_control(text)) return false;
  const std::size_t at = text.rfind('@');
  return at != std::string_view::npos && is_local_part(text.substr(0, at)) &&
         is_domain(text.substr(at + 1));
}

const char* wrong_with(const ProxyAddress& address) {
  if (is_blank(address.address) || is_nothing_in_words(address.address)) {
    return "nothing behind its type";
  }
  if (!is_address_type(address.prefix)) return "no type of address before the colon";
  if (has_control(address.address)) return "a character of control";
  switch (address.type) {
    case ProxyAddress::Type::kSmtp:
      return is_mail_address(address.address) ? nullptr : "no e-mail address behind its type";
    case ProxyAddress::Type::kSip:
      return is_sip_address(address.address) &&
                     !has_blank(address.address.substr(address.address.rfind('@') + 1))
                 ? nullptr
                 : "no SIP address behind its type";
    case ProxyAddress::Type::kOther:
      if (equal_ignoring_ascii_case(address.prefix, "x500") && !address.address.starts_with('/')) {
        return "no X.500 address behind its type";
      }
      return nullptr;
    case ProxyAddress::Type::kNone: return nullptr;
  }
  return nullptr;
}

}  // namespace trueup
