// SPDX-License-Identifier: Apache-2.0
#include "engine/run/gained_addresses.h"

#include <algorithm>
#include <iterator>

#include "snapshots/canonical.h"

namespace trueup {
namespace {

using Values = std::vector<std::string_view> Edit::*;

std::vector<std::string> keys_of(const Change& change, Values values) {
  std::vector<std::string> keys;
  for (const Edit& edit : change.edits) {
    if (!kAddressAttributes.contains(edit.attribute)) continue;
    for (const std::string_view value : edit.*values) {
      std::string& key = keys.emplace_back();
      if (edit.attribute == Attribute::kMail) {
        append_mail_key(value, key);
      } else {
        append_address_key(value, key);
      }
    }
  }
  std::ranges::sort(keys);
  keys.erase(std::ranges::unique(keys).begin(), keys.end());
  return keys;
}

std::vector<std::string> without(const std::vector<std::string>& keys,
                                 const std::vector<std::string>& others) {
  std::vector<std::string> rest;
  std::ranges::set_difference(keys, others, std::back_inserter(rest));
  return rest;
}

}  // namespace

std::vector<std::string> gained_addresses(const Change& change) {
  return without(keys_of(change, &Edit::adds), keys_of(change, &Edit::deletes));
}

std::vector<std::string> given_addresses(const Change& change) {
  return without(keys_of(change, &Edit::deletes), keys_of(change, &Edit::adds));
}

}  // namespace trueup
