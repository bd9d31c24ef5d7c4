// SPDX-License-Identifier: Apache-2.0
// The limits of the guards, with their defaults, and the settings that they are set by. Plain
// values.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace trueup {

/// A count and a share. What they are of, and how small tenants are treated, says each guard
/// (engine/plan/guards/limits.h).
struct Threshold {
  std::uint64_t count = 0;
  double share = 0;
};

struct GuardOptions {
  // Against the last accepted load: fewer by more than the larger of both.
  Threshold cloud_count{3, 0.10};
  Threshold graph_count{3, 0.10};
  Threshold exo_count{3, 0.10};
  Threshold ad_count{3, 0.10};
  Threshold scope_count{3, 0.10};
  Threshold protection_count{3, 0.10};  // carriers of each protection
  Threshold others_count{3, 0.10};      // holders of addresses that are no users
  Threshold held_count{3, 0.10};        // held by each exclude, by adminCount, on premises
  Threshold scope_growth{10, 0.10};     // more in scope
  // Of the plan: more than the larger of both, of the mailboxes in scope and matched.
  Threshold unmatched{50, 0.05};  // in scope without an AD object; of those in scope
  Threshold changed{500, 0.05};
  Threshold cleared{50, 0.01};           // of each attribute
  Threshold overwritten{200, 0.03};      // of each single-valued attribute, types apart
  Threshold losing{100, 0.02};           // mailboxes losing values
  Threshold replaced{200, 0.02};         // primary or mail replaced
  Threshold types{50, 0.01};             // an existing recipient type replaced
  Threshold same_value{50, 0.01};        // one new value of one attribute for many
  Threshold lost_characters{10, 0.001};  // refused, as characters became '?'
  // Of the plan's objects that are read back before the first write: more than the larger of both.
  Threshold objects_missing{2, 0.10};
  // Of each attribute's holders in scope: more than both.
  Threshold emptied{10, 0.50};
  Threshold rewritten{10, 0.50};
  // Distinct mailboxes over the runs of creep_days: more than min(3 x the limit, the larger of
  // both); of `changed` alone, more than its limit and 2.5 times the share.
  Threshold creep{5, 0.12};
  std::uint64_t creep_days = 7;
  // Seconds.
  std::uint64_t time_apart = 86'400;       // between the two sides' own clocks
  std::uint64_t older_than_last = 86'400;  // an object of the last load that is older now
  std::uint64_t max_input_age = 86'400;    // of a dump, export or fetch
};

/// A threshold as it is set: "guards." and the name, in trueup.toml.
struct GuardLimit {
  std::string_view key;
  Threshold GuardOptions::*limit;
  std::string_view help;
  bool of_plan = false;  // of any plan, an undo's too; else of what was loaded or of its history
  bool at_directory = false;  // read where a plan is written
};
struct GuardTime {
  std::string_view key;
  std::uint64_t GuardOptions::*seconds;
  std::string_view help;
};
std::span<const GuardLimit> guard_limits();
std::span<const GuardTime> guard_times();  // set in hours
inline constexpr std::string_view kCreepDaysKey = "guards.creep_days";
inline constexpr std::uint64_t kMostCreepDays = 365;

/// The setting of a guard, by its name with or without what it is about ("cleared mail").
std::string_view setting_of(std::string_view guard);

}  // namespace trueup
