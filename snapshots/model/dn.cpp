// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/dn.h"

#include "snapshots/model/anchor.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/rdn_key.h"

namespace trueup {
namespace {

constexpr char kEndOfRdn = '\0';
// How the key of a DN that cannot be parsed starts; no type does.
constexpr char kUnparsed = '\xFF';

}  // namespace

std::string dn_key(std::string_view dn, DnFold fold) {
  std::string out;
  if (const auto keys = rdn_keys(dn, fold)) {
    for (const std::string& key : *keys) out.append(key) += kEndOfRdn;
  } else {
    out = kUnparsed;
    out += dn;
  }
  return out;
}

namespace {

std::string_view without_first_blanks(std::string_view text) {
  while (!text.empty() && is_dn_blank(text.front())) text.remove_prefix(1);
  return text;
}

}  // namespace

std::string_view parent_dn(std::string_view dn) {
  // Nearly every one: a first RDN without anything that would make its comma another character.
  const std::size_t comma = dn.find(',');
  if (comma != std::string_view::npos &&
      dn.substr(0, comma).find_first_of("\\\";") == std::string_view::npos) {
    return without_first_blanks(dn.substr(comma + 1));
  }
  bool in_type = true;
  for (std::size_t i = 0; i < dn.size(); ++i) {
    const char c = dn[i];
    if (c == ',' || c == ';') {
      return without_first_blanks(dn.substr(i + 1));
    }
    if (c == '\\') {
      ++i;
    } else if (c == '+') {
      in_type = true;
    } else if (c == '=' && in_type) {
      in_type = false;
      while (i + 1 < dn.size() && is_dn_blank(dn[i + 1])) ++i;
      if (i + 1 == dn.size() || dn[i + 1] != '"') continue;
      for (i += 2; i < dn.size() && dn[i] != '"'; ++i) {
        if (dn[i] == '\\') ++i;
      }
    }
  }
  return {};
}

bool looks_like_dn(std::string_view text) {
  text = without_outer_blanks(text);
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || anchor_from_base64(text)) return false;
  const bool one_rdn = text.find_first_of(",;") == std::string_view::npos;
  if (one_rdn && text.find('@') != std::string_view::npos) return false;
  const std::string_view type = without_outer_blanks(text.substr(0, equals));
  const bool dotted = type.find('.') != std::string_view::npos;
  return is_known_rdn_type(type) || (dotted && is_attribute_type(type));
}

bool looks_like_canonical_name(std::string_view text) {
  text = without_outer_blanks(text);
  const std::string_view domain = text.substr(0, text.find('/'));
  if (domain.size() == text.size()) return false;
  bool dot = false, in_label = false;
  for (const char c : domain) {
    const bool ascii = static_cast<unsigned char>(c) < 0x80;
    const char lower = fold_ascii(c);
    if (c == '.') {
      if (!in_label) return false;
      dot = true;
      in_label = false;
    } else if (ascii && !(lower >= 'a' && lower <= 'z') && !(c >= '0' && c <= '9') && c != '-' &&
               c != '_') {
      return false;
    } else {
      in_label = true;
    }
  }
  return dot && in_label;
}

}  // namespace trueup
