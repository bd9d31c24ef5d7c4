// SPDX-License-Identifier: Apache-2.0
// Keeps the writer under the operator's rate. Used by engine/apply. One thread.
#pragma once

#include "engine/apply/clock.h"

namespace trueup {

/// A token bucket: on average at most `max_changes_per_second`, in bursts of what 50 ms allow (so
/// that a stall is not made up for by a wave). 0 means no limit.
class TokenBucket {
 public:
  TokenBucket(double max_changes_per_second, Clock::TimePoint now);

  /// From `now` on another rate.
  void set_rate(double max_changes_per_second, Clock::TimePoint now);
  /// Takes one token if there is one.
  bool take(Clock::TimePoint now);
  /// How long from `now` until there is one; zero if there is one already.
  Clock::Duration wait(Clock::TimePoint now) const;

 private:
  double tokens_at(Clock::TimePoint now) const;

  double rate_;
  double burst_;
  double tokens_;
  Clock::TimePoint filled_;
};

}  // namespace trueup
