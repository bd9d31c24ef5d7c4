// SPDX-License-Identifier: Apache-2.0
// Sends changes to a directory without blocking. The window, the pace, the order and the retries
// belong to engine/apply; this only sends and tells what came back. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "snapshots/change.h"

namespace trueup {

/// What came back for one change.
struct Outcome {
  std::uint32_t number = 0;                  // of the change
  bool answered = false;                     // false: connection lost, the outcome is unknown
  int result_code = 0;                       // LDAP result code (RFC 4511 4.1.9)
  std::string message;                       // the server's diagnosticMessage, or why unanswered
  std::chrono::nanoseconds latency{0};
};

class DirectoryWriter {
 public:
  virtual ~DirectoryWriter() = default;

  /// True if another change can be taken now (a connection has room in its window).
  virtual bool has_room() const = 0;
  /// Takes `change` and sends it. The caller never submits two changes of one object at a time.
  /// REQUIRES: has_room().
  virtual void submit(const Change& change) = 0;
  /// Waits at most `timeout` for answers; appends them to `outcomes` in the order they came.
  virtual void poll(std::chrono::milliseconds timeout, std::vector<Outcome>& outcomes) = 0;
  virtual std::size_t in_flight() const = 0;
};

}  // namespace trueup
