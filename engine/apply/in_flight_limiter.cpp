// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/in_flight_limiter.h"

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
constexpr milliseconds kSteadyRound{10};
constexpr unsigned kFewAnswers = 24;     // more are waited for,
constexpr unsigned kManyBaseTrips = 12;  // but for no more round trips than this:
constexpr unsigned kManyTrialTrips = 2;  // most answers are to come at the base.
constexpr unsigned kBaseTrips = 3;

// Slow start goes on if four times as much in flight brings a sixth more, which may be noise: only
// a short look at a high limit is lost.
constexpr double kSlowStartGain = 0.1;  // of log(rate) for log(limit)
// More in flight must bring at least this much, or it is only more latency.
constexpr double kWorth = 0.05;  // of log(rate) for log(limit)
// A stall in one round must not outweigh twenty others.
constexpr double kClip = 0.35;
constexpr double kClearlyFaster = 0.4;
// Of what a trial tells, this is believed: much at first, then as the noise (a variance) allows.
constexpr double kGain = 0.01;  // divided by the noise
constexpr double kLeastGain = 0.35;
constexpr double kMostGain = 0.6;

// A quarter of the limit is tried now and then; if that is no slower, the limit is far too high.
constexpr unsigned kFarLowerEvery = 40;  // rounds
constexpr unsigned kFirstFarLower = 12;
constexpr double kSlower = 0.05;  // more than this is slower
constexpr double kProof = 20;     // of no slower, times the noise
constexpr double kDisproof = 0.3;
// At the operator's maximum there is no higher limit to try, and a lower one costs.
constexpr unsigned kTopTrialEvery = 12;  // rounds

// Another server, or another way to it, than before: a third slower or half faster, three times.
constexpr double kFarOff = 0.45;
constexpr int kLastingly = 3;

// One object's own trouble must not halve the limit, nor 5 % of all; a fifth of the last 64 or so
// does.
constexpr double kMuchOverloaded = 0.2;
constexpr double kSomeOverloaded = 0.02;  // less in flight may do better
// What is refused must be sent again: that is worse than to be slower by one.
constexpr double kOverloadCost = 2;
// What was too much is not tried again at once.
constexpr unsigned kFirstWait = 8;  // rounds
constexpr unsigned kLongestWait = 256;
// A refusal comes sooner than a success: in a row they mean that all is refused only if nothing was
// taken for twice as long as that takes, or if they are many.
constexpr unsigned kSeveralOverloaded = 8;
constexpr unsigned kManyOverloaded = 64;
constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{1000};

// More than double, or the noise would drown what it brings.
std::size_t higher(std::size_t base, std::size_t most) {
  return std::min(std::max<std::size_t>(3 * base, 4), most);
}
std::size_t lower(std::size_t base) { return std::max<std::size_t>(1, base * 2 / 3); }
std::size_t far_lower(std::size_t base) { return std::max<std::size_t>(1, base / 4); }

}  // namespace

InFlightLimiter::InFlightLimiter(const LimiterOptions& options, Clock::TimePoint now)
    : most_(std::max<std::size_t>(options.most, 1)), last_taken_(now), alone_until_(now) {
  const std::size_t first = std::clamp<std::size_t>(options.first, 1, most_);
  set_base(std::log(static_cast<double>(first)));
  log_good_base_ = log_base_;
  until_far_lower_ = kFirstFarLower;
  start_round(first, now);
}

std::size_t InFlightLimiter::base() const {
  return std::clamp<std::size_t>(static_cast<std::size_t>(std::lround(std::exp(log_base_))), 1,
                                 most_);
}

void InFlightLimiter::set_base(double log_base) {
  log_base_ = std::clamp(log_base, 0.0, std::log(static_cast<double>(most_)));
}

std::size_t InFlightLimiter::limit(Clock::TimePoint now) const {
  return phase_ == Phase::kAlone && now < alone_until_ ? 0 : limit_;
}

