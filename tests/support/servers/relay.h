// SPDX-License-Identifier: Apache-2.0
// A bad network on one machine: a TCP relay on a free port of 127.0.0.1 that passes everything on
// to one other port there, and meanwhile delays, cuts, refuses or holds back what it is told to.
// Used by the tests of apply() under trouble and by bench/apply.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace trueup {

/// Setters may be called from any thread, but not from a callback; they have taken effect when they
/// return. Connections still open when it goes are reset.
class Relay {
 public:
  enum class Cut : std::uint8_t {
    kReset,    // RST: what has not been delivered is lost
    kOrderly,  // FIN to both ends; what has not been delivered is lost, what comes is thrown away
  };

  /// Throws std::system_error.
  explicit Relay(int target_port);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  int port() const { return port_; }
  /// ldap://127.0.0.1:PORT
  std::string url() const { return "ldap://127.0.0.1:" + std::to_string(port_); }

  /// Bytes are passed on half of it after they came, in the order they came. What is under way
  /// keeps its time. 0, as at the start: at once.
  void set_round_trip(std::chrono::nanoseconds round_trip);

  /// Cuts all connections there are.
  void cut(Cut how);
  /// Cuts each connection, of those open now and those to come, when exactly `bytes()` more, both
  /// directions together, have been passed on. `bytes` is called once a connection, in the relay's
  /// thread; nullptr ends it.
  void cut_after(std::function<std::uint64_t()> bytes, Cut how);

  /// false: who connects is refused, as by a host where nobody listens. The port stays ours.
  void accept_connections(bool accept);
  /// true: nothing is read, passed on or taken in; connections stay open, and who connects waits.
  void freeze(bool frozen);

  struct Counts {
    std::uint64_t bytes_to_target = 0;
    std::uint64_t bytes_from_target = 0;
    std::uint64_t connections = 0;  // taken in so far
    std::uint64_t open = 0;         // now
  };
  Counts counts() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
  int port_ = 0;
};

}  // namespace trueup
