// SPDX-License-Identifier: Apache-2.0
#include "tests/support/servers/relay.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <future>
#include <list>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace trueup {
namespace {

using Time = std::chrono::steady_clock::time_point;

/// Of bytes under way in one direction; with more, it is not read from any more.
constexpr std::size_t kMostUnderWay = std::size_t{16} << 20;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

Socket new_socket() {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.get() < 0) fail("socket");
  return socket;
}

void set_at_once(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// So that close() sends RST.
void set_reset(int socket) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

struct Chunk {
  enum class Kind : std::uint8_t { kBytes, kEnd, kReset };
  Kind kind = Kind::kBytes;
  Time due;
  std::string bytes;
  std::size_t sent = 0;
};

/// One of the two directions of a connection.
struct Direction {
  std::deque<Chunk> chunks;  // under way
  std::size_t under_way = 0;
  bool ended = false;      // nothing more is read
  bool delivered = false;  // ... and the other end has been told
  bool full = false;       // the receiver's socket takes no more now
  std::uint64_t* passed = nullptr;
};

struct Connection {
  std::array<Socket, 2> sockets;        // of the client, of the target
  std::array<Direction, 2> directions;  // [i] is read from sockets[i] and written to sockets[1 - i]
  std::optional<std::uint64_t> left;    // bytes until it is cut
  bool draining = false;                // cut in order: what comes is thrown away until the end
  bool gone = false;
};

}  // namespace

/// Everything here runs in its one thread, except run().
class Relay::Loop {
 public:
  explicit Loop(int target_port);
  ~Loop();

  int port() const { return port_; }
  /// Runs `command` in the thread and waits for its end.
  void run(std::function<void()> command);

  void set_half_trip(std::chrono::nanoseconds half_trip) { half_trip_ = half_trip; }
  void cut_all(Cut how);
  void cut_after(std::function<std::uint64_t()> bytes, Cut how);
  void accept_connections(bool accept);
  void freeze(bool frozen) { frozen_ = frozen; }
  Counts counts() const {
    Counts now = counts_;
    now.open = connections_.size();
    return now;
  }

 private:
  void work();
  void run_commands();
  void want(int socket, short events);
  void wait();
  void take_in();
  void read(Connection& connection, std::size_t side, Time now);
  void deliver(Connection& connection, std::size_t side, Time now);
  bool pass_on(Connection& connection, Direction& direction, int to);
  void cut(Connection& connection, Cut how);
  void drain(Connection& connection);
  std::optional<Time> next_due() const;

  const int target_port_;
  int port_ = 0;
  Counts counts_;
  Socket reservation_;  // bound, never listening: keeps the port while nobody is let in
  Socket listener_;
  Socket wake_;
  std::mutex mutex_;
  std::vector<std::packaged_task<void()>> commands_;
  bool ending_ = false;
  bool frozen_ = false;
  std::chrono::nanoseconds half_trip_{};
  std::function<std::uint64_t()> cut_bytes_;
  Cut cut_how_ = Cut::kReset;
  std::list<Connection> connections_;
  std::vector<pollfd> polled_;
  std::vector<char> buffer_ = std::vector<char>(65536);
  std::thread thread_;
};

Relay::Loop::Loop(int target_port)
    : target_port_(target_port),
      reservation_(new_socket()),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_.get() < 0) fail("eventfd");
  const int on = 1;
  ::setsockopt(reservation_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(reservation_.get(), any, size) != 0) fail("bind");
  if (::getsockname(reservation_.get(), any, &size) != 0) fail("getsockname");
  port_ = ntohs(address.sin_port);
  accept_connections(true);
  thread_ = std::thread([this] { work(); });
}

Relay::Loop::~Loop() {
  run([this] { ending_ = true; });
  thread_.join();
}

void Relay::Loop::run(std::function<void()> command) {
  std::packaged_task<void()> task(std::move(command));
  std::future<void> done = task.get_future();
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(std::move(task));
  }
  const std::uint64_t one = 1;
  if (::write(wake_.get(), &one, sizeof one) < 0) fail("eventfd");
  done.get();
}

void Relay::Loop::run_commands() {
  std::uint64_t count = 0;
  if (::read(wake_.get(), &count, sizeof count) < 0) return;
  std::vector<std::packaged_task<void()>> commands;
  {
    const std::lock_guard lock(mutex_);
    commands.swap(commands_);
  }
  for (std::packaged_task<void()>& command : commands) command();
}

