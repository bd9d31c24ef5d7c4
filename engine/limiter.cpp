// SPDX-License-Identifier: Apache-2.0
#include "engine/limiter.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace trueup {
namespace {

using std::chrono::milliseconds;

// Rates are compared by their logarithm; kDouble is that of twice as fast.
constexpr double kDouble = 0.693;

// Rounds: long enough to be more than noise, short enough for a run of half a second.
constexpr milliseconds kSlowStartRound{8};
constexpr milliseconds kSteadyRound{16};
constexpr unsigned kFewAnswers = 24;  // more are waited for,
constexpr unsigned kManyTrips = 8;    // but not with a few in flight for longer than this

// Slow start goes on if four times as much in flight brings three times the rate.
constexpr double kSlowStartGain = 0.75;  // of log(rate) for log(limit)
// More in flight must bring at least this much, or it is only more latency.
constexpr double kWorth = 0.05;  // of log(rate) for log(limit)
// A stall in one round must not outweigh twenty others.
constexpr double kClip = 0.35;
constexpr double kClearlyFaster = 0.4;
// Of what a trial tells, this is believed: much at first, then little, because of the noise.
constexpr double kGain = 0.25;

// A quarter of the limit is tried now and then; if that is no slower, the limit is far too high.
constexpr unsigned kFarLowerEvery = 64;  // rounds
constexpr unsigned kFirstFarLower = 12;
constexpr double kNoSlower = -0.12;
constexpr double kFarLowerStep = 0.405;  // log 1.5
// At the operator's maximum there is no higher limit to try, and a lower one costs.
constexpr unsigned kTopTrialEvery = 12;  // rounds

// Another server, or another way to it, than before: a third slower or half faster, three times.
constexpr double kFarOff = 0.45;
constexpr int kLastingly = 3;

// An overloaded answer costs the server about as much as this many changes are worth.
constexpr double kOverloadCost = 5;
// What was too much is not tried again at once.
constexpr unsigned kFirstWait = 8;  // rounds
constexpr unsigned kLongestWait = 256;
constexpr unsigned kAllOverloaded = 8;  // in a row
constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{1000};

}  // namespace

Limiter::Limiter(const LimiterOptions& options, Clock::TimePoint now)
    : most_(std::max<std::size_t>(options.most, 1)), alone_until_(now) {
  const std::size_t first = std::clamp<std::size_t>(options.first, 1, most_);
  set_base(std::log(static_cast<double>(first)));
  start_round(first, now);
}

std::size_t Limiter::base() const {
  return std::clamp<std::size_t>(static_cast<std::size_t>(std::lround(std::exp(log_base_))), 1,
                                 most_);
}

void Limiter::set_base(double log_base) {
  log_base_ = std::clamp(log_base, 0.0, std::log(static_cast<double>(most_)));
}

std::size_t Limiter::limit(Clock::TimePoint now) const {
  return phase_ == Phase::kAlone && now < alone_until_ ? 0 : limit_;
}

void Limiter::on_answer(Answer answer, Clock::Duration latency, std::size_t in_flight,
                        Clock::TimePoint now) {
  const Clock::TimePoint sent = now - latency;
  const bool taken = answer == Answer::kTaken;
  overloaded_in_a_row_ = taken ? 0 : overloaded_in_a_row_ + 1;
  if (sent < round_.since) {
    // In kAlone these are the last of before, which neither end the pause nor lengthen it.
    if (phase_ != Phase::kAlone && overloaded_in_a_row_ >= kAllOverloaded) leave_alone(now);
    return;
  }
  if (phase_ == Phase::kAlone) {
    if (!taken) return leave_alone(now);
    phase_ = Phase::kRamp;
    return start_round(std::min<std::size_t>(2, base()), now);
  }
  if (!taken) {
    if (overloaded_in_a_row_ >= kAllOverloaded) return leave_alone(now);
    ++round_.overloaded;
    // One alone may be an object's own trouble.
    if (++round_.overloaded_in_trip >= std::max<std::size_t>(2, limit_ / 8)) return halve(now);
  }
  if (!round_.begun) {
    round_.begun = true;
    round_.begin = round_.trip = now;
    return;
  }
  if (taken) ++round_.taken;
  if (in_flight >= limit_) ++round_.full;
  if (sent >= round_.trip) {
    round_.trip = now;
    round_.overloaded_in_trip = 0;
    ++round_.trips;
    end_round(now);
  }
}