void InFlightLimiter::on_answer(Answer answer, Clock::Duration latency, std::size_t in_flight,
                                Clock::TimePoint now) {
  const Clock::TimePoint sent = now - latency;
  const bool taken = answer == Answer::kTaken;
  if (taken) {
    overloaded_in_a_row_ = 0;
    last_taken_ = now;
    usual_latency_ += (latency - usual_latency_) / 16;
  } else {
    ++overloaded_in_a_row_;
  }
  const bool counts = sent >= round_.since;
  if (phase_ == Phase::kAlone) {
    // The last answers of before neither end the pause nor lengthen it.
    if (!counts) return;
    if (!taken) return leave_alone(now);
    phase_ = Phase::kRamp;
    return start_round(std::min<std::size_t>(2, base()), now);
  }
  if (overloaded_in_a_row_ >= kManyOverloaded ||
      (overloaded_in_a_row_ >= kSeveralOverloaded && now - last_taken_ > 2 * usual_latency_)) {
    return leave_alone(now);
  }
  if (!counts) return;
  overloaded_share_ += ((taken ? 0 : 1) - overloaded_share_) / 64;
  if (!taken) {
    ++round_.overloaded;
    if (overloaded_share_ > kMuchOverloaded) return halve(now);
  }
  if (!round_.begun) {
    if (phase_ == Phase::kRamp) return ramp(now);
    round_.begun = true;
    round_.begin = round_.trip = now;
    return;
  }
  if (taken) ++round_.taken;
  if (in_flight >= limit_) ++round_.full;
  if (sent >= round_.trip) {
    round_.trip = now;
    ++round_.trips;
    end_round(now);
  }
}

void InFlightLimiter::start_round(std::size_t limit, Clock::TimePoint now) {
  limit_ = limit;
  peak_ = std::max(peak_, limit);
  round_ = {};
  round_.since = now;
}

/// Goes on under the same limit.
void InFlightLimiter::next_round(Clock::TimePoint now) {
  const Clock::TimePoint since = round_.since;
  round_ = {};
  round_.since = since;
  round_.begin = round_.trip = now;
  round_.begun = true;
}

/// Called at the end of each round trip.
void InFlightLimiter::end_round(Clock::TimePoint now) {
  const bool starting = phase_ == Phase::kSlowStart;
  if (now - round_.begin < (starting ? kSlowStartRound : kSteadyRound)) return;
  if (!starting) {
    const bool trial = step_ == 1;
    if (round_.trips < (trial ? 1 : kBaseTrips)) return;
    const unsigned many_trips = trial ? kManyTrialTrips : kManyBaseTrips;
    if (round_.taken + round_.overloaded < kFewAnswers && round_.trips < many_trips) return;
  }
  if (2 * round_.full < round_.trips) {
    // Something else held the sending back: this says nothing about the limit.
    if (!starting) {
      step_ = 0;
      if (limit_ != base()) return start_round(base(), now);
    }
    return next_round(now);
  }
  if (round_.overloaded == 0) log_good_base_ = log_base_;
  const double seconds = std::chrono::duration<double>(now - round_.begin).count();
  const double good = std::max(0.1, round_.taken - kOverloadCost * round_.overloaded);
  const double rate = std::log(good / seconds);
  if (starting) {
    slow_start(rate, now);
  } else {
    steady(rate, now);
  }
}

/// Called at the first answer to what was sent under each limit: a round trip after the last one.
void InFlightLimiter::ramp(Clock::TimePoint now) {
  if (2 * limit_ < base()) return start_round(2 * limit_, now);
  pause_ = {};
  start_steady(now);
}

void InFlightLimiter::slow_start(double rate, Clock::TimePoint now) {
  const double limit = std::log(static_cast<double>(limit_));
  bool pays = true;
  if (!slower_) {
    set_base(limit);
  } else {
    const double gain = rate - slower_->rate;
    pays = gain > kSlowStartGain * (limit - slower_->limit);
    // Up to where the server is busy all the time, rate and limit are proportional; that is where
    // they part.
    if (pays) set_base(std::min(limit, slower_->limit + gain));
    if (gain > kClearlyFaster) until_far_lower_ = kFarLowerEvery;  // as was just seen
  }
  slower_ = {limit, rate};
  if (pays && limit_ < most_) return start_round(std::min(4 * limit_, most_), now);
  trials_ = 0;
  until_top_trial_ = kTopTrialEvery;
  start_steady(now);
}

void InFlightLimiter::start_steady(Clock::TimePoint now) {
  phase_ = Phase::kSteady;
  step_ = 0;
  usual_.reset();
  off_ = 0;
  evidence_ = 0;
  start_round(base(), now);
}

