// SPDX-License-Identifier: Apache-2.0
// A directory server and the way to it, in virtual time and the same in every run, for the tests of
// the limit in flight. Requests wait in one queue; workers take them out one by one or all that
// wait; noise makes intervals of 20 to 50 ms slower or faster, and now and then all stands still.
// What is refused is sent again at once.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <queue>
#include <random>
#include <utility>
#include <vector>

#include "engine/apply/in_flight_limiter.h"

namespace trueup {

struct ServerModel {
  double service_us = 100;  // each request
  double commit_us = 0;     // each time a worker takes what waits; with 0 it takes one by one
  std::size_t most_a_commit = 64;
  std::size_t workers = 1;
  double round_trip_us = 100;
  double spread = 0.3;  // of service times, as a fraction
  double noise = 0.15;  // of intervals, as a fraction
  double stalls_a_second = 1;
  double stall_us = 50'000;
  std::size_t busy_above = std::numeric_limits<std::size_t>::max();  // in the server
  bool busy = false;                                                 // for everybody
  double busy_fraction = 0;                                          // of the requests, at random
};

struct SimulatedRun {
  double seconds = 0;
  std::size_t tries = 0;
  std::size_t refused = 0;
  std::size_t changes = 0;
  std::vector<double> done_at;    // seconds, rising
  std::vector<double> latencies;  // ms, of the taken ones in order of done_at
  std::size_t most_in_flight = 0;

  double rate() const { return static_cast<double>(changes) / seconds; }
  /// Changes a second from `from` to `to`.
  double rate(double from, double to) const {
    const auto at = [&](double t) { return std::ranges::lower_bound(done_at, t); };
    return static_cast<double>(at(to) - at(from)) / (to - from);
  }
  double median_latency() const { return median_latency(0, seconds + 1); }
  double median_latency(double from, double to) const {
    const auto at = [&](double t) {
      return latencies.begin() + (std::ranges::lower_bound(done_at, t) - done_at.begin());
    };
    std::vector<double> part(at(from), at(to));
    if (part.empty()) return 0;
    std::ranges::nth_element(part, part.begin() + static_cast<std::ptrdiff_t>(part.size() / 2));
    return part[part.size() / 2];
  }
  double tries_per_change() const {
    return static_cast<double>(tries) / static_cast<double>(changes);
  }
};

class Simulation {
 public:
  struct Client {
    std::size_t changes = 50'000;
    double max_changes_per_second = 0;  // 0: none
    double stop_after = 1e9;            // seconds
  };
  using Limit = std::function<std::size_t(Clock::TimePoint)>;

  Simulation(const ServerModel& model, std::uint32_t seed)
      : model_(model), random_(seed), weather_(seed + 1), stalls_(seed + 2) {
    next_stall_ = after_stall();
  }

  /// From `seconds` on the server is as `change` makes it.
  void at(double seconds, std::function<void(ServerModel&)> change) {
    push({.time = seconds * 1e6, .kind = Event::kModel, .number = changes_.size()});
    changes_.push_back(std::move(change));
  }

  SimulatedRun run(const Client& client, InFlightLimiter& limiter) {
    limiter_ = &limiter;
    return run(client, [&](Clock::TimePoint now) { return limiter.limit(now); });
  }
  SimulatedRun run(const Client& client, std::size_t window) {
    return run(client, [=](Clock::TimePoint) { return window; });
  }

 private:
  struct Event {
    double time = 0;  // us
    enum Kind : std::uint8_t { kArrives, kServed, kAnswered, kWorkerFree, kWake, kModel } kind;
    std::size_t number = 0;
    std::uint64_t order = 0;
    bool operator>(const Event& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };
  struct Request {
    double sent = 0;
    std::size_t in_flight = 0;
    bool taken = false;
  };

  static Clock::TimePoint time_point(double us) {
    return Clock::TimePoint{} + std::chrono::nanoseconds(std::llround(us * 1000));
  }

  void push(Event event) {
    event.order = ++order_;
    events_.push(event);
  }

  SimulatedRun run(const Client& client, const Limit& limit) {
    client_ = client;
    limit_ = &limit;
    unsent_ = client.changes;
    send(0);
    while (run_.changes < client.changes && !events_.empty()) {
      const Event event = events_.top();
      if (event.time > client.stop_after * 1e6) break;
      events_.pop();
      handle(event);
    }
    run_.seconds = run_.done_at.empty() ? 0 : run_.done_at.back();
    return std::move(run_);
  }

