// SPDX-License-Identifier: Apache-2.0
#include "tests/support/servers/ack_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

#include "snapshots/model/attribute.h"

namespace trueup {
namespace {

/// Tags of BER (X.690 8.1.2) as RFC 4511 uses them.
enum Tag : std::uint8_t {
  kInteger = 0x02,
  kOctetString = 0x04,
  kEnumerated = 0x0a,
  kSequence = 0x30,
  kSet = 0x31,
  kUnbindRequest = 0x42,
  kAbandonRequest = 0x50,
  kBindRequest = 0x60,
  kSearchRequest = 0x63,
  kSearchEntry = 0x64,
  kSearchDone = 0x65,
  kModifyRequest = 0x66,
  kResponse = 0x60,  // and its number
};

constexpr int kSuccess = 0;
constexpr int kUnwillingToPerform = 53;

struct Element {
  std::uint8_t tag = 0;
  std::string_view content;
  std::size_t size = 0;  // with tag and length
};

enum class Parsed : std::uint8_t { kWhole, kDelta, kBroken };

/// The element that `bytes` starts with, its length in short or long form (X.690 8.1.3).
Parsed parse(std::string_view bytes, Element& element) {
  if (bytes.size() < 2) return Parsed::kDelta;
  const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  element.tag = octet(0);
  std::size_t length = octet(1);
  std::size_t header = 2;
  if (length >= 0x80) {
    const std::size_t octets = length & 0x7f;
    if (octets == 0 || octets > 4) return Parsed::kBroken;  // LDAP knows no indefinite length
    header += octets;
    if (bytes.size() < header) return Parsed::kDelta;
    length = 0;
    for (std::size_t i = 2; i < header; ++i) length = length << 8 | octet(i);
  }
  if (bytes.size() - header < length) return Parsed::kDelta;
  element.content = bytes.substr(header, length);
  element.size = header + length;
  return Parsed::kWhole;
}

void append(std::string& out, std::uint8_t tag, std::string_view content) {
  out += static_cast<char>(tag);
  const std::size_t size = content.size();
  if (size < 0x80) {
    out += static_cast<char>(size);
  } else {
    out += {static_cast<char>(0x82), static_cast<char>(size >> 8), static_cast<char>(size)};
  }
  out += content;
}

/// LDAPResult without matchedDN and diagnosticMessage, in one message; no allocation.
void append_result(std::string& out, std::string_view message_id, std::uint8_t tag, int code) {
  out += static_cast<char>(kSequence);
  out += static_cast<char>(2 + message_id.size() + 9);
  append(out, kInteger, message_id);
  out += {static_cast<char>(tag),
          7,
          static_cast<char>(kEnumerated),
          1,
          static_cast<char>(code),
          static_cast<char>(kOctetString),
          0,
          static_cast<char>(kOctetString),
          0};
}

constexpr std::string_view kSubschema = "cn=Subschema";

/// RFC 4512 4.1.2, for what trueup may write.
std::string attribute_type(Attribute attribute) {
  const AttributeTraits& t = traits(attribute);
  return "( 1.1." + std::to_string(index(attribute)) + " NAME '" + std::string(t.name) + "'" +
         (t.multi_valued ? " )" : " SINGLE-VALUE )");
}

void append_attribute(std::string& out, std::string_view type,
                      const std::vector<std::string>& texts) {
  std::string values, pair;
  for (const std::string& text : texts) append(values, kOctetString, text);
  append(pair, kOctetString, type);
  append(pair, kSet, values);
  append(out, kSequence, pair);
}

void append_entry(std::string& out, std::string_view message_id, std::string_view dn) {
  std::string attributes;
  if (dn.empty()) {
    append_attribute(attributes, "namingContexts", {std::string(AckServer::kSuffix)});
    append_attribute(attributes, "subschemaSubentry", {std::string(kSubschema)});
    append_attribute(attributes, "supportedLDAPVersion", {"3"});
  } else if (dn == kSubschema) {
    std::vector<std::string> types;
    for (int i = 0; i < kAttributeCount; ++i) types.push_back(attribute_type(attribute_at(i)));
    append_attribute(attributes, "attributeTypes", types);
  }
  std::string entry, operation, message;
  append(entry, kOctetString, dn);
  append(entry, kSequence, attributes);
  append(operation, kInteger, message_id);
  append(operation, kSearchEntry, entry);
  append(message, kSequence, operation);
  out += message;
}

/// Of all clients.
struct Totals {
  std::atomic<std::uint64_t>* modifies;
  std::atomic<std::uint64_t>* bytes;
  std::atomic<std::uint64_t>* taken;
};

class Client {
 public:
  Client(int socket, const std::atomic<int>& modify_result, Totals totals)
      : socket_(socket), modify_result_(&modify_result), totals_(totals) {}
  int socket() const { return socket_; }

