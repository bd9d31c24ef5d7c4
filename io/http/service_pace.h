// SPDX-License-Identifier: Apache-2.0
// How many requests a service takes at once, and since when it has been out: halves the number when
// the service throttles, and lets it grow again by one for every few successes. Used by the Graph
// client; one thread.
#pragma once

#include <chrono>
#include <cstddef>

namespace trueup {

class ServicePace {
 public:
  using MonotonicClock = std::chrono::steady_clock;

  ServicePace(std::size_t most, std::chrono::seconds longest_outage)
      : most_(most), limit_(most), longest_outage_(longest_outage) {}

  std::size_t limit() const { return limit_; }
  /// Nothing is to be sent before that.
  MonotonicClock::time_point held_until() const { return held_until_; }

  /// There is something to do again, after there was nothing.
  void begin(MonotonicClock::time_point now);
  void succeeded(MonotonicClock::time_point now);
  /// A request sent at `sent` was turned away. The answers to requests that were under way together
  /// count once.
  void throttled(MonotonicClock::time_point sent, MonotonicClock::time_point now);
  /// The service asked not to be asked for `wait`, which is not its being out.
  void hold(std::chrono::milliseconds wait, MonotonicClock::time_point now);
  /// It may not be asked for `wait`: that is longer than an outage may last, or, with what it asked
  /// for since the last success, ten times as long.
  bool asks_too_much(std::chrono::milliseconds wait, MonotonicClock::time_point now) const;
  /// Without a success for too long.
  bool out(MonotonicClock::time_point now) const { return now - alive_ > longest_outage_; }

 private:
  std::size_t most_;
  std::size_t limit_;
  std::size_t successes_ = 0;  // since the limit last changed
  std::chrono::seconds longest_outage_;
  MonotonicClock::time_point alive_{};
  MonotonicClock::time_point held_until_{};
  MonotonicClock::duration held_{};  // since the last success
  MonotonicClock::time_point halved_{};
};

}  // namespace trueup
