// SPDX-License-Identifier: Apache-2.0
// How many requests may be in flight to one directory server: found out from its answers while the
// work goes on, never over the operator's maximum. Used by engine/apply. One thread.
//
// What is compared is throughput at two limits tried in turn, W and 3 W, as PCC Vivace does (Dong
// et al., NSDI 2018), not short with long latency as Vegas and Gradient2 do: those take all latency
// above that of an idle server for a queue, but slapd still gets faster when its latency has risen
// tenfold (measured: 40 % from 8 to 128 in flight). While the limit binds, latency is limit /
// throughput, so the two say the same; throughput needs no idle server to compare with, and
// neighbours in time share their noise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "engine/apply/clock.h"

namespace trueup {

struct LimiterOptions {
  std::size_t most = 128;  // the operator's maximum, over all connections
  std::size_t first = 8;   // to start with
};

class InFlightLimiter {
 public:
  InFlightLimiter(const LimiterOptions& options, Clock::TimePoint now);

  /// Requests that may be in flight now; 0 while the server is left alone (see wake()).
  std::size_t limit(Clock::TimePoint now) const;
  /// When limit() may rise without an answer; `now` or before if it does not wait for a time.
  Clock::TimePoint wake() const { return alone_until_; }

  enum class Answer { kTaken, kOverloaded };
  /// One answer (or timeout) of a request that was sent when `in_flight` were in flight, itself
  /// included. kOverloaded: busy, unavailable, adminLimitExceeded, a timeout, a lost connection.
  /// `now` less `latency` is to be the time at which it was sent, by the clock that limit() is
  /// asked by: what was sent under an earlier limit tells nothing about this one.
  void on_answer(Answer answer, Clock::Duration latency, std::size_t in_flight,
                 Clock::TimePoint now);

  // For reports.
  std::size_t base() const;  // what the limit comes back to between trials
  std::size_t peak() const { return peak_; }
  std::uint64_t halvings() const { return halvings_; }
  std::uint64_t pauses() const { return pauses_; }  // times the server was left alone

 private:
  enum class Phase : std::uint8_t {
    kSlowStart,  // times four while that pays
    kSteady,     // base, trial, base, ...
    kAlone,      // nothing is sent until alone_until_, then one probe
    kRamp        // the probe was taken: doubles with each round trip up to base
  };
  enum class Trial : std::uint8_t { kNone, kHigher, kLower, kFarLower };

  /// Answers to what was sent under one limit. A round trip ends with the first answer to something
  /// sent after its begin, so a round of whole trips has whole waves of answers.
  struct Round {
    Clock::TimePoint since;  // nothing sent before counts
    Clock::TimePoint begin;  // of the first trip
    Clock::TimePoint trip;   // begin of this one
    unsigned trips = 0;
    unsigned taken = 0;
    unsigned overloaded = 0;
    unsigned full = 0;  // how many were sent at the limit
    bool begun = false;
  };

  void start_round(std::size_t limit, Clock::TimePoint now);
  void next_round(Clock::TimePoint now);
  void end_round(Clock::TimePoint now);
  void ramp(Clock::TimePoint now);
  void slow_start(double rate, Clock::TimePoint now);
  void restart(Clock::TimePoint now);
  void start_steady(Clock::TimePoint now);
  void steady(double rate, Clock::TimePoint now);
  bool changed(double rate);
  void judge_trial(double after);
  void choose_trial();
  void set_base(double log_base);
  void halve(Clock::TimePoint now);
  void leave_alone(Clock::TimePoint now);

  std::size_t most_;
  Phase phase_ = Phase::kSlowStart;
  std::size_t limit_ = 0;
  double log_base_ = 0;
  Round round_;

  struct Point {  // logarithms
    double limit, rate;
  };
  std::optional<Point> slower_;  // in slow start, a quarter of the limit

  Trial trial_ = Trial::kNone;
  unsigned step_ = 0;               // of base, trial, base
  double before_ = 0, during_ = 0;  // rates in it. All rates here are logarithms.
  std::optional<double> usual_;     // rate at base, averaged
  int off_ = 0;                     // base rounds in a row far over (+) or under (-) the usual rate
  double noise_ = 0.02;             // variance of a rate
  unsigned trials_ = 0;             // since slow start
  unsigned until_far_lower_ = 0;    // rounds
  unsigned until_top_trial_ = 0;
  unsigned until_higher_ = 0;
  unsigned higher_wait_ = 0;  // the last, after an overload
  double evidence_ = 0;       // that a quarter of the limit is no slower

  double log_good_base_ = 0;  // at which nothing was refused
  unsigned overloaded_in_a_row_ = 0;
  double overloaded_share_ = 0;  // of the last answers
  Clock::TimePoint last_taken_;
  Clock::Duration usual_latency_{};
  Clock::TimePoint alone_until_;
  Clock::Duration pause_{};

  std::size_t peak_ = 0;
  std::uint64_t halvings_ = 0;
  std::uint64_t pauses_ = 0;
};

}  // namespace trueup