void Relay::Loop::work() {
  ::prctl(PR_SET_TIMERSLACK, 1UL);  // ns, of this thread; 50 us otherwise
  while (!ending_) {
    wait();
    run_commands();
    if (frozen_ || ending_) continue;
    take_in();
    const Time now = std::chrono::steady_clock::now();
    for (Connection& connection : connections_) {
      for (const std::size_t side : {0U, 1U}) read(connection, side, now);
      drain(connection);
      for (const std::size_t side : {0U, 1U}) deliver(connection, side, now);
    }
    std::erase_if(connections_, [](const Connection& c) { return c.gone; });
  }
  cut_all(Cut::kReset);
}

/// A socket of which nothing is wanted is left out: poll() would report its hang-up for ever.
void Relay::Loop::want(int socket, short events) {
  polled_.push_back({.fd = events == 0 ? -1 : socket, .events = events, .revents = 0});
}

void Relay::Loop::wait() {
  polled_.clear();
  want(wake_.get(), POLLIN);
  if (!frozen_) {
    want(listener_.get(), POLLIN);
    for (const Connection& c : connections_) {
      for (const std::size_t side : {0U, 1U}) {
        const Direction& in = c.directions[side];
        const bool reads = !in.ended && in.under_way < kMostUnderWay;
        const bool writes = c.directions[1 - side].full;
        want(c.sockets[side].get(),
             static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)));
      }
    }
  }
  timespec timeout{};
  const std::optional<Time> due = frozen_ ? std::nullopt : next_due();
  if (due) {
    const std::chrono::nanoseconds left =
        std::max(*due - std::chrono::steady_clock::now(), Time::duration{});
    timeout.tv_sec = left.count() / 1'000'000'000;
    timeout.tv_nsec = left.count() % 1'000'000'000;
  }
  ::ppoll(polled_.data(), polled_.size(), due ? &timeout : nullptr, nullptr);
}

std::optional<Time> Relay::Loop::next_due() const {
  std::optional<Time> next;
  for (const Connection& c : connections_) {
    for (const Direction& d : c.directions) {
      if (d.full || d.chunks.empty()) continue;
      if (!next || d.chunks.front().due < *next) next = d.chunks.front().due;
    }
  }
  return next;
}

