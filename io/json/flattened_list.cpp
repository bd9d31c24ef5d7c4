// SPDX-License-Identifier: Apache-2.0
#include "io/json/flattened_list.h"

#include <algorithm>

#include "snapshots/model/canonical.h"

namespace trueup {
namespace {

constexpr std::string_view kSeparators = ",;| \t\r\n";

bool is_separator(char c) { return kSeparators.find(c) != std::string_view::npos; }
bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
bool is_type_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// The address type and the text up to the next separator, where `text` begins with the two.
struct Start {
  std::string_view type, payload;
  std::string_view rest;  // all behind the colon
};

Start start_of(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && is_type_character(text[size])) ++size;
  if (size == 0 || !is_letter(text[0]) || size == text.size() || text[size] != ':') return {};
  const std::string_view rest = text.substr(size + 1);
  const auto end = std::find_if(rest.begin(), rest.end(), is_separator);
  return {text.substr(0, size), {rest.begin(), end}, rest};
}

bool is_one_case(std::string_view word) {
  return std::ranges::none_of(word, [](char c) { return c >= 'a' && c <= 'z'; }) ||
         std::ranges::none_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// Whether an address begins here, behind a separator that may belong to the address before it: a
/// type that Exchange knows, with what that type has behind its colon.
bool is_known_start(const Start& start) {
  const std::string type = folded(start.type);
  const std::string_view payload = start.payload;
  if (payload.empty()) return false;
  if (type == "smtp" || type == "sip") return payload.find('@') != std::string_view::npos;
  if (type == "eum" || type == "meum") return start.rest.find('=') != std::string_view::npos;
  if (type == "x500") return payload[0] == '/';
  if (type == "x400") return payload.find('=') != std::string_view::npos;
  for (const std::string_view known :
       {"spo", "eum", "meum", "msmail", "ccmail", "notes", "gwise", "fax", "rfax"}) {
    // "cn=abc-Room, fax:12" is a part of an X500 address.
    if (type == known) {
      return is_one_case(start.type) && payload.find_first_of("@/=") != std::string_view::npos;
    }
  }
  return false;
}

}  // namespace

bool is_list_type_name(std::string_view text) {
  if (text.size() < 2 || std::string_view("yie{").find(text[1]) == text.npos) return false;
  if (text.starts_with("@{")) {
    return text == "@{}" || (text.ends_with('}') && text.find('=') != text.npos);
  }
  if (text == "System.Object" || text == "System.String") return true;
  for (std::string_view start :
       {"System.Collections.", "System.Object[]", "System.String[]", "System.Byte[]",
        "System.Char[]", "System.Int32[]", "System.Management.Automation.", "Deserialized.System.",
        "Deserialized.Microsoft."}) {
    if (text.starts_with(start)) return true;
  }
  const bool sentence = text.find(' ') != text.npos && text.find('`') == text.npos;
  return text.starts_with("Microsoft.Exchange.") && !sentence;
}

// SMTP and SIP addresses have no separators but in a quoted local part (RFC 5321 4.1.2): whatever
// type stands behind one is another address, and so is a second @, whatever stands between. In all
// others what counts is a type that is known.
bool is_joined_addresses(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view type = text.substr(0, colon == text.npos ? 0 : colon);
  const bool plain = type.empty() || type.find('@') != type.npos ||
                     equal_ignoring_ascii_case(type, "smtp") ||
                     equal_ignoring_ascii_case(type, "sip");
  std::size_t begin = 0;
  if (plain) {
    const std::size_t payload = type.find('@') == type.npos && colon != text.npos ? colon + 1 : 0;
    if (text.substr(payload).starts_with('"')) {
      begin = std::min(text.find("\"@", payload + 1), text.size());
    }
  }
  int ats = 0;
  for (std::size_t i = begin; i < text.size(); ++i) {
    ats += text[i] == '@';
    if (!is_separator(text[i])) continue;
    const Start start = start_of(text.substr(i + 1));
    if (!start.type.empty() && (plain || is_known_start(start))) return true;
  }
  return plain && ats > 1;
}

std::string flattened(std::string_view property, std::string_view text) {
  constexpr std::size_t kShown = 80;
  std::string shown(text.substr(0, kShown));
  std::ranges::replace_if(
      shown, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return std::string(property) + " holds \"" + shown + (text.size() > kShown ? "...\"" : "\"") +
         ", a list that was flattened to text, so its values are lost; export again with "
         "ConvertTo-Json -Depth 4, not with Export-Csv or -join";
}

}  // namespace trueup
