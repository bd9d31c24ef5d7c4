// SPDX-License-Identifier: Apache-2.0
// When to try to reach a directory again whose connections are lost, and when to give it up. Used
// by engine/apply. One thread.
#pragma once

#include <string>

#include "engine/apply/clock.h"

namespace trueup {

class ReconnectBackoff {
 public:
  explicit ReconnectBackoff(Clock::Duration longest) : longest_(longest) {}

  /// True if it is time to try. The first try is at once.
  bool due(Clock::TimePoint now) const { return !hopeless_ && now >= next_try_; }
  Clock::TimePoint next_try() const { return next_try_; }

  /// A try failed. `unreachable`: no connection is left at all.
  void failed(const std::string& why, bool unreachable, Clock::TimePoint now);
  /// All connections are open. One that is lost at once again is not opened again at once.
  void over(Clock::TimePoint now);
  /// Trying again is no use.
  void give_up(const std::string& why);

  bool hopeless() const { return hopeless_; }
  /// True if nothing was reachable for too long.
  bool too_long(Clock::TimePoint now) const {
    return unreachable_ && now - unreachable_since_ >= longest_;
  }
  const std::string& why() const { return why_; }

 private:
  Clock::Duration longest_;
  Clock::Duration pause_{};
  Clock::TimePoint next_try_{};
  bool unreachable_ = false;
  Clock::TimePoint unreachable_since_{};
  bool hopeless_ = false;
  std::string why_;
};

}  // namespace trueup
