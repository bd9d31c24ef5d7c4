// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/reconnect_backoff.h"

#include <algorithm>

namespace trueup {
namespace {

constexpr Clock::Duration kFirstPause = std::chrono::milliseconds(100);
constexpr Clock::Duration kLongestPause = std::chrono::seconds(5);

}  // namespace

void ReconnectBackoff::failed(const std::string& why, bool unreachable, Clock::TimePoint now) {
  why_ = why;
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  next_try_ = now + pause_;
  if (unreachable && !unreachable_) unreachable_since_ = now;
  unreachable_ = unreachable;
}

void ReconnectBackoff::over(Clock::TimePoint now) {
  pause_ = {};
  next_try_ = now + kFirstPause;
  unreachable_ = false;
}

void ReconnectBackoff::give_up(const std::string& why) {
  why_ = why;
  hopeless_ = true;
}

}  // namespace trueup
