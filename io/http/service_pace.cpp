// SPDX-License-Identifier: Apache-2.0
#include "io/http/service_pace.h"

#include <algorithm>

namespace trueup {
namespace {

constexpr std::size_t kSuccessesForOneMore = 8;
constexpr int kOutagesInARow = 10;

}  // namespace

void ServicePace::begin(MonotonicClock::time_point now) { alive_ = std::max(now, held_until_); }

void ServicePace::succeeded(MonotonicClock::time_point now) {
  alive_ = std::max(alive_, now);
  held_ = {};
  if (limit_ >= most_ || ++successes_ < kSuccessesForOneMore) return;
  ++limit_;
  successes_ = 0;
}

void ServicePace::throttled(MonotonicClock::time_point sent, MonotonicClock::time_point now) {
  if (sent < halved_) return;
  limit_ = std::max<std::size_t>(limit_ / 2, 1);
  successes_ = 0;
  halved_ = now;
}

bool ServicePace::asks_too_much(std::chrono::milliseconds wait,
                                MonotonicClock::time_point now) const {
  if (wait > longest_outage_) return true;
  const MonotonicClock::duration longer = now + wait - std::max(held_until_, now);
  return held_ + longer > longest_outage_ * kOutagesInARow;
}

void ServicePace::hold(std::chrono::milliseconds wait, MonotonicClock::time_point now) {
  const MonotonicClock::time_point until = now + wait;
  if (until <= held_until_) return;
  const MonotonicClock::duration longer = until - std::max(held_until_, now);
  alive_ += longer;
  held_ += longer;
  held_until_ = until;
}

}  // namespace trueup
