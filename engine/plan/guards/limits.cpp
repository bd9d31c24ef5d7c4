// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/guards/limits.h"

#include <algorithm>
#include <cmath>

namespace trueup {
namespace {

/// What one night may do, several may too, as long as that is less than 30 % of all.
constexpr double kMostOfNights = 0.27;

std::uint64_t part(double share, std::uint64_t all) {
  return static_cast<std::uint64_t>(std::floor(share * static_cast<double>(all)));
}

std::uint64_t limit_above(std::uint64_t floor, const Threshold& t, std::uint64_t all, double cap) {
  return std::max(
      {std::min(floor, t.count), std::min(t.count, part(cap, all)), part(t.share, all)});
}

}  // namespace

std::uint64_t floor_of(std::uint64_t all) {
  return std::min<std::uint64_t>(10, std::max<std::uint64_t>(3, all / 2));
}

std::uint64_t plan_limit(const Threshold& t, std::uint64_t all, double cap) {
  return limit_above(floor_of(all), t, all, cap);
}

std::uint64_t severe_limit(const Threshold& t, std::uint64_t all) {
  return limit_above(floor_of(all / 2), t, all, kCap);
}

std::uint64_t holder_limit(const Threshold& t, std::uint64_t holders) {
  return std::max(part(t.share, holders), std::min(floor_of(holders), t.count));
}

std::uint64_t growth_limit(const Threshold& t, std::uint64_t last) {
  return std::max(part(t.share, last), std::min(floor_of(last), t.count));
}

std::uint64_t least_left(const Threshold& t, std::uint64_t last) {
  if (last == 0) return 0;
  const std::uint64_t allowed = std::max(t.count, part(t.share, last));
  return allowed >= last ? 1 : last - allowed;
}

std::uint64_t creep_limit(const Threshold& t, const Threshold& one, std::uint64_t limit,
                          std::uint64_t all) {
  const std::uint64_t nightly =
      std::max(limit_above(0, one, all, kCap), std::min(limit, part(kMostOfNights, all)));
  return std::min(3 * limit, std::max({t.count, part(t.share, all), nightly}));
}

std::uint64_t creep_limit_of_changed(const Threshold& t, std::uint64_t limit, std::uint64_t all) {
  return std::max({limit, t.count, part(2.5 * t.share, all)});
}

}  // namespace trueup
