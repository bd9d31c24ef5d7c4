// SPDX-License-Identifier: Apache-2.0
#include "engine/run/checks/gained_addresses.h"

#include <algorithm>
#include <iterator>

#include "snapshots/model/canonical.h"

namespace trueup {
namespace {

std::vector<std::string> keys_of(Attribute attribute, const std::vector<std::string_view>& values) {
  std::vector<std::string> keys;
  for (const std::string_view value : values) {
    std::string& key = keys.emplace_back();
    if (attribute == Attribute::kMail) {
      append_mail_key(value, key);
    } else {
      append_address_key(value, key);
    }
  }
  std::ranges::sort(keys);
  return keys;
}

/// Keys that `edit` has among the first values and not among the second.
void append_difference(const Edit& edit, const std::vector<std::string_view>& first,
                       const std::vector<std::string_view>& second, std::vector<std::string>& out) {
  if (first.empty()) return;
  std::ranges::set_difference(keys_of(edit.attribute, first), keys_of(edit.attribute, second),
                              std::back_inserter(out));
}

}  // namespace

std::vector<std::string> gained_addresses(const Change& change) {
  std::vector<std::string> keys;
  for (const Edit& edit : change.edits) {
    if (!kAddressAttributes.contains(edit.attribute)) continue;
    append_difference(edit, edit.adds, edit.deletes, keys);
  }
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

bool gives(const Change& change, std::string_view key, Attribute attribute) {
  std::vector<std::string> keys;
  for (const Edit& edit : change.edits) {
    if (edit.attribute == attribute) append_difference(edit, edit.deletes, edit.adds, keys);
  }
  return std::ranges::find(keys, key) != keys.end();
}

}  // namespace trueup
