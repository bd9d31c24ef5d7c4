// SPDX-License-Identifier: Apache-2.0
// When a directory answers, but its answers are about itself and not about the object: not bound
// any more, out of memory, shutting down. Nothing is sent then but one request at a time, each
// after a pause and over new connections, until one is taken or patience ends. Used by
// engine/apply. One thread.
#pragma once

#include <cstdint>
#include <string>

#include "engine/apply/clock.h"

namespace trueup {

class ServerTrouble {
 public:
  enum class Request : std::uint8_t { kModify, kRead };

  explicit ServerTrouble(Clock::Duration longest) : longest_(longest) {}

  /// An answer was the server's. Those that were in flight when it began count once.
  void failed(Request request, const std::string& why, Clock::TimePoint now);
  /// An answer was the object's. A read that works shows nothing about writes.
  void taken(Request request);

  bool on() const { return on_; }
  /// True if the next request may go out, over new connections.
  bool due(Clock::TimePoint now) const { return now >= next_try_; }
  Clock::TimePoint next_try() const { return next_try_; }
  /// True once behind each pause: the connections are to be opened again first.
  bool wants_connections() const { return on_ && wants_connections_; }
  void has_connections() { wants_connections_ = false; }
  /// True if it has gone on for too long.
  bool too_long(Clock::TimePoint now) const { return on_ && now - since_ >= longest_; }
  const std::string& why() const { return why_; }
  /// Whether it was said since it began.
  bool told() const { return told_; }
  void has_told() { told_ = true; }

 private:
  Clock::Duration longest_;
  bool on_ = false;
  bool told_ = false;
  bool of_reads_only_ = true;
  bool wants_connections_ = false;
  Clock::TimePoint since_{}, next_try_{};
  Clock::Duration pause_{};
  std::string why_;
};

}  // namespace trueup
