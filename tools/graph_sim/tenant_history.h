// SPDX-License-Identifier: Apache-2.0
//
// The tenant that graph_sim serves: what make_tenant would write, and every change since, kept by
// version, so that a reader may look at an older one (a replica that lags behind). Version n is the
// state after n changes.
//
// Read by many threads, each under a Reading; change() waits for them.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/graph_sim/base_names.h"
#include "tools/graph_sim/property.h"
#include "tools/graph_sim/record.h"

namespace trueup::sim {

using Version = std::uint64_t;
using MonotonicClock = std::chrono::steady_clock;

enum class UserState : std::uint8_t { kNone, kLive, kSoftDeleted, kDeleted };
enum class EventKind : std::uint8_t { kSet, kRemoved, kRestored, kAdded };

struct Event {
  MonotonicClock::time_point time;
  UserIndex index = 0;
  EventKind kind = EventKind::kSet;
  PropertyMask mask = 0;  // of kSet
};

struct Change {
  EventKind kind = EventKind::kSet;
  UserIndex index = 0;                                         // not of kAdded
  bool permanent = false;                                      // of kRemoved
  std::vector<std::pair<PropertyNumber, std::string>> values;  // of kSet and kAdded; JSON text
};

class Tenant {
 public:
  Tenant(const tenant::TenantShape& shape, unsigned threads);

  /// Nothing changes while it lives.
  class Reading {
   public:
    explicit Reading(const Tenant& tenant);

   private:
    std::shared_lock<std::shared_mutex> lock_;
  };

  /// Makes a change; gives the user's slot. Throws std::invalid_argument if it makes no sense (a
  /// name that is taken, removing who is not there, ...).
  UserIndex change(const Change& change);

  // All below need a Reading.
  const BaseNames& base() const { return names_; }
  std::size_t indexes() const { return names_.indexes() + added_.size(); }
  Version version() const { return log_.size(); }
  /// The newest version that is at least `delay` old.
  Version visible(std::chrono::milliseconds delay) const;
  /// The change that made version `version`, from 1.
  const Event& event(Version version) const { return log_[version - 1]; }

  bool touched(UserIndex index) const { return index >= touched_.size() || touched_[index]; }
  UserState standing(UserIndex index, Version version) const;
  UserId id(UserIndex index) const;
  /// Folded.
  std::string name(UserIndex index, Version version) const;
  /// Valid until the scratch is used again or the Reading ends.
  void read(UserIndex index, Version version, RecordScratch& scratch, PropertyValues& values) const;
  /// What changed of a user after version `after` up to `until`; all, if it came or came back.
  PropertyMask changed(UserIndex index, Version after, Version until) const;
  std::optional<UserIndex> find(UserId id) const;
  std::optional<UserIndex> find_name(std::string_view folded_name, Version version) const;
  /// Every name that somebody came to have by a change, and who. He may have lost it again.
  const std::multimap<std::string, UserIndex, std::less<>>& given_names() const {
    return given_names_;
  }
  /// Users that live at that version.
  std::size_t users(Version version) const;
  /// All users with changes.
  std::vector<UserIndex> touched_slots() const;

 private:
  struct UserHistory {
    struct Value {
      Version version;
      PropertyNumber property;
      std::string text;
    };
    std::vector<std::pair<Version, UserState>> standings;
    std::vector<Value> values;
  };

  UserState base_standing(UserIndex index) const;
  void check_name_is_free(std::string_view value, UserIndex index) const;
  void set_values(UserIndex index, const Change& change, Event& event);
  UserIndex add(const Change& change);

  BaseNames names_;
  BaseRecords records_;
  mutable std::mutex turn_;  // a change that waits goes before later readers
  mutable std::shared_mutex mutex_;
  std::vector<Event> log_;
  std::vector<bool> touched_;  // by slot of the base
  std::unordered_map<UserIndex, UserHistory> histories_;
  std::vector<UserId> added_;
  std::map<UserId, UserIndex> added_ids_;
  std::multimap<std::string, UserIndex, std::less<>> given_names_;
};

}  // namespace trueup::sim
