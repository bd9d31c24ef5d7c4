// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/guard_options.h"

#include <algorithm>
#include <array>
#include <string>

namespace trueup {
namespace {

using G = GuardOptions;

constexpr std::array kLimits = {
    GuardLimit{"guards.cloud_count", &G::cloud_count, "cloud mailboxes fewer than last (3, 10%)"},
    GuardLimit{"guards.graph_count", &G::graph_count, "Graph users fewer than last (3, 10%)"},
    GuardLimit{"guards.exo_count", &G::exo_count, "Exchange mailboxes fewer than last (3, 10%)"},
    GuardLimit{"guards.ad_count", &G::ad_count, "AD users fewer than last (3, 10%)"},
    GuardLimit{"guards.scope_count", &G::scope_count, "in scope fewer than last (3, 10%)"},
    GuardLimit{"guards.scope_growth", &G::scope_growth, "in scope more than last (10, 10%)"},
    GuardLimit{"guards.protection_count", &G::protection_count,
               "carriers of a protection fewer than last (3, 10%)"},
    GuardLimit{"guards.others_count", &G::others_count,
               "address holders that are no users fewer than last (3, 10%)"},
    GuardLimit{"guards.held_count", &G::held_count,
               "held by an exclude, adminCount or on premises fewer than last (3, 10%)"},
    GuardLimit{"guards.unmatched", &G::unmatched, "in scope without an AD object (50, 5%)"},
    GuardLimit{"guards.changed", &G::changed, "mailboxes changed (500, 5%)", true},
    GuardLimit{"guards.cleared", &G::cleared, "of each attribute (50, 1%)", true},
    GuardLimit{"guards.overwritten", &G::overwritten,
               "one value by another, of each attribute "
               "(200, 3%)",
               true},
    GuardLimit{"guards.losing", &G::losing, "mailboxes losing values (100, 2%)", true},
    GuardLimit{"guards.replaced", &G::replaced, "primary or mail replaced (200, 2%)", true},
    GuardLimit{"guards.types", &G::types, "recipient types replaced (50, 1%)", true},
    GuardLimit{"guards.same_value", &G::same_value,
               "mailboxes given one and the same value (50, 1%)", true},
    GuardLimit{"guards.lost_characters", &G::lost_characters,
               "refused, as characters became ? (10, 0.1%)"},
    GuardLimit{"guards.objects_missing", &G::objects_missing,
               "of a sample of the plan's objects, not there any more (2, 10%)", false, true},
    GuardLimit{"guards.emptied", &G::emptied, "of an attribute's holders, all cleared (10, 50%)"},
    GuardLimit{"guards.rewritten", &G::rewritten, "of an attribute's holders, changed (10, 50%)"},
    GuardLimit{"guards.creep", &G::creep, "distinct mailboxes within creep_days (5, 12%)"},
};

constexpr std::array kTimes = {
    GuardTime{"guards.time_apart", &G::time_apart, "between the two sides' own clocks (24)"},
    GuardTime{"guards.older_than_last", &G::older_than_last,
              "an object may be older than in the last accepted load (24)"},
    GuardTime{"guards.max_input_age", &G::max_input_age, "age of a dump, export or fetch (24)"},
};

// Where the name of a guard is not that of its setting.
constexpr std::array<std::pair<std::string_view, std::string_view>, 1> kOtherNames = {
    {{"input-age", "guards.max_input_age"}}};

}  // namespace

std::span<const GuardLimit> guard_limits() { return kLimits; }
std::span<const GuardTime> guard_times() { return kTimes; }

std::string_view setting_of(std::string_view guard) {
  guard = guard.substr(0, guard.find(' '));
  for (const auto& [name, key] : kOtherNames) {
    if (guard == name) return key;
  }
  std::string key = "guards." + std::string(guard);
  std::ranges::replace(key, '-', '_');
  const auto limit = std::ranges::find(kLimits, key, &GuardLimit::key);
  if (limit != kLimits.end()) return limit->key;
  const auto time = std::ranges::find(kTimes, key, &GuardTime::key);
  return time != kTimes.end() ? time->key : std::string_view{};
}

}  // namespace trueup
