// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/dn_fold.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>

#include "snapshots/model/canonical.h"

namespace trueup {
namespace {

// Another name of an attribute type (lower case), and the one that keys use: RFC 4514 3, RFC 4519,
// RFC 1779, and the short forms of Windows' certificate tools (S, E, G, T).
struct TypeName {
  std::string_view name;
  std::string_view key;
};
constexpr TypeName kTypeNames[] = {
    {"ou", "ou"},
    {"organizationalunitname", "ou"},
    {"2.5.4.11", "ou"},
    {"dc", "dc"},
    {"domaincomponent", "dc"},
    {"0.9.2342.19200300.100.1.25", "dc"},
    {"cn", "cn"},
    {"commonname", "cn"},
    {"2.5.4.3", "cn"},
    {"o", "o"},
    {"organizationname", "o"},
    {"2.5.4.10", "o"},
    {"c", "c"},
    {"countryname", "c"},
    {"2.5.4.6", "c"},
    {"uid", "uid"},
    {"userid", "uid"},
    {"0.9.2342.19200300.100.1.1", "uid"},
    {"l", "l"},
    {"localityname", "l"},
    {"2.5.4.7", "l"},
    {"st", "st"},
    {"s", "st"},
    {"stateorprovincename", "st"},
    {"2.5.4.8", "st"},
    {"street", "street"},
    {"streetaddress", "street"},
    {"2.5.4.9", "street"},
    {"sn", "sn"},
    {"surname", "sn"},
    {"2.5.4.4", "sn"},
    {"givenname", "givenname"},
    {"gn", "givenname"},
    {"g", "givenname"},
    {"2.5.4.42", "givenname"},
    {"initials", "initials"},
    {"2.5.4.43", "initials"},
    {"title", "title"},
    {"t", "title"},
    {"2.5.4.12", "title"},
    {"serialnumber", "serialnumber"},
    {"2.5.4.5", "serialnumber"},
    {"postalcode", "postalcode"},
    {"2.5.4.17", "postalcode"},
    {"name", "name"},
    {"2.5.4.41", "name"},
    {"dnqualifier", "dnqualifier"},
    {"2.5.4.46", "dnqualifier"},
    {"mail", "mail"},
    {"rfc822mailbox", "mail"},
    {"0.9.2342.19200300.100.1.3", "mail"},
    {"emailaddress", "emailaddress"},
    {"email", "emailaddress"},
    {"e", "emailaddress"},
    {"1.2.840.113549.1.9.1", "emailaddress"},
};

std::string_view without_oid_prefix(std::string_view type) {
  const bool has = type.size() > 4 && equal_ignoring_ascii_case(type.substr(0, 4), "oid.");
  return has ? type.substr(4) : type;
}

const TypeName* find_type(std::string_view type) {
  const auto* found =
      std::find_if(std::begin(kTypeNames), std::end(kTypeNames),
                   [&](const TypeName& t) { return equal_ignoring_ascii_case(type, t.name); });
  return found == std::end(kTypeNames) ? nullptr : found;
}

// The key may hold neither 0 nor 1, which end and join what it becomes a part of.
constexpr char kEscape = '\x02';
void append_octet(char c, std::string& out) {
  if (c >= 0 && c <= kEscape) {
    out += kEscape;
    c = static_cast<char>(c + '0');
  }
  out += c;
}

// Blanks in runs become one, outer ones none (RFC 4518 2.6.1, in effect).
void append_with_single_blanks(std::string_view text, std::string& out) {
  bool blank = false, any = false;
  for (const char c : text) {
    if (c == ' ') {
      blank = any;
      continue;
    }
    if (blank) out += ' ';
    blank = false;
    any = true;
    append_octet(fold_ascii(c), out);
  }
}

// What RFC 4518 2.2 maps a character to before values are compared: itself, a blank or nothing. Its
// list is that of Unicode 3.2; by category it grows with Unicode.
constexpr std::int32_t kNothing = -1;
std::int32_t prepared(std::int32_t c, DnFold fold) {
  const utf8proc_property_t& property = *utf8proc_get_property(c);
  switch (property.category) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return ' ';
    case UTF8PROC_CATEGORY_CC: return (c >= 0x09 && c <= 0x0D) || c == 0x85 ? ' ' : kNothing;
    case UTF8PROC_CATEGORY_CF: return kNothing;
    case UTF8PROC_CATEGORY_MN: return property.ignorable ? kNothing : c;  // variation selectors
    default: break;
  }
  if (property.ignorable && fold == DnFold::kWidest) return kNothing;
  return c == 0xFFFC ? kNothing : c;
}

// Nothing if the text is not UTF-8.
std::optional<std::string> prepared_text(std::string_view text, DnFold fold) {
  std::string out;
  while (!text.empty()) {
    std::int32_t c = 0;
    const utf8proc_ssize_t length =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                         static_cast<utf8proc_ssize_t>(text.size()), &c);
    if (length <= 0) return std::nullopt;
    const std::int32_t to = prepared(c, fold);
    if (to == c) {
      out += text.substr(0, static_cast<std::size_t>(length));
    } else if (to != kNothing) {
      out += ' ';
    }
    text.remove_prefix(static_cast<std::size_t>(length));
  }
  return out;
}

std::optional<std::string> mapped(std::string_view utf8, int options) {
  utf8proc_uint8_t* result = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(utf8.data()),
                                             static_cast<utf8proc_ssize_t>(utf8.size()), &result,
                                             static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(result, &std::free);
  if (size < 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(result), static_cast<std::size_t>(size));
}

// The value without what does not count, but for runs of blanks; nothing if it is not UTF-8.
std::optional<std::string> folded_text(std::string_view value, DnFold fold) {
  std::optional<std::string> text;
  if (fold != DnFold::kActiveDirectory) {
    text = prepared_text(value, fold);
    if (!text) return std::nullopt;
    value = *text;
  }
  // Composed first: what two spellings of the same text fold to could differ otherwise.
  const std::optional<std::string> composed = mapped(value, UTF8PROC_COMPOSE);
  if (!composed) return std::nullopt;
  if (fold == DnFold::kLdap) {
    return mapped(*composed, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD);
  }
  std::string out;
  append_directory_key(*composed, out);
  return out;
}

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

void append_rdn_type_key(std::string_view type, std::string& out) {
  type = without_oid_prefix(type);
  if (const TypeName* known = find_type(type)) {
    out += known->key;
  } else {
    append_folded(type, out);
  }
}

bool is_known_rdn_type(std::string_view type) {
  return find_type(without_oid_prefix(type)) != nullptr;
}

void append_rdn_value_key(std::string_view value, DnFold fold, std::string& out) {
  if (is_printable_ascii(value)) {
    append_with_single_blanks(value, out);
  } else {
    append_with_single_blanks(folded_text(value, fold).value_or(std::string(value)), out);
  }
}

void append_rdn_octets_key(std::string_view octets, std::string& out) {
  out += kEscape;
  out += '#';
  for (const char c : octets) append_octet(c, out);
}

}  // namespace trueup
