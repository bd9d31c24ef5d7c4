// SPDX-License-Identifier: Apache-2.0
#include "tests/support/servers/ldap_faults.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace trueup {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// One element of BER, taken off the front of `bytes`; its tag is 0 where it is not whole.
struct Element {
  unsigned char tag = 0;
  std::string_view value;
  std::size_t size = 0;  // with tag and length
};

Element element_of(std::string_view bytes) {
  if (bytes.size() < 2) return {};
  std::size_t length = static_cast<unsigned char>(bytes[1]), at = 2;
  if ((length & 0x80) != 0) {
    const std::size_t octets = length & 0x7F;
    if (bytes.size() < at + octets) return {};
    length = 0;
    for (std::size_t i = 0; i < octets; ++i) {
      length = length << 8 | static_cast<unsigned char>(bytes[at++]);
    }
  }
  if (bytes.size() < at + length) return {};
  return {static_cast<unsigned char>(bytes[0]), bytes.substr(at, length), at + length};
}

std::string encoded(unsigned char tag, std::string_view value) {
  std::string out(1, static_cast<char>(tag));
  if (value.size() < 0x80) {
    out += static_cast<char>(value.size());
  } else {
    out += static_cast<char>(0x82);
    out += static_cast<char>(value.size() >> 8);
    out += static_cast<char>(value.size() & 0xFF);
  }
  return out.append(value);
}

/// Tags of requests (RFC 4511), and of the answer to each; 0: there is none.
struct Kind {
  LdapFaults::Operation operation;
  unsigned char answer;
};

Kind kind_of(unsigned char tag) {
  using Operation = LdapFaults::Operation;
  switch (tag) {
    case 0x60: return {Operation::kBind, 0x61};
    case 0x63: return {Operation::kSearch, 0x65};
    case 0x66: return {Operation::kModify, 0x67};
    case 0x77: return {Operation::kOther, 0x78};
    default: return {Operation::kOther, 0};
  }
}

}  // namespace

struct LdapFaults::Connection {
  int client = -1;
  int server = -1;
  std::mutex writing;  // to the client
  std::jthread requests, answers;

  void hang_up() const {
    ::shutdown(client, SHUT_RDWR);
    ::shutdown(server, SHUT_RDWR);
  }
  ~Connection() {
    hang_up();
    if (requests.joinable()) requests.join();
    if (answers.joinable()) answers.join();
    ::close(client);
    ::close(server);
  }
};

LdapFaults::LdapFaults(int target_port) : target_port_(target_port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener_ < 0) fail("socket");
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail("listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this](const std::stop_token& stop) { accept_all(stop); });
}

LdapFaults::~LdapFaults() {
  acceptor_.request_stop();
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  const std::scoped_lock lock(mutex_);
  for (const auto& connection : connections_) connection->hang_up();
}

void LdapFaults::choose(Choose choose) {
  const std::scoped_lock lock(mutex_);
  choose_ = std::move(choose);
}

void LdapFaults::accept_all(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd wait{.fd = listener_, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, 100) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    auto connection = std::make_unique<Connection>();
    connection->client = client;
    connection->server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    for (const int socket : {connection->client, connection->server}) {
      ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    const sockaddr_in target = loopback(target_port_);
    if (::connect(connection->server, reinterpret_cast<const sockaddr*>(&target), sizeof target) !=
        0) {
      continue;  // refused there, so hung up here
    }
    Connection& c = *connection;
    c.answers = std::jthread([&c] {
      std::string bytes;
      std::array<char, 65536> buffer{};
      for (bool goes_on = true; goes_on;) {
        const ssize_t n = ::recv(c.server, buffer.data(), buffer.size(), 0);
        if (n <= 0) break;
        bytes.append(buffer.data(), static_cast<std::size_t>(n));
        std::size_t whole = 0;  // answers of ours go between its messages
        for (Element message = element_of(bytes); message.tag != 0;
             message = element_of(std::string_view(bytes).substr(whole))) {
          whole += message.size;
        }
        const std::scoped_lock lock(c.writing);
        goes_on = send_all(c.client, std::string_view(bytes).substr(0, whole));
        bytes.erase(0, whole);
      }
      c.hang_up();
    });
    c.requests = std::jthread([this, &c] { serve(c); });
    const std::scoped_lock lock(mutex_);
    connections_.push_back(std::move(connection));
  }
}

void LdapFaults::serve(Connection& connection) {
  std::string bytes;
  std::array<char, 65536> buffer{};
  for (bool goes_on = true; goes_on;) {
    const ssize_t n = ::recv(connection.client, buffer.data(), buffer.size(), 0);
    if (n <= 0) break;
    bytes.append(buffer.data(), static_cast<std::size_t>(n));
    for (Element message = element_of(bytes); goes_on && message.tag != 0;
         message = element_of(bytes)) {
      goes_on = take(connection, bytes.substr(0, message.size));
      bytes.erase(0, message.size);
    }
  }
  connection.hang_up();
}

/// False if the connection is to end.
bool LdapFaults::take(Connection& connection, const std::string& message) {
  const std::string_view body = element_of(message).value;
  const Element id = element_of(body);
  const Element operation = element_of(body.substr(id.size));
  const Kind kind = kind_of(operation.tag);
  Request request{.operation = kind.operation, .target = {}};
  std::string_view rest = operation.value;
  if (kind.operation == Operation::kBind) rest.remove_prefix(element_of(rest).size);  // version
  if (kind.answer != 0) request.target = element_of(rest).value;
  Choose choose;
  {
    const std::scoped_lock lock(mutex_);
    choose = choose_;
  }
  const std::optional<Fault> fault =
      choose && kind.answer != 0 ? choose(request) : std::optional<Fault>();
  if (!fault) return send_all(connection.server, message);
  ++faults_;
  if (fault->kind == Fault::Kind::kClose) return false;
  if (fault->kind == Fault::Kind::kSilence) return true;
  const std::string result = encoded(0x0A, std::string(1, static_cast<char>(fault->code))) +
                             encoded(0x04, "") + encoded(0x04, fault->message);
  const std::string answer =
      encoded(0x30, encoded(id.tag, id.value) + encoded(kind.answer, result));
  const std::scoped_lock lock(connection.writing);
  return send_all(connection.client, answer);
}

}  // namespace trueup
