// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/session/tcp_connect.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <stop_token>

namespace trueup {
namespace {

void set_socket_option(int socket, int level, int name, unsigned value) {
  // None of them is vital, so a system without one is no error.
  (void)setsockopt(socket, level, name, &value, sizeof value);
}

/// 0, or the errno of what went wrong.
int finish_connect(int socket, std::chrono::milliseconds timeout) {
  pollfd waiting{.fd = socket, .events = POLLOUT, .revents = 0};
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return ETIMEDOUT;
    const int ready = poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready > 0) break;
    if (ready < 0 && errno != EINTR) return errno;
  }
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

int connect_address(const addrinfo& address, std::chrono::milliseconds timeout, int& error) {
  const int type = address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const int socket = ::socket(address.ai_family, type, address.ai_protocol);
  if (socket < 0) {
    error = errno;
    return -1;
  }
  error = 0;
  if (::connect(socket, address.ai_addr, address.ai_addrlen) != 0) {
    error = errno == EINPROGRESS ? finish_connect(socket, timeout) : errno;
  }
  if (error == 0 && fcntl(socket, F_SETFL, 0) != 0) error = errno;  // blocking from here on
  if (error != 0) {
    close(socket);
    return -1;
  }
  set_socket_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_socket_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  return socket;
}

}  // namespace

int connect_tcp(const std::string& host, int port, std::chrono::milliseconds timeout,
                std::string& failure) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) {
    failure = gai_strerror(code);
    return -1;
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  int error = 0;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    const int socket = connect_address(*address, timeout, error);
    if (socket >= 0) return socket;
  }
  failure = std::strerror(error);
  return -1;
}

SocketDeadline::SocketDeadline(int socket, std::chrono::milliseconds limit)
    : watch_([this, socket, limit](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock(mutex);
        stopped.wait_for(lock, stop, limit, [] { return false; });
        if (stop.stop_requested()) return;
        expired_ = true;
        shutdown(socket, SHUT_RDWR);
      }) {}

void limit_reads(int socket, std::chrono::milliseconds limit) {
  const timeval time{.tv_sec = limit.count() / 1000, .tv_usec = limit.count() % 1000 * 1000};
  (void)setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

void limit_sends(int socket, std::chrono::milliseconds limit) {
  set_socket_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<unsigned>(limit.count()));
}

}  // namespace trueup
