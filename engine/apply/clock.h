// SPDX-License-Identifier: Apache-2.0
// Time as the stages see it, so that tests of pace and retries need not wait.
#pragma once

#include <chrono>

namespace trueup {

class Clock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
  virtual void sleep_for(Duration duration) = 0;
};

/// The real one: monotonic.
class SteadyClock : public Clock {
 public:
  TimePoint now() const override;
  void sleep_for(Duration duration) override;
};

}  // namespace trueup
