// SPDX-License-Identifier: Apache-2.0
// The relay of tests/support: each test holds both ends, a client and the target's echo, itself.
#include "tests/support/servers/relay.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace trueup {
namespace {

using std::chrono::milliseconds;

/// An end of a connection. Blocks, but for no more than 20 s.
class End {
 public:
  explicit End(int descriptor) : descriptor_(descriptor) {
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  ~End() { ::close(descriptor_); }
  End(const End&) = delete;
  End& operator=(const End&) = delete;

  bool send(const std::string& text) const {
    return ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }
  /// Until there are `size` bytes, or the end or a failure, which `last_` then is.
  std::string receive(std::size_t size) {
    std::string text(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      const ssize_t got = ::recv(descriptor_, text.data() + have, size - have, 0);
      last_ = got < 0 ? errno : 0;
      if (got <= 0) break;
      have += static_cast<std::size_t>(got);
    }
    text.resize(have);
    return text;
  }
  bool has_ended() { return receive(1).empty() && last_ == 0; }
  bool was_reset() { return receive(1).empty() && last_ == ECONNRESET; }
  void end_sending() const { ::shutdown(descriptor_, SHUT_WR); }
  bool readable_within(milliseconds time) const {
    pollfd polled{.fd = descriptor_, .events = POLLIN, .revents = 0};
    return ::poll(&polled, 1, static_cast<int>(time.count())) == 1;
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
  int last_ = 0;
};

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

class Target {
 public:
  Target() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_.get(), any, size), 0);
    EXPECT_EQ(::listen(socket_.get(), 8), 0);
    EXPECT_EQ(::getsockname(socket_.get(), any, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  int port() const { return port_; }
  int accept() const { return ::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC); }

 private:
  End socket_;
  int port_ = 0;
};

/// 0 and a connected descriptor, or errno.
std::pair<int, int> try_connect(int port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return {0, descriptor};
  }
  const int error = errno;
  ::close(descriptor);
  return {error, -1};
}

struct Pair {
  explicit Pair(const Relay& relay, const Target& target)
      : client(try_connect(relay.port()).second), server(target.accept()) {}
  /// What the client gets back for `text`.
  std::string echo(const std::string& text) {
    EXPECT_TRUE(client.send(text));
    EXPECT_TRUE(server.send(server.receive(text.size())));
    return client.receive(text.size());
  }
  End client, server;
};

TEST(Relay, PassesBytesOnBothWaysAndCountsThem) {
  const Target target;
  const Relay relay(target.port());
  Pair one(relay, target);
  Pair other(relay, target);
  std::string text;
  for (int i = 0; text.size() < 1'000'000; ++i) text += std::to_string(i);
  EXPECT_EQ(one.echo(text), text);
  EXPECT_EQ(other.echo("x"), "x");
  EXPECT_EQ(relay.counts().bytes_to_target, text.size() + 1);
  EXPECT_EQ(relay.counts().bytes_from_target, text.size() + 1);
  EXPECT_EQ(relay.counts().connections, 2U);
  EXPECT_EQ(relay.counts().open, 2U);
}

TEST(Relay, PassesTheEndOfOneDirectionOn) {
  const Target target;
  const Relay relay(target.port());
  Pair pair(relay, target);
  EXPECT_TRUE(pair.client.send("request"));
  pair.client.end_sending();
  EXPECT_EQ(pair.server.receive(7), "request");
  EXPECT_TRUE(pair.server.has_ended());
  EXPECT_TRUE(pair.server.send("answer"));
  EXPECT_EQ(pair.client.receive(6), "answer");
  pair.server.end_sending();
  EXPECT_TRUE(pair.client.has_ended());
}

TEST(Relay, AddsTheRoundTripAndKeepsTheOrder) {
  const Target target;
  Relay relay(target.port());
  Pair pair(relay, target);
  constexpr milliseconds kRoundTrip(10);
  relay.set_round_trip(kRoundTrip);
  std::vector<std::chrono::nanoseconds> times;
  for (int i = 0; i < 9; ++i) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(pair.echo("ping"), "ping");
    times.emplace_back(std::chrono::steady_clock::now() - start);
    EXPECT_GE(times.back(), kRoundTrip);
  }
  std::ranges::sort(times);
  EXPECT_LT(times[0], kRoundTrip + milliseconds(2));  // on an idle machine 0.2 ms over

