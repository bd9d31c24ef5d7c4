// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/edit_on_object.h"

#include <algorithm>

namespace trueup {
namespace {

bool contains(const std::vector<std::string_view>& values, std::string_view value) {
  return std::ranges::find(values, value) != values.end();
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
  if (traits(edit_.attribute).multi_valued) return {};
  std::vector<std::string_view> others = there_;
  std::erase_if(others, [&](std::string_view v) {
    return contains(edit_.adds, v) || contains(edit_.deletes, v);
  });
  return others;
}

bool EditOnObject::old_values_stand() const {
  const bool all = std::ranges::all_of(edit_.deletes,
                                       [&](std::string_view v) { return contains(there_, v); });
  // Where there was no value, the plan showed that there was none.
  const bool single = !traits(edit_.attribute).multi_valued;
  return all && (!single || there_.size() == edit_.deletes.size());
}

Edit EditOnObject::missing() const {
  Edit rest = edit_;
  std::erase_if(rest.adds, [&](std::string_view v) {
    return contains(there_, v) && !contains(edit_.deletes, v);
  });
  return rest;
}

}  // namespace trueup
