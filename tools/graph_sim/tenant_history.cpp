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
  const MonotonicClock::time_point until = MonotonicClock::now() - delay;
  return static_cast<Version>(
      std::upper_bound(log_.begin(), log_.end(), until,
                       [](MonotonicClock::time_point t, const Event& e) { return t < e.time; }) -
      log_.begin());
}

UserState Tenant::base_standing(UserIndex index) const {
  if (index >= names_.indexes()) return UserState::kNone;
  // AD users without a cloud user had one once: every other one may come back.
  if (names_.in_cloud(index)) return UserState::kLive;
  return index % 2 == 0 ? UserState::kSoftDeleted : UserState::kDeleted;
}

UserState Tenant::standing(UserIndex index, Version version) const {
  if (!touched(index)) return base_standing(index);
  const auto history = histories_.find(index);
  UserState standing = base_standing(index);
  if (history == histories_.end()) return standing;
  for (const auto& [since, next] : history->second.standings) {
    if (since > version) break;
    standing = next;
  }
  return standing;
}

UserId Tenant::id(UserIndex index) const {
  return index < names_.indexes() ? names_.id(index) : added_[index - names_.indexes()];
}

std::string Tenant::name(UserIndex index, Version version) const {
  std::string name(index < names_.indexes() ? names_.name(index) : "");
  if (!touched(index)) return name;
  const auto history = histories_.find(index);
  if (history == histories_.end()) return name;
  for (const UserHistory::Value& value : history->second.values) {
    if (value.version > version) break;
    if (value.property != kUserPrincipalName) continue;
    const auto parsed = nlohmann::json::parse(value.text);
    name = parsed.is_string() ? folded(parsed.get<std::string>()) : "";
  }
  return name;
}

void Tenant::read(UserIndex index, Version version, RecordScratch& scratch,
                  PropertyValues& values) const {
  if (index < names_.indexes()) {
    records_.read(index, scratch, values);
  } else {
    values.fill({});
  }
  if (!touched(index)) return;
  const auto history = histories_.find(index);
  if (history == histories_.end()) return;
  for (const UserHistory::Value& value : history->second.values) {
    if (value.version > version) break;
    values[value.property] = value.text;
  }
}

PropertyMask Tenant::changed(UserIndex index, Version after, Version until) const {
  const auto history = histories_.find(index);
  if (history == histories_.end()) return 0;
  for (const auto& [since, standing] : history->second.standings) {
    if (since > after && since <= until) return kAllProperties;
  }
  PropertyMask mask = 0;
  for (const UserHistory::Value& value : history->second.values) {
    if (value.version > after && value.version <= until) mask |= bit_of(value.property);
  }
  return mask;
}

std::optional<UserIndex> Tenant::find(UserId id) const {
  if (const auto found = added_ids_.find(id); found != added_ids_.end()) return found->second;
  return names_.find(id);
}

std::optional<UserIndex> Tenant::find_name(std::string_view folded_name, Version version) const {
  const auto [begin, end] = given_names_.equal_range(folded_name);
  for (auto it = begin; it != end; ++it) {
    if (standing(it->second, version) == UserState::kLive &&
        name(it->second, version) == folded_name) {
      return it->second;
    }
  }
  const std::optional<UserIndex> index = names_.find_name(folded_name);
  if (!index || standing(*index, version) != UserState::kLive) return std::nullopt;
  return name(*index, version) == folded_name ? index : std::nullopt;
}

std::size_t Tenant::users(Version version) const {
  std::size_t users = names_.users();
  for (const auto& [index, history] : histories_) {
    users += standing(index, version) == UserState::kLive ? 1 : 0;
    users -= base_standing(index) == UserState::kLive ? 1 : 0;
  }
  return users;
}

std::vector<UserIndex> Tenant::touched_slots() const {
  std::vector<UserIndex> indexes;
  indexes.reserve(histories_.size());
  for (const auto& [index, history] : histories_) indexes.push_back(index);
  return indexes;
}

void Tenant::check_name_is_free(std::string_view value, UserIndex index) const {
  const auto name = nlohmann::json::parse(value);
  if (!name.is_string() || name.get<std::string>().empty()) {
    throw std::invalid_argument("a userPrincipalName is a string");
  }
  const std::optional<UserIndex> holder = find_name(folded(name.get<std::string>()), version());
  if (holder && *holder != index) {
    throw std::invalid_argument("the userPrincipalName " + std::string(value) + " is taken");
  }
}

void Tenant::set_values(UserIndex index, const Change& change, Event& event) {
  UserHistory& history = histories_[index];
  for (const auto& [property, text] : change.values) {
    if (property == kId) continue;
    history.values.push_back({version() + 1, property, text});
    event.mask |= bit_of(property);
    if (property == kUserPrincipalName) {
      given_names_.emplace(folded(nlohmann::json::parse(text).get<std::string>()), index);
    }
  }
}

UserIndex Tenant::add(const Change& change) {
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
  const UserIndex index = static_cast<UserIndex>(indexes());
  check_name_is_free(value(kUserPrincipalName), index);
  added_.push_back(*id);
  added_ids_[*id] = index;
  histories_[index].values.push_back({version() + 1, kId, std::string(id_value)});
  return index;
}

UserIndex Tenant::change(const Change& change) {
  const std::lock_guard turn(turn_);
  const std::unique_lock lock(mutex_);
  Event event{MonotonicClock::now(), change.index, change.kind, 0};
  const UserState now =
      change.index < indexes() ? standing(change.index, version()) : UserState::kNone;
  if (change.kind == EventKind::kAdded) {
    event.index = add(change);
  } else if (now == UserState::kNone || now == UserState::kDeleted) {
    throw std::invalid_argument("no such user, or deleted for good");
  } else if (change.kind == EventKind::kRestored && now == UserState::kLive) {
    throw std::invalid_argument("it is not deleted");
  } else if (change.kind == EventKind::kRemoved && now != UserState::kLive && !change.permanent) {
    throw std::invalid_argument("it is deleted already");
  } else if (change.kind == EventKind::kSet && now != UserState::kLive) {
    throw std::invalid_argument("it is deleted");
  }
  for (const auto& [property, text] : change.values) {
    if (property == kUserPrincipalName) check_name_is_free(text, event.index);
  }
  UserState next = UserState::kLive;
  if (change.kind == EventKind::kRemoved) {
    next = change.permanent ? UserState::kDeleted : UserState::kSoftDeleted;
  }
  if (change.kind == EventKind::kRestored) {
    const std::string name = this->name(event.index, version());
    if (find_name(name, version())) {
      throw std::invalid_argument("somebody else has its name by now");
    }
    given_names_.emplace(name, event.index);
  }
  set_values(event.index, change, event);
  if (change.kind != EventKind::kSet) {
    histories_[event.index].standings.emplace_back(version() + 1, next);
  }
  if (event.index < touched_.size()) touched_[event.index] = true;
  log_.push_back(event);
  return event.index;
}

}  // namespace trueup::sim