  /// Takes what has come and answers what is whole; false at the end.
  bool serve() {
    if (have_ == input_.size()) input_.resize(2 * input_.size());
    const ssize_t size = ::recv(socket_, input_.data() + have_, input_.size() - have_, 0);
    if (size <= 0) return size < 0 && errno == EINTR;
    have_ += static_cast<std::size_t>(size);
    std::string_view left(input_.data(), have_);
    Batch batch;
    bool goes_on = true;
    Element message;
    while (goes_on) {
      const Parsed parsed = parse(left, message);
      if (parsed == Parsed::kDelta) break;
      goes_on = parsed == Parsed::kWhole && answer(message, batch);
      left.remove_prefix(parsed == Parsed::kWhole ? message.size : left.size());
    }
    std::memmove(input_.data(), left.data(), left.size());
    have_ = left.size();
    // Before the answers go out: whoever has them all finds them all counted.
    *totals_.modifies += batch.modifies;
    *totals_.bytes += batch.bytes;
    *totals_.taken += batch.taken;
    return send_answers() && goes_on;
  }

 private:
  struct Batch {
    std::uint64_t modifies = 0;
    std::uint64_t bytes = 0;
    std::uint64_t taken = 0;
  };

  bool answer(const Element& message, Batch& batch) {
    Element id, operation;
    if (message.tag != kSequence || parse(message.content, id) != Parsed::kWhole ||
        id.tag != kInteger || id.content.size() > 4 ||
        parse(message.content.substr(id.size), operation) != Parsed::kWhole) {
      return false;
    }
    if (operation.tag == kUnbindRequest) return false;
    if (operation.tag == kAbandonRequest) return true;
    int code = kUnwillingToPerform;
    if (operation.tag == kBindRequest) code = kSuccess;
    if (operation.tag == kModifyRequest) {
      code = *modify_result_;
      ++batch.modifies;
      batch.taken += code == kSuccess ? 1 : 0;
      batch.bytes += message.size;
    }
    // Each response's number in RFC 4511 is its request's and one; a search's has two parts.
    auto response = static_cast<std::uint8_t>(kResponse | ((operation.tag & 0x1f) + 1));
    if (operation.tag == kSearchRequest) {
      code = kSuccess;
      Element base;
      if (parse(operation.content, base) != Parsed::kWhole) return false;
      append_entry(answers_, id.content, base.content);
      response = kSearchDone;
    }
    append_result(answers_, id.content, response, code);
    return true;
  }

  bool send_answers() {
    for (std::size_t sent = 0; sent < answers_.size();) {
      const ssize_t size =
          ::send(socket_, answers_.data() + sent, answers_.size() - sent, MSG_NOSIGNAL);
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) return false;
      sent += static_cast<std::size_t>(size);
    }
    answers_.clear();
    return true;
  }

  int socket_;
  const std::atomic<int>* modify_result_;
  Totals totals_;
  std::vector<char> input_ = std::vector<char>(std::size_t{1} << 17);
  std::size_t have_ = 0;  // of it: the start of a request that is not whole yet
  std::string answers_;
};

}  // namespace

AckServer::AckServer()
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      wake_(::eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (wake_ < 0 || ::bind(listener_, any, size) != 0 || ::listen(listener_, 128) != 0 ||
      ::getsockname(listener_, any, &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "no socket to listen on");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

AckServer::~AckServer() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
  thread_.join();
  ::close(wake_);
  ::close(listener_);
}

void AckServer::serve() {
  std::vector<Client> clients;
  std::vector<pollfd> polled;
  for (;;) {
    polled.assign({{.fd = wake_, .events = POLLIN, .revents = 0},
                   {.fd = listener_, .events = POLLIN, .revents = 0}});
    for (const Client& client : clients) {
      polled.push_back({.fd = client.socket(), .events = POLLIN, .revents = 0});
    }
    if (::poll(polled.data(), polled.size(), -1) < 0) continue;
    if (polled[0].revents != 0) break;
    for (std::size_t i = clients.size(); i-- > 0;) {
      if (polled[i + 2].revents == 0 || clients[i].serve()) continue;
      ::close(clients[i].socket());
      clients.erase(clients.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (polled[1].revents == 0) continue;
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    clients.emplace_back(socket, modify_result_, Totals{&modifies_, &modify_bytes_, &taken_});
  }
  for (const Client& client : clients) ::close(client.socket());
}

}  // namespace trueup
