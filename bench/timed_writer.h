// SPDX-License-Identifier: Apache-2.0
// The writer under test, with its latencies noted and, if wanted, its window held at a fixed size
// over all connections. Used by bench/apply. One thread.
#pragma once

#include <cstddef>
#include <vector>

#include "io/directory_writer.h"

namespace trueup {

class TimedWriter : public DirectoryWriter {
 public:
  /// At most `fixed_in_flight` requests at a time; 0: as many as `inner` takes.
  TimedWriter(DirectoryWriter& inner, std::size_t fixed_in_flight)
      : inner_(inner), fixed_in_flight_(fixed_in_flight) {}

  /// Of all answers so far, in the order they came.
  std::vector<std::chrono::nanoseconds>& latencies() { return latencies_; }

  bool has_room() const override {
    return (fixed_in_flight_ == 0 || inner_.in_flight() < fixed_in_flight_) && inner_.has_room();
  }
  void submit(const Change& change) override { inner_.submit(change); }
  void poll(std::chrono::milliseconds timeout, std::vector<Outcome>& outcomes) override {
    const std::size_t before = outcomes.size();
    inner_.poll(timeout, outcomes);
    for (std::size_t i = before; i < outcomes.size(); ++i) {
      latencies_.push_back(outcomes[i].latency);
    }
  }
  std::size_t in_flight() const override { return inner_.in_flight(); }

 private:
  DirectoryWriter& inner_;
  std::size_t fixed_in_flight_;
  std::vector<std::chrono::nanoseconds> latencies_;
};

}  // namespace trueup
