// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/token_bucket.h"

#include <algorithm>
#include <cmath>

namespace trueup {
namespace {

constexpr double kBurstSeconds = 0.05;

}  // namespace

TokenBucket::TokenBucket(double max_changes_per_second, Clock::TimePoint now)
    : rate_(max_changes_per_second),
      burst_(std::max(1.0, rate_ * kBurstSeconds)),
      tokens_(1),
      filled_(now) {}

void TokenBucket::set_rate(double max_changes_per_second, Clock::TimePoint now) {
  if (max_changes_per_second == rate_) return;
  *this = TokenBucket(max_changes_per_second, now);
}

double TokenBucket::tokens_at(Clock::TimePoint now) const {
  const double seconds = std::chrono::duration<double>(now - filled_).count();
  return std::min(burst_, tokens_ + std::max(0.0, seconds) * rate_);
}

bool TokenBucket::take(Clock::TimePoint now) {
  if (rate_ <= 0) return true;
  const double tokens = tokens_at(now);
  if (tokens < 1) return false;
  tokens_ = tokens - 1;
  filled_ = now;
  return true;
}

Clock::Duration TokenBucket::wait(Clock::TimePoint now) const {
  if (rate_ <= 0) return {};
  const double missing = 1 - tokens_at(now);
  if (missing <= 0) return {};
  // Rounded up: a wait that ends a moment early would find no token.
  const std::chrono::duration<double, Clock::Duration::period> ticks =
      std::chrono::duration<double>(missing / rate_);
  return Clock::Duration(static_cast<Clock::Duration::rep>(std::ceil(ticks.count())) + 1);
}

}  // namespace trueup
