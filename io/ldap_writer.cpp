// SPDX-License-Identifier: Apache-2.0
#include "io/ldap_writer.h"

#include <ldap.h>
#include <poll.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "io/modify_list.h"
#include "snapshots/errors.h"

namespace trueup {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

struct InFlight {
  int message_id = 0;
  std::uint32_t number = 0;
  SteadyTime sent;
};

struct Connection {
  /// Empty once the connection is lost. Reconnecting would put a new session here.
  std::optional<LdapSession> session;
  int socket = -1;
  std::vector<InFlight> in_flight;
  SteadyTime heard;          // the last sign of life, or when it was last idle
  std::string send_failure;  // set: takes no more; what it has already answered is still read
  std::string notice;        // of disconnection (RFC 4511 4.4.1): why the server hangs up

  bool takes(std::size_t window) const {
    return session && send_failure.empty() && in_flight.size() < window;
  }
};

/// Codes of libldap's own that say the connection is gone; the others concern one request.
bool connection_failed(int code) {
  return code == LDAP_SERVER_DOWN || code == LDAP_CONNECT_ERROR || code == LDAP_TIMEOUT;
}

void require_range(const std::string& flag, int value, int highest) {
  if (value >= 1 && value <= highest) return;
  throw UsageError(flag + " must be 1 to " + std::to_string(highest));
}

}  // namespace

struct LdapWriter::State {
  std::string url;
  RootDse root_dse;
  std::vector<std::string> warnings;
  std::size_t window = 0;
  std::chrono::milliseconds silence_limit{};
  std::vector<Connection> connections;
  std::size_t in_flight = 0;
  std::vector<Outcome> not_sent;  // requests that libldap itself refused, given at the next poll
  std::string last_loss;
  ModifyList modify_list;
  std::string address;
  std::vector<pollfd> sockets;

  void add_connection(LdapSession session);
  bool wait(std::chrono::milliseconds timeout);
  void take_answer(Connection& connection, LDAPMessage* message, SteadyTime now,
                   std::vector<Outcome>& outcomes);
  void drain(Connection& connection, SteadyTime now, std::vector<Outcome>& outcomes);
  void lose(Connection& connection, const std::string& why, std::vector<Outcome>& outcomes);
};

void LdapWriter::State::add_connection(LdapSession session) {
  Connection& added = connections.emplace_back();
  added.socket = session.socket();
  added.session.emplace(std::move(session));
  added.in_flight.reserve(window);
  sockets.push_back({.fd = added.socket, .events = POLLIN, .revents = 0});
}

LdapWriter::LdapWriter(const LdapOptions& ldap, const LdapWriterOptions& options)
    : state_(new State) {
  require_range("--connections", options.connections, kMaxConnections);
  require_range("--max-in-flight", options.max_in_flight, kMaxWindow);
  LdapSession first(ldap);
  first.require_writable();
  state_->url = first.url();
  state_->root_dse = first.root_dse();
  state_->warnings = first.warnings();
  state_->window = static_cast<std::size_t>(options.max_in_flight);
  state_->silence_limit = ldap.operation_timeout;

  LdapOptions same = ldap;
  same.urls = {first.url()};
  state_->add_connection(std::move(first));
  for (int i = 1; i < options.connections; ++i) {
    LdapSession next(same);
    if (next.root_dse().ds_service_name != state_->root_dse.ds_service_name) {
      throw DirectoryError(state_->url + " leads to different domain controllers (" +
                           state_->root_dse.ds_service_name + " and " +
                           next.root_dse().ds_service_name + "); name one of them");
    }
    state_->add_connection(std::move(next));
  }
}

LdapWriter::~LdapWriter() = default;

const std::string& LdapWriter::url() const { return state_->url; }
const RootDse& LdapWriter::root_dse() const { return state_->root_dse; }
const std::vector<std::string>& LdapWriter::warnings() const { return state_->warnings; }
std::size_t LdapWriter::in_flight() const { return state_->in_flight; }

bool LdapWriter::has_room() const {
  return std::ranges::any_of(state_->connections,
                             [&](const Connection& c) { return c.takes(state_->window); });
}

void LdapWriter::submit(const Change& change) {
  State& s = *state_;
  Connection* chosen = nullptr;
  for (Connection& c : s.connections) {
    if (!c.takes(s.window)) continue;
    if (chosen == nullptr || c.in_flight.size() < chosen->in_flight.size()) chosen = &c;
  }
  if (chosen == nullptr) throw std::logic_error("LdapWriter::submit without has_room()");

  write_address(s.root_dse, change.object_guid, change.dn, s.address);
  LDAPMod** mods = s.modify_list.build(change);
  const SteadyTime now = std::chrono::steady_clock::now();
  int message_id = -1;
  const int code = ldap_modify_ext(chosen->session->handle(), s.address.c_str(), mods, nullptr,
                                   nullptr, &message_id);
  ++s.in_flight;
  if (code != LDAP_SUCCESS && !connection_failed(code)) {
    s.not_sent.push_back({.number = change.number,
                          .answered = true,
                          .result_code = code,
                          .message = std::string("not sent: ") + ldap_err2string(code)});
    return;
  }
  if (chosen->in_flight.empty()) chosen->heard = now;
  if (code != LDAP_SUCCESS) {
    // A part may have been sent, so this one is unknown as well.
    message_id = -1;
    chosen->send_failure = ldap_error_text(chosen->session->handle(), code);
  }
  chosen->in_flight.push_back({.message_id = message_id, .number = change.number, .sent = now});
}

