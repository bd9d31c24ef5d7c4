// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/tenant_history.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace trueup::sim {

Tenant::Reading::Reading(const Tenant& tenant) {
  const std::lock_guard turn(tenant.turn_);
  lock_ = std::shared_lock(tenant.mutex_);
}

Tenant::Tenant(const tenant::TenantShape& shape, unsigned threads)
    : names_(shape, threads), records_(shape, threads), touched_(shape.mailboxes) {}

Version Tenant::visible(std::chrono::milliseconds delay) const {
  if (delay.count() == 0) return log_.size();
  const Clock::time_point until = Clock::now() - delay;
  return static_cast<Version>(
      std::upper_bound(log_.begin(), log_.end(), until,
                       [](Clock::time_point t, const Event& e) { return t < e.time; }) -
      log_.begin());
}

Standing Tenant::base_standing(Slot slot) const {
  if (slot >= names_.slots()) return Standing::kNone;
  // AD users without a cloud user had one once: every other one may come back.
  if (names_.in_cloud(slot)) return Standing::kLive;
  return slot % 2 == 0 ? Standing::kSoftDeleted : Standing::kDeleted;
}

Standing Tenant::standing(Slot slot, Version version) const {
  if (!touched(slot)) return base_standing(slot);
  const auto story = stories_.find(slot);
  Standing standing = base_standing(slot);
  if (story == stories_.end()) return standing;
  for (const auto& [since, next] : story->second.standings) {
    if (since > version) break;
    standing = next;
  }
  return standing;
}

UserId Tenant::id(Slot slot) const {
  return slot < names_.slots() ? names_.id(slot) : added_[slot - names_.slots()];
}

std::string Tenant::name(Slot slot, Version version) const {
  std::string name(slot < names_.slots() ? names_.name(slot) : "");
  if (!touched(slot)) return name;
  const auto story = stories_.find(slot);
  if (story == stories_.end()) return name;
  for (const Story::Value& value : story->second.values) {
    if (value.version > version) break;
    if (value.property != kUserPrincipalName) continue;
    const auto parsed = nlohmann::json::parse(value.text);
    name = parsed.is_string() ? folded(parsed.get<std::string>()) : "";
  }
  return name;
}

void Tenant::read(Slot slot, Version version, RecordScratch& scratch,
                  PropertyValues& values) const {
  if (slot < names_.slots()) {
    records_.read(slot, scratch, values);
  } else {
    values.fill({});
  }
  if (!touched(slot)) return;
  const auto story = stories_.find(slot);
  if (story == stories_.end()) return;
  for (const Story::Value& value : story->second.values) {
    if (value.version > version) break;
    values[value.property] = value.text;
  }
}

PropertyMask Tenant::changed(Slot slot, Version after, Version until) const {
  const auto story = stories_.find(slot);
  if (story == stories_.end()) return 0;
  for (const auto& [since, standing] : story->second.standings) {
    if (since > after && since <= until) return kAllProperties;
  }
  PropertyMask mask = 0;
  for (const Story::Value& value : story->second.values) {
    if (value.version > after && value.version <= until) mask |= bit_of(value.property);
  }
  return mask;
}

std::optional<Slot> Tenant::find(UserId id) const {
  if (const auto found = added_ids_.find(id); found != added_ids_.end()) return found->second;
  return names_.find(id);
}

std::optional<Slot> Tenant::find_name(std::string_view folded_name, Version version) const {
  const auto [begin, end] = given_names_.equal_range(folded_name);
  for (auto it = begin; it != end; ++it) {
    if (standing(it->second, version) == Standing::kLive &&
        name(it->second, version) == folded_name) {
      return it->second;
    }
  }
  const std::optional<Slot> slot = names_.find_name(folded_name);
  if (!slot || standing(*slot, version) != Standing::kLive) return std::nullopt;
  return name(*slot, version) == folded_name ? slot : std::nullopt;
}

