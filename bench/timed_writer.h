// SPDX-License-Identifier: Apache-2.0
// The writer under test, with its latencies noted. Used by bench/apply. One thread.
#pragma once

#include <cstddef>
#include <vector>

#include "io/directory_writer.h"

namespace trueup {

class TimedWriter : public DirectoryWriter {
 public:
  explicit TimedWriter(DirectoryWriter& inner) : inner_(inner) {}

  /// Of all answers to modifies so far, in the order they came.
  std::vector<std::chrono::nanoseconds>& latencies() { return latencies_; }

  bool has_room() const override { return inner_.has_room(); }
  void submit(const Change& change) override { inner_.submit(change); }
  void read(const Change& change) override { inner_.read(change); }
  void poll(std::chrono::milliseconds timeout, std::vector<WriterAnswer>& outcomes) override {
    const std::size_t before = outcomes.size();
    inner_.poll(timeout, outcomes);
    for (std::size_t i = before; i < outcomes.size(); ++i) {
      if (outcomes[i].request == WriterAnswer::Request::kRead) continue;
      latencies_.push_back(outcomes[i].latency);
    }
  }
  std::size_t in_flight() const override { return inner_.in_flight(); }
  std::size_t connections() const override { return inner_.connections(); }
  std::size_t lost_connections() const override { return inner_.lost_connections(); }
  void drop_connections() override { inner_.drop_connections(); }
  bool reconnect(std::string& why) override { return inner_.reconnect(why); }

 private:
  DirectoryWriter& inner_;
  std::vector<std::chrono::nanoseconds> latencies_;
};

}  // namespace trueup