void LdapWriter::State::take_answer(Connection& connection, LDAPMessage* message, SteadyTime now,
                                    std::vector<Outcome>& outcomes) {
  const int message_id = ldap_msgid(message);
  int code = LDAP_OTHER;
  char* text = nullptr;
  const int parsed = ldap_parse_result(connection.session->handle(), message, &code, nullptr,
                                       &text, nullptr, nullptr, /*freeit=*/1);
  const std::unique_ptr<char, void (*)(void*)> text_owner(text, ldap_memfree);
  const auto found = std::ranges::find(connection.in_flight, message_id, &InFlight::message_id);
  if (found == connection.in_flight.end()) {
    if (message_id == 0 && text != nullptr) connection.notice = text;
    return;
  }
  Outcome outcome{.number = found->number, .answered = true, .result_code = code, .message = {}};
  if (parsed != LDAP_SUCCESS) outcome.result_code = parsed;
  if (outcome.result_code != LDAP_SUCCESS) {
    outcome.message = text != nullptr && *text != '\0' ? text : ldap_err2string(code);
  }
  outcome.latency = now - found->sent;
  outcomes.push_back(std::move(outcome));
  *found = connection.in_flight.back();
  connection.in_flight.pop_back();
  connection.heard = now;
  --in_flight;
}

/// Until libldap has nothing more at hand: bytes that TLS has already taken off the socket would
/// not wake the next wait().
void LdapWriter::State::drain(Connection& connection, SteadyTime now,
                              std::vector<Outcome>& outcomes) {
  // After a send that failed, libldap would not look at what had come in before.
  const int no_error = LDAP_SUCCESS;
  if (!connection.send_failure.empty()) {
    ldap_set_option(connection.session->handle(), LDAP_OPT_RESULT_CODE, &no_error);
  }
  for (;;) {
    timeval at_once{.tv_sec = 0, .tv_usec = 0};
    LDAPMessage* message = nullptr;
    const int type = ldap_result(connection.session->handle(), LDAP_RES_ANY, LDAP_MSG_ONE,
                                 &at_once, &message);
    if (type == 0) return;
    if (type < 0) {
      int code = LDAP_SERVER_DOWN;
      ldap_get_option(connection.session->handle(), LDAP_OPT_RESULT_CODE, &code);
      return lose(connection, ldap_error_text(connection.session->handle(), code), outcomes);
    }
    take_answer(connection, message, now, outcomes);
  }
}

void LdapWriter::State::lose(Connection& connection, const std::string& why,
                             std::vector<Outcome>& outcomes) {
  last_loss = connection.notice.empty() ? why : connection.notice;
  const SteadyTime now = std::chrono::steady_clock::now();
  for (const InFlight& request : connection.in_flight) {
    outcomes.push_back({.number = request.number,
                        .answered = false,
                        .message = "connection lost before the answer: " + last_loss,
                        .latency = now - request.sent});
  }
  in_flight -= connection.in_flight.size();
  connection.in_flight.clear();
  connection.session.reset();
  const auto position = static_cast<std::size_t>(&connection - connections.data());
  sockets[position].fd = -1;  // poll() passes over it
}

/// False if there is nothing to wait on any more.
bool LdapWriter::State::wait(std::chrono::milliseconds timeout) {
  const bool alive = std::ranges::any_of(connections, [](const auto& c) { return !!c.session; });
  if (!alive) return false;
  const bool failing =
      std::ranges::any_of(connections, [](const auto& c) { return !c.send_failure.empty(); });
  const int wait_ms = failing || !not_sent.empty() ? 0 : static_cast<int>(timeout.count());
  if (::poll(sockets.data(), sockets.size(), wait_ms) < 0) {
    for (pollfd& socket : sockets) socket.revents = 0;  // a signal: nothing is known
  }
  return true;
}

void LdapWriter::poll(std::chrono::milliseconds timeout, std::vector<Outcome>& outcomes) {
  State& s = *state_;
  const std::size_t before = outcomes.size();
  const bool alive = s.wait(timeout);
  s.in_flight -= s.not_sent.size();
  std::ranges::move(s.not_sent, std::back_inserter(outcomes));
  s.not_sent.clear();
  if (!alive && outcomes.size() == before) {
    throw DirectoryError("all connections to " + s.url + " are lost: " + s.last_loss +
                         "; check the server, then resume the run");
  }

  const SteadyTime now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < s.connections.size(); ++i) {
    Connection& connection = s.connections[i];
    if (!connection.session) continue;
    const short events = s.sockets[i].revents;
    const bool failing = !connection.send_failure.empty();
    if (events != 0 || failing) s.drain(connection, now, outcomes);
    if (!connection.session) continue;
    if (failing) {
      s.lose(connection, connection.send_failure, outcomes);
    } else if ((events & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
      s.lose(connection, "closed by the server", outcomes);
    } else if (!connection.in_flight.empty() && now - connection.heard > s.silence_limit) {
      s.lose(connection,
             "no answer for " + std::to_string(s.silence_limit.count() / 1000) + " s", outcomes);
    }
  }
}

}  // namespace trueup
