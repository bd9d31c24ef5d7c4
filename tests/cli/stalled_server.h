// SPDX-License-Identifier: Apache-2.0
// A server that takes connections and never says a word: whoever talks to it is busy until it is
// let go. Holds a trueup at a known place without sleeping.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

namespace trueup::cli {

class StalledServer {
 public:
  StalledServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, any, size) != 0 || ::listen(socket_, 8) != 0 ||
        ::getsockname(socket_, any, &size) != 0) {
      throw std::runtime_error("no socket to listen on");
    }
    port_ = ntohs(address.sin_port);
  }
  ~StalledServer() {
    if (peer_ >= 0) ::close(peer_);
    ::close(socket_);
  }
  StalledServer(const StalledServer&) = delete;
  StalledServer& operator=(const StalledServer&) = delete;

  std::string url() const { return "ldap://127.0.0.1:" + std::to_string(port_); }

  /// Waits until somebody has connected and sent something.
  bool wait_for_peer() {
    constexpr int kPatienceMs = 20'000;
    pollfd incoming{socket_, POLLIN, 0};
    if (::poll(&incoming, 1, kPatienceMs) != 1) return false;
    peer_ = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    pollfd request{peer_, POLLIN, 0};
    return peer_ >= 0 && ::poll(&request, 1, kPatienceMs) == 1;
  }

 private:
  int socket_;
  int peer_ = -1;
  int port_ = 0;
};

}  // namespace trueup::cli
