// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/rdn_key.h"

#include <algorithm>

namespace trueup {
namespace {

// Joins the parts of a multi-valued RDN. Occurs neither in a type nor in the key of a value.
constexpr char kJoin = '\x01';

std::string part_key(const DnPart& part, DnFold fold) {
  std::string key, value;
  append_rdn_type_key(part.type, key);
  key += '=';
  if (dn_value(part, value)) {
    append_rdn_value_key(value, fold, key);
  } else {
    append_rdn_octets_key(value, key);
  }
  return key;
}

}  // namespace

bool next_rdn_key(DnReader& reader, DnFold fold, std::string& key) {
  DnPart part;
  if (!reader.next(part)) return false;
  key = part_key(part, fold);
  if (part.ends_rdn) return true;
  std::vector<std::string> parts = {std::move(key)};  // in any order
  while (!part.ends_rdn) {
    if (!reader.next(part)) return false;
    parts.push_back(part_key(part, fold));
  }
  std::sort(parts.begin(), parts.end());
  key.clear();
  for (const std::string& p : parts) {
    if (!key.empty()) key += kJoin;
    key += p;
  }
  return true;
}

std::optional<std::vector<std::string>> rdn_keys(std::string_view dn, DnFold fold) {
  DnReader reader(dn);
  std::vector<std::string> keys;
  for (std::string key; next_rdn_key(reader, fold, key);) keys.push_back(std::move(key));
  if (reader.error()) return std::nullopt;
  std::reverse(keys.begin(), keys.end());
  return keys;
}

bool is_multi_valued(std::string_view rdn_key) {
  return rdn_key.find(kJoin) != std::string_view::npos;
}

std::string_view value_of_rdn_key(std::string_view rdn_key) {
  return rdn_key.substr(rdn_key.find('=') + 1);
}

}  // namespace trueup
