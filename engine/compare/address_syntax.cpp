// SPDX-License-Identifier: Apache-2.0
#include "engine/compare/address_syntax.h"

#include <algorithm>

namespace trueup {
namespace {

/// Octets of the white space, also of no width, that `text` begins with; 0: none.
std::size_t blank_size(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first <= ' ' || first == 0x7F) return 1;
  if (text.starts_with("\xC2\xA0") || text.starts_with("\xC2\xAD")) return 2;  // no-break, soft hyphen
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

bool is_domain(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  return !text.empty() && !has_blank(text) && !has_any_of(text, "@()<>,;\\\"[]") &&
         !text.starts_with('.') && !text.ends_with('.') &&
         text.find("..") == std::string_view::npos;
}

bool is_local_part(std::string_view text) {
  if (text.size() > 2 && text.starts_with('"') && text.ends_with('"')) return true;
  return !text.empty() && !has_blank(text) && !has_any_of(text, "@()<>,;:\\\"[]");
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
  const std::size_t at = text.rfind('@');
  return at != std::string_view::npos && is_local_part(text.substr(0, at)) &&
         is_domain(text.substr(at + 1));
}

const char* wrong_with(const ProxyAddress& address) {
  if (is_blank(address.address)) return "nothing behind its type";
  if (has_blank(address.prefix)) return "a blank in its type";
  if (address.type == ProxyAddress::Type::kSmtp && !is_mail_address(address.address)) {
    return "no e-mail address behind its type";
  }
  if (address.type == ProxyAddress::Type::kSip) {
    const std::size_t at = address.address.find('@');
    if (at == 0 || at >= address.address.size() - 1 || has_blank(address.address)) {
      return "no SIP address behind its type";
    }
  }
  return nullptr;
}

}  // namespace trueup
