// SPDX-License-Identifier: Apache-2.0
// How a guard's threshold becomes a limit, such that a small tenant is as safe as a large one: a
// count that suits 100,000 mailboxes must not let 430 be changed whole. Pure.
#pragma once

#include <cstdint>

#include "engine/plan/guard_options.h"

namespace trueup {

/// Most that may be without a stop, whatever the count says: a part of all.
inline constexpr double kCapOfChanged = 0.25;
inline constexpr double kCap = 0.10;

/// Three of a few mailboxes never stop a run; from four on, all of them do.
std::uint64_t floor_of(std::uint64_t all);
/// Of a plan guard over `all` mailboxes: the larger of the count, not above `cap` of all, and the
/// share; never below the floor, unless the operator's count is.
std::uint64_t plan_limit(const Threshold& t, std::uint64_t all, double cap);
/// The same of what hardly happens to many on one night (losing, replaced, types): 10 % at most,
/// and a quarter of a small tenant, such as one of its domains, is more than the floor.
std::uint64_t severe_limit(const Threshold& t, std::uint64_t all);
/// Of the `holders` of one attribute: more than half of them, and more than a few.
std::uint64_t holder_limit(const Threshold& t, std::uint64_t holders);
/// How many more than `last` there may be.
std::uint64_t growth_limit(const Threshold& t, std::uint64_t last);
/// How many there must still be of `last`.
std::uint64_t least_left(const Threshold& t, std::uint64_t last);
/// Distinct mailboxes over several runs, of a guard whose limit for one is `limit`: three times
/// that, and no more than the larger of count and share.
/// Never less than what one night may do, but for the smallest tenants.
std::uint64_t creep_limit(const Threshold& t, const Threshold& one, std::uint64_t limit,
                          std::uint64_t all);
/// The same of `changed`, which ordinary nights add up to: 2.5 times the share.
std::uint64_t creep_limit_of_changed(const Threshold& t, std::uint64_t limit, std::uint64_t all);

}  // namespace trueup