/// Slow start again, from well below: the new best may be on either side.
void InFlightLimiter::restart(Clock::TimePoint now) {
  const std::size_t low = std::max<std::size_t>(1, base() / 4);
  phase_ = Phase::kSlowStart;
  slower_.reset();
  until_far_lower_ = kFirstFarLower;
  set_base(std::log(static_cast<double>(low)));
  start_round(low, now);
}

void InFlightLimiter::steady(double rate, Clock::TimePoint now) {
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
    case Trial::kHigher: return start_round(higher(base_now, most_), now);
    case Trial::kLower: return start_round(lower(base_now), now);
    default: return start_round(far_lower(base_now), now);
  }
}

/// Takes note of a rate at base; true if it is lastingly another than it was.
bool InFlightLimiter::changed(double rate) {
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

void InFlightLimiter::choose_trial() {
  trial_ = Trial::kHigher;
  if (until_far_lower_ == 0 && base() >= 2) {
    trial_ = Trial::kFarLower;
  } else if (base() == most_) {
    trial_ = until_top_trial_ == 0 && most_ > 1 ? Trial::kLower : Trial::kNone;
    if (trial_ == Trial::kLower) until_top_trial_ = kTopTrialEvery;
  } else if (overloaded_share_ > kSomeOverloaded && trials_ % 2 == 0 && base() > 1) {
    trial_ = Trial::kLower;
  } else if (until_higher_ > 0) {
    trial_ = Trial::kNone;
  }
}

void InFlightLimiter::judge_trial(double after) {
  if (trial_ == Trial::kFarLower) {
    const double slower = during_ - (before_ + after) / 2;
    evidence_ += std::clamp(slower, -2 * kClip, kClip) + kSlower;
    if (evidence_ > std::clamp(kProof * noise_, 0.1, 0.4)) {
      set_base(log_base_ - kDouble);
      evidence_ = 0;
    } else if (evidence_ < -kDisproof) {
      evidence_ = 0;
      until_far_lower_ = kFarLowerEvery;
    }
    return;
  }
  if (trial_ == Trial::kHigher) higher_wait_ = 0;
  const double with_trial =
      static_cast<double>(trial_ == Trial::kHigher ? higher(base(), most_) : lower(base()));
  const double ratio = std::log(with_trial / static_cast<double>(base()));
  const double faster = during_ - std::max(before_, after);
  if (trial_ == Trial::kHigher && faster > kClearlyFaster) {
    usual_ = during_;
    return set_base(log_base_ + std::min(faster, ratio));
  }
  // Each round is clipped by itself: a stall then weighs the same wherever it falls.
  const auto clipped = [&](double rate) { return std::clamp(rate - *usual_, -kClip, kClip); };
  double gain = clipped(during_) - (clipped(before_) + clipped(after)) / 2 - kWorth * ratio;
  if (ratio < 0) gain = -gain;
  const double noise = clipped(after) - clipped(before_);
  noise_ += 0.1 * (noise * noise / 2 - noise_);
  ++trials_;
  const double trust =
      std::max(1 / (1 + 0.5 * trials_), std::clamp(kGain / noise_, kLeastGain, kMostGain));
  set_base(log_base_ + trust * gain);
}

/// At most once per round trip: what is in flight now does not count any more.
void InFlightLimiter::halve(Clock::TimePoint now) {
  ++halvings_;
  if (limit_ > base()) {
    higher_wait_ = std::min(std::max(2 * higher_wait_, kFirstWait), kLongestWait);
    until_higher_ = higher_wait_;
  }
  set_base(std::min(log_base_, std::log(static_cast<double>(limit_)) - kDouble));
  overloaded_share_ = 0;
  start_steady(now);
}

void InFlightLimiter::leave_alone(Clock::TimePoint now) {
  ++pauses_;
  pause_ = std::clamp<Clock::Duration>(2 * pause_, kFirstPause, kLongestPause);
  alone_until_ = now + pause_;
  phase_ = Phase::kAlone;
  overloaded_in_a_row_ = 0;
  overloaded_share_ = 0;
  set_base(log_good_base_);
  start_round(1, alone_until_);
}

}  // namespace trueup