void Limiter::start_round(std::size_t limit, Clock::TimePoint now) {
  limit_ = limit;
  peak_ = std::max(peak_, limit);
  round_ = {};
  round_.since = now;
}

/// Goes on under the same limit.
void Limiter::next_round(Clock::TimePoint now) {
  const Clock::TimePoint since = round_.since;
  round_ = {};
  round_.since = since;
  round_.begin = round_.trip = now;
  round_.begun = true;
}

/// Called at the end of each round trip.
void Limiter::end_round(Clock::TimePoint now) {
  if (phase_ == Phase::kRamp) {
    if (2 * limit_ < base()) return start_round(2 * limit_, now);
    pause_ = {};
    phase_ = Phase::kSlowStart;
    slower_rate_.reset();
    return start_round(base(), now);
  }
  const bool starting = phase_ == Phase::kSlowStart;
  if (now - round_.begin < (starting ? kSlowStartRound : kSteadyRound)) return;
  if (!starting) {
    if (round_.trips < 2) return;
    if (round_.taken + round_.overloaded < kFewAnswers && round_.trips < kManyTrips) return;
  }
  if (2 * round_.full < round_.trips) {
    // Something else held the sending back: this says nothing about the limit.
    if (!starting) {
      step_ = 0;
      if (limit_ != base()) return start_round(base(), now);
    }
    return next_round(now);
  }
  const double seconds = std::chrono::duration<double>(now - round_.begin).count();
  const double good = std::max(0.1, round_.taken - kOverloadCost * round_.overloaded);
  const double rate = std::log(good / seconds);
  if (starting) {
    slow_start(rate, now);
  } else {
    steady(rate, now);
  }
}

void Limiter::slow_start(double rate, Clock::TimePoint now) {
  const double limit = std::log(static_cast<double>(limit_));
  const double gain = slower_rate_ ? rate - *slower_rate_ : 0;
  const bool pays = !slower_rate_ || gain > kSlowStartGain * (limit - log_base_);
  // Up to where the server is busy all the time, rate and limit are proportional; that is where
  // they part.
  set_base(pays ? limit : log_base_ + std::max(gain, 0.0));
  slower_rate_ = slower_rate_ ? std::max(rate, *slower_rate_) : rate;
  if (pays && limit_ < most_) return start_round(std::min(4 * limit_, most_), now);
  usual_ = slower_rate_;
  phase_ = Phase::kSteady;
  step_ = 0;
  off_ = 0;
  trials_ = 0;
  far_lower_no_worse_ = 0;
  until_far_lower_ = kFirstFarLower;
  until_top_trial_ = kTopTrialEvery;
  start_round(base(), now);
}

/// Slow start again, from well below: the new best may be on either side.
void Limiter::restart(Clock::TimePoint now) {
  const std::size_t low = std::max<std::size_t>(1, base() / 4);
  phase_ = Phase::kSlowStart;
  slower_rate_.reset();
  usual_.reset();
  set_base(std::log(static_cast<double>(low)));
  start_round(low, now);
}