  EXPECT_TRUE(pair.client.send("slow, "));
  relay.set_round_trip({});
  EXPECT_TRUE(pair.client.send("fast"));
  EXPECT_EQ(pair.server.receive(10), "slow, fast");
}

TEST(Relay, CutsInOrder) {
  const Target target;
  Relay relay(target.port());
  Pair pair(relay, target);
  EXPECT_EQ(pair.echo("x"), "x");
  relay.cut(Relay::Cut::kOrderly);
  EXPECT_TRUE(pair.client.send("into the void"));  // must not turn the FIN into an RST
  EXPECT_TRUE(pair.client.has_ended());
  EXPECT_TRUE(pair.server.has_ended());
  EXPECT_EQ(Pair(relay, target).echo("next"), "next");
}

TEST(Relay, Resets) {
  const Target target;
  Relay relay(target.port());
  Pair pair(relay, target);
  EXPECT_EQ(pair.echo("x"), "x");
  relay.cut(Relay::Cut::kReset);
  EXPECT_TRUE(pair.client.was_reset());
  EXPECT_TRUE(pair.server.was_reset());
  EXPECT_EQ(relay.counts().open, 0U);
}

TEST(Relay, CutsAfterSoManyBytesToTheByte) {
  const Target target;
  Relay relay(target.port());
  Pair open(relay, target);
  std::uint64_t bytes = 300;
  relay.cut_after([&] { return bytes += 100; }, Relay::Cut::kOrderly);
  Pair later(relay, target);
  EXPECT_EQ(open.echo(std::string(150, 'a')).size(), 150U);
  EXPECT_TRUE(open.client.send(std::string(1000, 'b')));
  EXPECT_EQ(open.server.receive(1000).size(), 100U);
  EXPECT_TRUE(open.client.has_ended());
  EXPECT_TRUE(later.client.send(std::string(1000, 'c')));
  EXPECT_EQ(later.server.receive(1000).size(), 500U);

  relay.cut_after(nullptr, Relay::Cut::kReset);
  EXPECT_EQ(Pair(relay, target).echo(std::string(1000, 'd')).size(), 1000U);
}

TEST(Relay, RefusesAndKeepsItsPort) {
  const Target target;
  Relay relay(target.port());
  Pair before(relay, target);
  relay.accept_connections(false);
  EXPECT_EQ(try_connect(relay.port()).first, ECONNREFUSED);
  EXPECT_EQ(before.echo("still there"), "still there");
  relay.accept_connections(true);
  EXPECT_EQ(Pair(relay, target).echo("again"), "again");
}

TEST(Relay, PassesNothingWhileFrozen) {
  const Target target;
  Relay relay(target.port());
  Pair pair(relay, target);
  relay.freeze(true);
  EXPECT_TRUE(pair.client.send("held"));
  End waiting(try_connect(relay.port()).second);
  EXPECT_FALSE(pair.server.readable_within(milliseconds(30)));
  EXPECT_EQ(relay.counts().connections, 1U);
  relay.freeze(false);
  EXPECT_EQ(pair.server.receive(4), "held");
  End server(target.accept());
  EXPECT_TRUE(waiting.send("late"));
  EXPECT_EQ(server.receive(4), "late");
}

TEST(Relay, ResetsItsClientIfNobodyListensThere) {
  std::optional<Target> target(std::in_place);
  const Relay relay(target->port());
  target.reset();
  End client(try_connect(relay.port()).second);
  EXPECT_TRUE(client.was_reset());
}

}  // namespace
}  // namespace trueup
