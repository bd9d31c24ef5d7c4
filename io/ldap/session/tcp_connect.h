// SPDX-License-Identifier: Apache-2.0
// Opens a TCP connection with limits on the time it may take, now and later. Used by LdapSession.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

namespace trueup {

/// Tries the addresses of `host` in turn, each for `timeout` at most. The descriptor is the
/// caller's; -1 if none could be reached, then `failure` says why.
int connect_tcp(const std::string& host, int port, std::chrono::milliseconds timeout,
                std::string& failure);

/// Shuts `socket` down if this still lives after `limit`. For what blocks and knows no limit of its
/// own: libldap's TLS handshake (with a limit set there, its GnuTLS variant spins instead).
class SocketDeadline {
 public:
  SocketDeadline(int socket, std::chrono::milliseconds limit);

  bool expired() const { return expired_; }

 private:
  std::atomic<bool> expired_ = false;
  std::jthread watch_;
};

/// From here on a blocking read gives up after `limit`, as with nothing to read.
void limit_reads(int socket, std::chrono::milliseconds limit);

/// How long sent bytes may stay unacknowledged: a peer that has gone without a word, or has stopped
/// reading, would else block a send for ever.
void limit_sends(int socket, std::chrono::milliseconds limit);

}  // namespace trueup
