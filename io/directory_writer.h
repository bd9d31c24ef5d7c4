// SPDX-License-Identifier: Apache-2.0
// Sends changes to a directory without blocking, and asks for what an object holds now. The limit
// in flight, the pace, the order, the retries and the waits between reconnects belong to
// engine/apply; this only sends and tells what came back. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "snapshots/model/change.h"

namespace trueup {

/// What came back for one request.
struct WriterAnswer {
  enum class Request : std::uint8_t { kModify, kRead };

  std::uint32_t number = 0;  // of the change
  Request request = Request::kModify;
  bool answered = false;  // false: connection lost; a modify's effect is unknown
  int result_code = 0;    // LDAP result code (RFC 4511 4.1.9)
  std::string message{};  // the server's diagnosticMessage, or why unanswered
  std::chrono::nanoseconds latency{0};
  std::vector<HeldValue> values{};  // kRead with result 0: all values of what was asked for
};

class DirectoryWriter {
 public:
  virtual ~DirectoryWriter() = default;

  /// True if another request can be taken now (a connection has room in its window).
  virtual bool has_room() const = 0;
  /// Sends `change` as one modify; its views need to be good for the call only. The caller never
  /// has two modifies of one object in flight. REQUIRES: has_room().
  virtual void submit(const Change& change) = 0;
  /// Asks for all values that the object of `change` holds of the attributes that `change` edits.
  /// REQUIRES: has_room().
  virtual void read(const Change& change) = 0;
  /// Waits at most `timeout` for answers; appends them to `outcomes` in the order they came. Gives
  /// all that a lost connection had in flight as not answered.
  virtual void poll(std::chrono::milliseconds timeout, std::vector<WriterAnswer>& outcomes) = 0;
  virtual std::size_t in_flight() const = 0;

  /// Connections that are usable, and that were lost since.
  virtual std::size_t connections() const = 0;
  virtual std::size_t lost_connections() const = 0;
  /// Gives all connections up as lost, so that reconnect() opens and binds new ones. REQUIRES:
  /// in_flight() == 0.
  virtual void drop_connections() = 0;
  /// Tries once to open what was lost; true if nothing is lost any more, else `why` says why not.
  /// Throws DirectoryError where trying again is no use: another server answers under that name, or
  /// it refuses the account.
  virtual bool reconnect(std::string& why) = 0;
};

}  // namespace trueup
