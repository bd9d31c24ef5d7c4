// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/ldap_writer.h"

#include <ldap.h>
#include <poll.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "io/ldap/domain_head.h"
#include "io/ldap/ldap_window.h"
#include "io/ldap/modify_list.h"
#include "io/ldap/session/try_again.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Beside a run that waits, each step of a new connection must be done by then.
constexpr milliseconds kReconnectLimit{5'000};
constexpr milliseconds kBesideOthersLimit{1'000};
constexpr milliseconds kDrainLimit{5'000};

/// [MS-ADTS] 3.1.1.3.4.6: an AD drops a connection with a larger request on it, without an answer.
constexpr std::size_t kMaxReceiveBuffer = 10'485'760;

void require_range(const std::string& flag, int value, int highest) {
  if (value >= 1 && value <= highest) return;
  throw UsageError(flag + " must be 1 to " + std::to_string(highest));
}

AttributeSet edited(const Change& change) {
  AttributeSet attributes;
  for (const Edit& edit : change.edits) attributes.add(edit.attribute);
  return attributes;
}

}  // namespace

struct LdapWriter::State {
  LdapOptions ldap;  // with the one URL that is connected
  RootDse root_dse;
  DirectoryIdentity identity;  // of the first connection
  std::vector<std::string> warnings;
  std::vector<LdapWindow> windows;
  std::vector<WriterAnswer>
      not_sent;  // requests that libldap itself refused, given at the next poll
  ModifyList modify_list;
  ObjectSearch search;
  std::string address;
  std::vector<pollfd> sockets;

  LdapSession open_another(const LdapOptions& options) const;
  LdapWindow& least_loaded();
  void refuse(const Change& change, WriterAnswer::Request request, int code, std::string message);
  void wait(milliseconds timeout);
};

LdapWriter::LdapWriter(const LdapOptions& ldap, const LdapWriterOptions& options)
    : state_(new State) {
  require_range("--connections", options.connections, kMaxConnections);
  require_range("--max-in-flight", options.max_in_flight, kMaxWindow);
  State& s = *state_;
  LdapSession first = try_servers(ldap, [&](const LdapOptions& left, std::string& reached) {
    LdapSession session(left);
    reached = session.url();
    session.require_writable();
    session.require_base();
    s.identity = read_identity(session);
    return session;
  });
  s.ldap = first.same_server(ldap);
  s.root_dse = first.root_dse();
  s.warnings = first.warnings();
  const auto window = static_cast<std::size_t>(options.max_in_flight);
  s.windows.emplace_back(std::move(first), window, ldap.operation_timeout);
  for (int i = 1; i < options.connections; ++i) {
    s.windows.emplace_back(try_again(ldap.notice, [&] { return s.open_another(s.ldap); }), window,
                           ldap.operation_timeout);
  }
  s.sockets.resize(s.windows.size());
}

LdapWriter::~LdapWriter() {
  const auto deadline = steady_clock::now() + kDrainLimit;
  std::vector<WriterAnswer> unheard;
  try {
    while (in_flight() > 0 && steady_clock::now() < deadline) {
      poll(milliseconds(100), unheard);
    }
  } catch (const std::exception&) {
    // An answer that cannot be decoded: what is left is unknown either way.
  }
}

/// Another session with the server of the first. Throws DirectoryError if it is another server.
LdapSession LdapWriter::State::open_another(const LdapOptions& options) const {
  LdapSession session(options);
  const RootDse& now = session.root_dse();
  if (now.ds_service_name != root_dse.ds_service_name) {
    throw LdapRefused(session.url() + " leads to different domain controllers (" +
                      root_dse.ds_service_name + " and " + now.ds_service_name +
                      "); name one of them");
  }
  if (now.invocation_id != root_dse.invocation_id) {
    throw LdapRefused(session.url() +
                      " has another database than before (invocationId), as after "
                      "a restore from a backup; load AD and plan again");
  }
  // Which server it is, only an AD says; of others, which directory they hold.
  if (root_dse.active_directory) return session;
  const DirectoryIdentity there = read_identity(session);
  if (there.naming_context != identity.naming_context || there.head_guid != identity.head_guid) {
    throw LdapRefused(session.url() + " holds another directory than before (" +
                      there.naming_context + "); load AD and plan again");
  }
  return session;
}

const std::string& LdapWriter::url() const { return state_->ldap.urls.front(); }
const LdapOptions& LdapWriter::same_server() const { return state_->ldap; }
const RootDse& LdapWriter::root_dse() const { return state_->root_dse; }
const std::vector<std::string>& LdapWriter::warnings() const { return state_->warnings; }

const LdapSession& LdapWriter::session() const {
  const auto alive = std::ranges::find_if(state_->windows, &LdapWindow::usable);
  if (alive == state_->windows.end() || in_flight() > 0) {
    throw std::logic_error("LdapWriter::session with requests in flight, or no connection");
  }
  return alive->session();
}

bool LdapWriter::has_room() const {
  return std::ranges::any_of(state_->windows, &LdapWindow::takes);
}

std::size_t LdapWriter::in_flight() const {
  std::size_t count = state_->not_sent.size();
  for (const LdapWindow& window : state_->windows) count += window.in_flight();
  return count;
}

std::size_t LdapWriter::connections() const {
  return static_cast<std::size_t>(std::ranges::count_if(state_->windows, &LdapWindow::usable));
}

std::size_t LdapWriter::lost_connections() const {
  const auto lost = [](const LdapWindow& window) { return !window.alive(); };
  return static_cast<std::size_t>(std::ranges::count_if(state_->windows, lost));
}

LdapWindow& LdapWriter::State::least_loaded() {
  LdapWindow* chosen = nullptr;
  for (LdapWindow& window : windows) {
    if (!window.takes()) continue;
    if (chosen == nullptr || window.in_flight() < chosen->in_flight()) chosen = &window;
  }
  if (chosen == nullptr) throw std::logic_error("LdapWriter: a request without has_room()");
  return *chosen;
}

void LdapWriter::State::refuse(const Change& change, WriterAnswer::Request request, int code,
                               std::string message) {
  not_sent.push_back({.number = change.number,
                      .request = request,
                      .answered = true,
                      .result_code = code,
                      .message = "not sent: " + std::move(message),
                      .values = {}});
}

void LdapWriter::submit(const Change& change) {
  State& s = *state_;
  LdapWindow& window = s.least_loaded();
  write_address(s.root_dse, change.object_guid, change.dn, s.address);
  const std::size_t size = encoded_bound(change) + s.address.size();
  if (s.root_dse.active_directory && size > kMaxReceiveBuffer) {
    return s.refuse(
        change, WriterAnswer::Request::kModify, LDAP_ADMINLIMIT_EXCEEDED,
        "the request would be " + std::to_string(size) + " bytes, more than MaxReceiveBuffer");
  }
  int code = LDAP_SUCCESS;
  if (!window.modify(change.number, s.address, s.modify_list.build(change), code)) {
    s.refuse(change, WriterAnswer::Request::kModify, code, ldap_err2string(code));
  }
}

void LdapWriter::read(const Change& change) {
  State& s = *state_;
  LdapWindow& window = s.least_loaded();
  write_address(s.root_dse, change.object_guid, change.dn, s.address);
  int code = LDAP_SUCCESS;
  if (!window.read(change.number, s.address, edited(change), s.search, code)) {
    s.refuse(change, WriterAnswer::Request::kRead, code, ldap_err2string(code));
  }
}

void LdapWriter::State::wait(milliseconds timeout) {
  bool at_once = !not_sent.empty() || std::ranges::none_of(windows, &LdapWindow::alive);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    // poll(2) passes over a lost connection's -1.
    sockets[i] = {.fd = windows[i].socket(), .events = POLLIN, .revents = 0};
    at_once = at_once || windows[i].failing();
  }
  const int wait_ms = at_once ? 0 : static_cast<int>(timeout.count());
  if (::poll(sockets.data(), sockets.size(), wait_ms) < 0) {
    for (pollfd& socket : sockets) socket.revents = 0;  // a signal: nothing is known
  }
}

void LdapWriter::poll(milliseconds timeout, std::vector<WriterAnswer>& outcomes) {
  State& s = *state_;
  s.wait(timeout);
  std::ranges::move(s.not_sent, std::back_inserter(outcomes));
  s.not_sent.clear();
  for (std::size_t i = 0; i < s.windows.size(); ++i) {
    s.windows[i].take_answers(s.sockets[i].revents, s.search, outcomes);
  }
}

void LdapWriter::drop_connections() {
  for (LdapWindow& window : state_->windows) window.close();
}

bool LdapWriter::reconnect(std::string& why) {
  State& s = *state_;
  LdapOptions options = s.ldap;
  // While others still work, nobody waits long for one more.
  const milliseconds limit = connections() > 0 ? kBesideOthersLimit : kReconnectLimit;
  options.connect_timeout = std::min(options.connect_timeout, limit);
  options.operation_timeout = std::min(options.operation_timeout, limit);
  options.rounds = 1;
  for (LdapWindow& window : s.windows) {
    if (window.alive()) continue;
    try {
      LdapSession session = s.open_another(options);
      session.limit_operations(s.ldap.operation_timeout);
      window.replace(std::move(session));
    } catch (const LdapRefused&) {
      throw;
    } catch (const DirectoryError& e) {
      why = e.what();
      return false;
    }
  }
  return lost_connections() == 0;
}

}  // namespace trueup