void Relay::Loop::take_in() {
  for (;;) {
    Socket client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (client.get() < 0) return;
    // Its answer shows when it is written to or read from.
    Socket target = new_socket();
    const sockaddr_in address = loopback(target_port_);
    ::connect(target.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    set_at_once(client.get());
    set_at_once(target.get());
    Connection& added = connections_.emplace_back();
    added.sockets = {std::move(client), std::move(target)};
    added.directions[0].passed = &counts_.bytes_to_target;
    added.directions[1].passed = &counts_.bytes_from_target;
    if (cut_bytes_) added.left = cut_bytes_();
    ++counts_.connections;
  }
}

/// Without asking poll() whether there is something: mostly there is, or it costs one call.
void Relay::Loop::read(Connection& connection, std::size_t side, Time now) {
  Direction& direction = connection.directions[side];
  if (connection.gone || direction.ended || direction.under_way >= kMostUnderWay) return;
  const ssize_t size = ::read(connection.sockets[side].get(), buffer_.data(), buffer_.size());
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  Chunk chunk;
  chunk.due = now + half_trip_;
  if (size > 0) {
    chunk.bytes.assign(buffer_.data(), static_cast<std::size_t>(size));
    direction.under_way += chunk.bytes.size();
  } else {
    chunk.kind = size == 0 ? Chunk::Kind::kEnd : Chunk::Kind::kReset;
    direction.ended = true;
  }
  direction.chunks.push_back(std::move(chunk));
}

void Relay::Loop::deliver(Connection& connection, std::size_t side, Time now) {
  Direction& direction = connection.directions[side];
  const int to = connection.sockets[1 - side].get();
  direction.full = false;
  while (!connection.gone && !direction.chunks.empty() && direction.chunks.front().due <= now) {
    switch (direction.chunks.front().kind) {
      case Chunk::Kind::kReset: return cut(connection, Cut::kReset);
      case Chunk::Kind::kEnd:
        ::shutdown(to, SHUT_WR);
        direction.delivered = true;
        break;
      case Chunk::Kind::kBytes:
        if (!pass_on(connection, direction, to)) return;
        break;
    }
    direction.chunks.pop_front();
  }
  if (connection.directions[0].delivered && connection.directions[1].delivered) {
    connection.gone = true;
    connection.sockets = {};
  }
}

/// True if the first chunk is through.
bool Relay::Loop::pass_on(Connection& connection, Direction& direction, int to) {
  Chunk& chunk = direction.chunks.front();
  while (chunk.sent < chunk.bytes.size()) {
    std::size_t size = chunk.bytes.size() - chunk.sent;
    if (connection.left) size = std::min(size, static_cast<std::size_t>(*connection.left));
    const ssize_t sent =
        size == 0 ? 0 : ::send(to, chunk.bytes.data() + chunk.sent, size, MSG_NOSIGNAL);
    if (sent < 0) {
      direction.full = errno == EAGAIN || errno == EINTR;
      if (!direction.full) cut(connection, Cut::kReset);
      return false;
    }
    const auto passed = static_cast<std::size_t>(sent);
    chunk.sent += passed;
    direction.under_way -= passed;
    *direction.passed += passed;
    if (connection.left && (*connection.left -= passed) == 0) {
      cut(connection, cut_how_);
      return false;
    }
  }
  return true;
}

void Relay::Loop::cut(Connection& connection, Cut how) {
  for (Direction& direction : connection.directions) {
    direction.chunks.clear();
    direction.under_way = 0;
    direction.full = false;
    direction.ended = true;
  }
  connection.left.reset();
  if (how == Cut::kReset) {
    for (const Socket& socket : connection.sockets) set_reset(socket.get());
    connection.sockets = {};
    connection.gone = true;
    return;
  }
  connection.draining = true;
  for (std::size_t side : {0U, 1U}) {
    ::shutdown(connection.sockets[side].get(), SHUT_WR);
    connection.directions[side].ended = false;
  }
}

/// close() with bytes unread would send RST instead of FIN, so they are read until the peer ends.
void Relay::Loop::drain(Connection& connection) {
  if (!connection.draining || connection.gone) return;
  for (Direction& direction : connection.directions) {
    direction.chunks.clear();
    direction.under_way = 0;
  }
  connection.gone = connection.directions[0].ended && connection.directions[1].ended;
}

void Relay::Loop::cut_all(Cut how) {
  for (Connection& connection : connections_) {
    if (!connection.draining || how == Cut::kReset) cut(connection, how);
  }
  std::erase_if(connections_, [](const Connection& c) { return c.gone; });
}

void Relay::Loop::cut_after(std::function<std::uint64_t()> bytes, Cut how) {
  cut_bytes_ = std::move(bytes);
  cut_how_ = how;
  for (Connection& connection : connections_) {
    connection.left.reset();
    if (cut_bytes_ && !connection.draining) connection.left = cut_bytes_();
  }
}

void Relay::Loop::accept_connections(bool accept) {
  listener_ = Socket();
  if (!accept) return;
  Socket socket = new_socket();
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback(port_);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail("bind");
  }
  if (::listen(socket.get(), 128) != 0) fail("listen");
  listener_ = std::move(socket);
}

Relay::Relay(int target_port) : loop_(std::make_unique<Loop>(target_port)), port_(loop_->port()) {}

Relay::~Relay() = default;

void Relay::set_round_trip(std::chrono::nanoseconds round_trip) {
  loop_->run([&] { loop_->set_half_trip(round_trip / 2); });
}
void Relay::cut(Cut how) {
  loop_->run([&] { loop_->cut_all(how); });
}
void Relay::cut_after(std::function<std::uint64_t()> bytes, Cut how) {
  loop_->run([&] { loop_->cut_after(std::move(bytes), how); });
}
void Relay::accept_connections(bool accept) {
  loop_->run([&] { loop_->accept_connections(accept); });
}
void Relay::freeze(bool frozen) {
  loop_->run([&] { loop_->freeze(frozen); });
}
Relay::Counts Relay::counts() const {
  Counts counts;
  loop_->run([&] { counts = loop_->counts(); });
  return counts;
}

}  // namespace trueup