std::size_t Tenant::users(Version version) const {
  std::size_t users = names_.users();
  for (const auto& [slot, story] : stories_) {
    users += standing(slot, version) == Standing::kLive ? 1 : 0;
    users -= base_standing(slot) == Standing::kLive ? 1 : 0;
  }
  return users;
}

std::vector<Slot> Tenant::touched_slots() const {
  std::vector<Slot> slots;
  slots.reserve(stories_.size());
  for (const auto& [slot, story] : stories_) slots.push_back(slot);
  return slots;
}

void Tenant::check_name_is_free(std::string_view value, Slot slot) const {
  const auto name = nlohmann::json::parse(value);
  if (!name.is_string() || name.get<std::string>().empty()) {
    throw std::invalid_argument("a userPrincipalName is a string");
  }
  const std::optional<Slot> holder = find_name(folded(name.get<std::string>()), version());
  if (holder && *holder != slot) {
    throw std::invalid_argument("the userPrincipalName " + std::string(value) + " is taken");
  }
}

void Tenant::set_values(Slot slot, const Change& change, Event& event) {
  Story& story = stories_[slot];
  for (const auto& [property, text] : change.values) {
    if (property == kId) continue;
    story.values.push_back({version() + 1, property, text});
    event.mask |= bit_of(property);
    if (property == kUserPrincipalName) {
      given_names_.emplace(folded(nlohmann::json::parse(text).get<std::string>()), slot);
    }
  }
}

Slot Tenant::add(const Change& change) {
  const auto value = [&](PropertyNumber property) {
    for (const auto& [number, text] : change.values) {
      if (number == property) return std::string_view(text);
    }
    return std::string_view();
  };
  const std::string_view id_value = value(kId);
  const std::optional<UserId> id =
      id_value.size() == 38 ? parse_id(id_value.substr(1, 36)) : std::nullopt;
  if (!id || find(*id)) throw std::invalid_argument("a new user needs an id of its own");
  if (value(kUserPrincipalName).empty()) {
    throw std::invalid_argument("a new user needs a userPrincipalName");
  }
  const Slot slot = static_cast<Slot>(slots());
  check_name_is_free(value(kUserPrincipalName), slot);
  added_.push_back(*id);
  added_ids_[*id] = slot;
  stories_[slot].values.push_back({version() + 1, kId, std::string(id_value)});
  return slot;
}

Slot Tenant::change(const Change& change) {
  const std::lock_guard turn(turn_);
  const std::unique_lock lock(mutex_);
  Event event{Clock::now(), change.slot, change.kind, 0};
  const Standing now = change.slot < slots() ? standing(change.slot, version()) : Standing::kNone;
  if (change.kind == EventKind::kAdded) {
    event.slot = add(change);
  } else if (now == Standing::kNone || now == Standing::kDeleted) {
    throw std::invalid_argument("no such user, or deleted for good");
  } else if (change.kind == EventKind::kRestored && now == Standing::kLive) {
    throw std::invalid_argument("it is not deleted");
  } else if (change.kind == EventKind::kRemoved && now != Standing::kLive && !change.permanent) {
    throw std::invalid_argument("it is deleted already");
  } else if (change.kind == EventKind::kSet && now != Standing::kLive) {
    throw std::invalid_argument("it is deleted");
  }
  for (const auto& [property, text] : change.values) {
    if (property == kUserPrincipalName) check_name_is_free(text, event.slot);
  }
  Standing next = Standing::kLive;
  if (change.kind == EventKind::kRemoved) {
    next = change.permanent ? Standing::kDeleted : Standing::kSoftDeleted;
  }
  if (change.kind == EventKind::kRestored) {
    const std::string name = this->name(event.slot, version());
    if (find_name(name, version())) {
      throw std::invalid_argument("somebody else has its name by now");
    }
    given_names_.emplace(name, event.slot);
  }
  set_values(event.slot, change, event);
  if (change.kind != EventKind::kSet) {
    stories_[event.slot].standings.emplace_back(version() + 1, next);
  }
  if (event.slot < touched_.size()) touched_[event.slot] = true;
  log_.push_back(event);
  return event.slot;
}

}  // namespace trueup::sim
