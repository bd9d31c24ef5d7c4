// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/object_read.h"

#include <ldap.h>

#include <algorithm>
#include <utility>

namespace trueup {

ObjectRead::NextValue* ObjectRead::find(std::vector<NextValue>& list, Attribute attribute) {
  const auto found = std::ranges::find(list, attribute, &NextValue::attribute);
  return found == list.end() ? nullptr : &*found;
}

void ObjectRead::take(ldap* handle, LdapMessage entry) {
  EntryCursor cursor(handle, entry.get());
  while (cursor.next()) {
    if (static_cast<int>(cursor.field()) >= kAttributeCount) continue;
    const auto attribute = static_cast<Attribute>(cursor.field());
    if (!wanted_.contains(attribute)) continue;
    // Beside a range that was asked for, the whole attribute comes empty, or again.
    if (!cursor.is_range() && follow_up_) continue;
    if (cursor.is_range()) take_range(attribute, cursor.range());
    if (incomplete_.contains(attribute)) continue;
    for (std::string_view value : cursor.values()) values_.push_back({attribute, value});
  }
  entries_.push_back(std::move(entry));
}

void ObjectRead::take_range(Attribute attribute, const std::optional<ValueRange>& range) {
  NextValue* expected = find(next_, attribute);
  if (expected == nullptr) expected = find(asked_, attribute);
  const std::size_t position = expected == nullptr ? 0 : expected->position;
  std::erase_if(asked_, [&](const NextValue& n) { return n.attribute == attribute; });
  std::erase_if(next_, [&](const NextValue& n) { return n.attribute == attribute; });
  if (!range || range->first != position) {
    incomplete_.add(attribute);
  } else if (!range->to_end) {
    next_.push_back({.attribute = attribute, .position = range->last + 1});
  }
}

bool ObjectRead::needs_more() {
  for (const NextValue& unanswered : asked_) incomplete_.add(unanswered.attribute);
  asked_ = std::exchange(next_, {});
  follow_up_ = !asked_.empty();
  return follow_up_;
}

std::string ObjectRead::complaint() const {
  std::string names;
  for (int i = 0; i < kAttributeCount; ++i) {
    if (!incomplete_.contains(attribute_at(i))) continue;
    names += (names.empty() ? "" : ", ") + std::string(traits(attribute_at(i)).name);
  }
  return "the server gave a part of the values of " + names + " only; did the object change?";
}

ObjectSearch::ObjectSearch() {
  for (int i = 0; i < kAttributeCount; ++i) {
    names_[static_cast<std::size_t>(i)] = traits(attribute_at(i)).name;
  }
}

int ObjectSearch::send(ldap* handle, const ObjectRead& read, int& message_id) {
  wanted_.clear();
  ranges_.clear();
  for (const ObjectRead::NextValue& next : read.asked_) {
    ranges_.push_back(names_[static_cast<std::size_t>(index(next.attribute))] +
                      ";range=" + std::to_string(next.position) + "-*");
  }
  for (std::string& range : ranges_) wanted_.push_back(range.data());
  for (std::size_t i = 0; !read.follow_up_ && i < names_.size(); ++i) {
    if (read.wanted_.contains(attribute_at(static_cast<int>(i)))) {
      wanted_.push_back(names_[i].data());
    }
  }
  // An empty list would ask for all attributes (RFC 4511 4.5.1.8).
  char none[] = LDAP_NO_ATTRS;
  if (wanted_.empty()) wanted_.push_back(none);
  wanted_.push_back(nullptr);
  return ldap_search_ext(handle, read.address().c_str(), LDAP_SCOPE_BASE, "(objectClass=*)",
                         wanted_.data(), 0, nullptr, nullptr, nullptr, 0, &message_id);
}

}  // namespace trueup
