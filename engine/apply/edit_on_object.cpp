// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/edit_on_object.h"

#include <algorithm>

#include "snapshots/model/canonical.h"

namespace trueup {
namespace {

bool contains(const std::vector<std::string_view>& values, std::string_view value) {
  return std::ranges::find(values, value) != values.end();
}

bool is_primary(const ProxyAddress& address) {
  return address.primary &&
         (address.type == ProxyAddress::Type::kSmtp || address.type == ProxyAddress::Type::kSip);
}

}  // namespace

std::vector<std::string_view> EditOnObject::missing_adds() const {
  std::vector<std::string_view> missing = edit_.adds;
  std::erase_if(missing, [&](std::string_view v) { return contains(there_, v); });
  return missing;
}

std::vector<std::string_view> EditOnObject::standing_deletes() const {
  std::vector<std::string_view> standing = edit_.deletes;
  std::erase_if(standing, [&](std::string_view v) {
    return contains(edit_.adds, v) || !contains(there_, v);
  });
  return standing;
}

std::vector<std::string_view> EditOnObject::strangers() const {
  std::vector<std::string_view> others;
  const bool single = !traits(edit_.attribute).multi_valued;
  if (!single && edit_.attribute != Attribute::kProxyAddresses) return others;
  for (const std::string_view v : there_) {
    if (contains(edit_.adds, v) || contains(edit_.deletes, v)) continue;
    if (single || displaced_by(v)) others.push_back(v);
  }
  return others;
}

std::optional<std::string_view> EditOnObject::displaced_by(std::string_view stranger) const {
  if (edit_.attribute != Attribute::kProxyAddresses) {
    return edit_.adds.empty() ? std::nullopt : std::optional(edit_.adds.front());
  }
  const ProxyAddress there = parse_proxy_address(stranger);
  if (!is_primary(there)) return std::nullopt;
  for (const std::string_view value : edit_.adds) {
    const ProxyAddress added = parse_proxy_address(value);
    // The same address in another spelling is no other primary.
    if (is_primary(added) && added.type == there.type &&
        !equal_ignoring_ascii_case(added.address, there.address)) {
      return value;
    }
  }
  return std::nullopt;
}

bool EditOnObject::old_values_stand() const {
  const bool all =
      std::ranges::all_of(edit_.deletes, [&](std::string_view v) { return contains(there_, v); });
  // Where there was no value, the plan showed that there was none.
  const bool single = !traits(edit_.attribute).multi_valued;
  return all && (single ? there_.size() == edit_.deletes.size() : strangers().empty());
}

Edit EditOnObject::missing() const {
  Edit rest = edit_;
  std::erase_if(rest.adds, [&](std::string_view v) {
    return contains(there_, v) && !contains(edit_.deletes, v);
  });
  return rest;
}

bool adds_a_primary(const Change& change) {
  return std::ranges::any_of(change.edits, [](const Edit& edit) {
    return edit.attribute == Attribute::kProxyAddresses &&
           std::ranges::any_of(edit.adds, [](std::string_view value) {
             return is_primary(parse_proxy_address(value));
           });
  });
}

}  // namespace trueup