  void handle(const Event& event) {
    const double now = event.time;
    switch (event.kind) {
      case Event::kArrives: return arrive(event.number, now);
      case Event::kServed:
        --in_server_;
        requests_[event.number].taken = true;
        return push({.time = now + model_.round_trip_us / 2,
                     .kind = Event::kAnswered,
                     .number = event.number});
      case Event::kAnswered: return answer(event.number, now);
      case Event::kWorkerFree: --working_; return serve(now);
      case Event::kWake: wake_at_ = 0; return send(now);
      case Event::kModel: return changes_[event.number](model_);
    }
  }

  void send(double now) {
    while (unsent_ > 0 && in_flight_ < (*limit_)(time_point(now))) {
      if (client_.max_changes_per_second > 0) {
        if (next_token_ > now) return wake(next_token_);
        next_token_ = std::max(next_token_, now - 50'000) + 1e6 / client_.max_changes_per_second;
      }
      --unsent_;
      ++in_flight_;
      ++run_.tries;
      run_.most_in_flight = std::max(run_.most_in_flight, in_flight_);
      push({.time = now + model_.round_trip_us / 2,
            .kind = Event::kArrives,
            .number = requests_.size()});
      requests_.push_back({now, in_flight_, false});
    }
    if (limiter_ != nullptr && limiter_->wake() > time_point(now)) {
      wake(
          std::chrono::duration<double, std::micro>(limiter_->wake() - Clock::TimePoint{}).count() +
          1);
    }
  }

  void wake(double when) {
    if (wake_at_ == when) return;
    wake_at_ = when;
    push({.time = when, .kind = Event::kWake});
  }

  void arrive(std::size_t number, double now) {
    if (model_.busy || in_server_ >= model_.busy_above || uniform(random_) < model_.busy_fraction) {
      push({.time = now + 50 + model_.round_trip_us / 2,
            .kind = Event::kAnswered,
            .number = number});
      return;
    }
    ++in_server_;
    waiting_.push_back(number);
    serve(now);
  }

  void serve(double now) {
    while (working_ < model_.workers && !waiting_.empty()) {
      const std::size_t batch =
          model_.commit_us > 0 ? std::min(waiting_.size(), model_.most_a_commit) : 1;
      double work = model_.commit_us;
      for (std::size_t i = 0; i < batch; ++i) {
        work += model_.service_us * std::max(0.05, 1 + model_.spread * normal_(random_));
      }
      const double end = finish(now, work);
      for (std::size_t i = 0; i < batch; ++i) {
        push({.time = end, .kind = Event::kServed, .number = waiting_.front()});
        waiting_.pop_front();
      }
      ++working_;
      push({.time = end, .kind = Event::kWorkerFree});
    }
  }

  double finish(double now, double work) {
    while (now >= next_noise_) {
      next_noise_ += 20'000 + 30'000 * uniform(weather_);
      slowness_ = std::exp(model_.noise * std::normal_distribution<double>()(weather_));
    }
    while (next_stall_ + model_.stall_us < now) next_stall_ = after_stall();
    double end =
        std::max(now, now >= next_stall_ ? next_stall_ + model_.stall_us : now) + work * slowness_;
    if (now < next_stall_ && end > next_stall_) end += model_.stall_us;
    return end;
  }

  double after_stall() {
    if (model_.stalls_a_second <= 0) return 1e18;
    return std::max(0.0, next_stall_) +
           -std::log(1 - uniform(stalls_)) * 1e6 / model_.stalls_a_second + model_.stall_us;
  }

  void answer(std::size_t number, double now) {
    const Request& request = requests_[number];
    --in_flight_;
    if (request.taken) {
      ++run_.changes;
      run_.done_at.push_back(now / 1e6);
      run_.latencies.push_back((now - request.sent) / 1e3);
    } else {
      ++run_.refused;
      ++unsent_;
    }
    if (limiter_ != nullptr) {
      limiter_->on_answer(
          request.taken ? InFlightLimiter::Answer::kTaken : InFlightLimiter::Answer::kOverloaded,
          time_point(now) - time_point(request.sent), request.in_flight, time_point(now));
    }
    wake(now + 1);  // what is answered at one time is looked at before more is sent
  }

  static double uniform(std::mt19937& random) {
    return std::uniform_real_distribution<double>()(random);
  }

  ServerModel model_;
  Client client_;
  std::mt19937 random_, weather_, stalls_;  // apart, so that the same run meets the same trouble
  std::normal_distribution<double> normal_;
  const Limit* limit_ = nullptr;
  InFlightLimiter* limiter_ = nullptr;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t order_ = 0;
  std::vector<std::function<void(ServerModel&)>> changes_;
  std::vector<Request> requests_;
  std::deque<std::size_t> waiting_;
  std::size_t working_ = 0, in_server_ = 0, in_flight_ = 0, unsent_ = 0;
  double next_noise_ = 0, slowness_ = 1, next_stall_ = 0, next_token_ = 0, wake_at_ = 0;
  SimulatedRun run_;
};

}  // namespace trueup