void Limiter::steady(double rate, Clock::TimePoint now) {
  if (until_far_lower_ > 0) --until_far_lower_;
  if (until_top_trial_ > 0) --until_top_trial_;
  if (until_higher_ > 0) --until_higher_;
  if (step_ == 1) {
    during_ = rate;
    step_ = 2;
    return start_round(base(), now);
  }
  if (changed(rate)) return restart(now);
  if (step_ == 2) judge_trial(rate);
  step_ = 0;
  if (base() != limit_) return start_round(base(), now);
  choose_trial();
  if (trial_ == Trial::kNone) return next_round(now);
  before_ = rate;
  step_ = 1;
  const std::size_t base_now = base();
  switch (trial_) {
    case Trial::kHigher: return start_round(std::min(2 * base_now, most_), now);
    case Trial::kLower: return start_round(std::max<std::size_t>(1, base_now * 2 / 3), now);
    default: return start_round(base_now / 4, now);
  }
}

/// Takes note of a rate at base; true if it is lastingly another than it was.
bool Limiter::changed(double rate) {
  if (!usual_) usual_ = rate;
  const double off = rate - *usual_;
  if (std::abs(off) < kFarOff) {
    off_ = 0;
  } else {
    off_ = off > 0 ? std::max(off_, 0) + 1 : std::min(off_, 0) - 1;
    if (std::abs(off_) >= kLastingly) {
      off_ = 0;
      return true;
    }
  }
  *usual_ += 0.2 * std::clamp(off, -kClip, kClip);
  return false;
}

void Limiter::choose_trial() {
  trial_ = Trial::kHigher;
  if (until_far_lower_ == 0 && base() >= 4) {
    trial_ = Trial::kFarLower;
  } else if (base() == most_) {
    trial_ = until_top_trial_ == 0 && most_ > 1 ? Trial::kLower : Trial::kNone;
    if (trial_ == Trial::kLower) until_top_trial_ = kTopTrialEvery;
  } else if (until_higher_ > 0) {
    trial_ = Trial::kNone;
  }
}

void Limiter::judge_trial(double after) {
  if (trial_ == Trial::kFarLower) {
    if (during_ - (before_ + after) / 2 < kNoSlower) {
      far_lower_no_worse_ = 0;
      until_far_lower_ = kFarLowerEvery;
    } else if (++far_lower_no_worse_ >= 2) {
      set_base(log_base_ - kFarLowerStep);
    }
    return;
  }
  if (trial_ == Trial::kHigher) higher_wait_ = 0;
  const double with_trial = static_cast<double>(
      trial_ == Trial::kHigher ? std::min(2 * base(), most_)
                               : std::max<std::size_t>(1, base() * 2 / 3));
  const double ratio = std::log(with_trial / static_cast<double>(base()));
  if (trial_ == Trial::kHigher && during_ - std::max(before_, after) > kClearlyFaster) {
    usual_ = during_;
    return set_base(log_base_ + ratio);
  }
  // Each round is clipped by itself: a stall then weighs the same wherever it falls.
  const auto clipped = [&](double rate) { return std::clamp(rate - *usual_, -kClip, kClip); };
  double gain = clipped(during_) - (clipped(before_) + clipped(after)) / 2 - kWorth * ratio;
  if (ratio < 0) gain = -gain;
  ++trials_;
  set_base(log_base_ + std::max(kGain, 1 / (1 + 0.5 * trials_)) * gain);
}

/// At most once per round trip: what is in flight now does not count any more.
void Limiter::halve(Clock::TimePoint now) {
  ++halvings_;
  higher_wait_ = std::min(std::max(2 * higher_wait_, kFirstWait), kLongestWait);
  until_higher_ = higher_wait_;
  set_base(std::min(log_base_, std::log(static_cast<double>(limit_)) - kDouble));
  phase_ = Phase::kSteady;
  step_ = 0;
  usual_.reset();
  start_round(base(), now);
}

void Limiter::leave_alone(Clock::TimePoint now) {
  ++pauses_;
  pause_ = std::clamp<Clock::Duration>(2 * pause_, kFirstPause, kLongestPause);
  alone_until_ = now + pause_;
  phase_ = Phase::kAlone;
  overloaded_in_a_row_ = 0;
  start_round(1, alone_until_);
}

}  // namespace trueup
