// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/ldap_window.h"

#include <ldap.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "io/ldap/session/ldap_errors.h"

namespace trueup {
namespace {

/// Codes of libldap's own that say the connection is gone; the others concern one request.
bool connection_failed(int code) {
  return code == LDAP_SERVER_DOWN || code == LDAP_CONNECT_ERROR || code == LDAP_TIMEOUT;
}

/// The values of a finished read, or why there are none.
void give_values(const ObjectRead& read, WriterAnswer& answer) {
  if (!read.seen()) {
    answer.result_code = LDAP_NO_SUCH_OBJECT;
    answer.message = "the server does not show the object; may the account read it?";
    return;
  }
  if (!read.incomplete().empty()) {
    answer.result_code = LDAP_OTHER;
    answer.message = read.complaint();
    return;
  }
  answer.values.reserve(read.values().size());
  for (const AttributeValue& value : read.values()) {
    answer.values.push_back({.attribute = value.attribute, .bytes = std::string(value.bytes)});
  }
}

}  // namespace

LdapWindow::LdapWindow(LdapSession session, std::size_t size,
                       std::chrono::milliseconds silence_limit)
    : size_(size), silence_limit_(silence_limit) {
  in_flight_.reserve(size);
  replace(std::move(session));
}

void LdapWindow::replace(LdapSession session) {
  session_.emplace(std::move(session));
  send_failure_.clear();
  notice_.clear();
}

void LdapWindow::close() { session_.reset(); }

bool LdapWindow::modify(std::uint32_t number, const std::string& address, ldapmod** mods,
                        int& code) {
  InFlight request{.number = number, .sent = std::chrono::steady_clock::now(), .read = nullptr};
  code = ldap_modify_ext(session_->handle(), address.c_str(), mods, nullptr, nullptr,
                         &request.message_id);
  if (code != LDAP_SUCCESS && !connection_failed(code)) return false;
  record_sent(std::move(request), code);
  return true;
}

bool LdapWindow::read(std::uint32_t number, const std::string& address, AttributeSet wanted,
                      ObjectSearch& search, int& code) {
  InFlight request{.number = number,
                   .sent = std::chrono::steady_clock::now(),
                   .read = std::make_unique<ObjectRead>(address, wanted)};
  code = search.send(session_->handle(), *request.read, request.message_id);
  if (code != LDAP_SUCCESS && !connection_failed(code)) return false;
  record_sent(std::move(request), code);
  return true;
}

void LdapWindow::record_sent(InFlight request, int code) {
  if (in_flight_.empty()) heard_ = request.sent;
  if (code != LDAP_SUCCESS) {
    // A part may have been sent, so this one is unknown as well.
    request.message_id = -1;
    send_failure_ = ldap_error_text(session_->handle(), code);
  }
  in_flight_.push_back(std::move(request));
}

/// The search for the next values of an object goes out in the place of the one that has ended.
bool LdapWindow::ask_again(InFlight& request, ObjectSearch& search) {
  const int code = search.send(session_->handle(), *request.read, request.message_id);
  if (code == LDAP_SUCCESS) return true;
  if (!connection_failed(code)) return false;
  request.message_id = -1;
  send_failure_ = ldap_error_text(session_->handle(), code);
  return true;
}

void LdapWindow::take(LdapMessage message, ObjectSearch& search, Time now,
                      std::vector<WriterAnswer>& outcomes) {
  const int message_id = ldap_msgid(message.get());
  const auto found = std::ranges::find(in_flight_, message_id, &InFlight::message_id);
  if (found != in_flight_.end() && found->read != nullptr) {
    heard_ = now;
    const int type = ldap_msgtype(message.get());
    if (type == LDAP_RES_SEARCH_ENTRY) {
      return found->read->take(session_->handle(), std::move(message));
    }
    if (type != LDAP_RES_SEARCH_RESULT) return;  // a reference to another server
  }
  int code = LDAP_OTHER;
  char* text = nullptr;
  const int parsed = ldap_parse_result(session_->handle(), message.get(), &code, nullptr, &text,
                                       nullptr, nullptr, /*freeit=*/0);
  const std::unique_ptr<char, void (*)(void*)> text_owner(text, ldap_memfree);
  if (found == in_flight_.end()) {
    if (message_id == 0 && text != nullptr) notice_ = text;
    return;
  }
  WriterAnswer answer{.number = found->number, .answered = true, .message = {}, .values = {}};
  answer.result_code = parsed != LDAP_SUCCESS ? parsed : code;
  if (answer.result_code != LDAP_SUCCESS) {
    answer.message = diagnostic_text(text);
    if (answer.message.empty()) answer.message = ldap_err2string(answer.result_code);
  }
  if (found->read != nullptr) {
    answer.request = WriterAnswer::Request::kRead;
    if (answer.result_code == LDAP_SUCCESS) {
      if (found->read->needs_more() && ask_again(*found, search)) return;
      give_values(*found->read, answer);
    }
  }
  answer.latency = now - found->sent;
  outcomes.push_back(std::move(answer));
  if (&*found != &in_flight_.back()) *found = std::move(in_flight_.back());
  in_flight_.pop_back();
  heard_ = now;
}

/// Until libldap has nothing more at hand: bytes that TLS or a SASL layer has already taken off the
/// socket would not wake the next wait. ldap_result() looks for such bytes before it selects
/// (LBER_SB_OPT_DATA_READY), so 0 means that there are none.
void LdapWindow::drain(ObjectSearch& search, Time now, std::vector<WriterAnswer>& outcomes) {
  // After a send that failed, libldap would not look at what had come in before.
  const int no_error = LDAP_SUCCESS;
  if (failing()) ldap_set_option(session_->handle(), LDAP_OPT_RESULT_CODE, &no_error);
  for (;;) {
    timeval at_once{.tv_sec = 0, .tv_usec = 0};
    LDAPMessage* message = nullptr;
    const int type =
        ldap_result(session_->handle(), LDAP_RES_ANY, LDAP_MSG_ONE, &at_once, &message);
    if (type == 0) return;
    if (type < 0) {
      int code = LDAP_SERVER_DOWN;
      ldap_get_option(session_->handle(), LDAP_OPT_RESULT_CODE, &code);
      return lose(ldap_error_text(session_->handle(), code), outcomes);
    }
    take(LdapMessage(message), search, now, outcomes);
  }
}

void LdapWindow::lose(const std::string& why, std::vector<WriterAnswer>& outcomes) {
  loss_ = notice_.empty() ? why : notice_;
  const Time now = std::chrono::steady_clock::now();
  for (const InFlight& request : in_flight_) {
    outcomes.push_back({.number = request.number,
                        .request = request.read != nullptr ? WriterAnswer::Request::kRead
                                                           : WriterAnswer::Request::kModify,
                        .answered = false,
                        .message = "connection lost before the answer: " + loss_,
                        .latency = now - request.sent,
                        .values = {}});
  }
  in_flight_.clear();
  session_.reset();
}

void LdapWindow::take_answers(short events, ObjectSearch& search,
                              std::vector<WriterAnswer>& outcomes) {
  if (!alive()) return;
  const Time now = std::chrono::steady_clock::now();
  const bool was_failing = failing();
  if (events != 0 || was_failing) drain(search, now, outcomes);
  if (!alive()) return;
  if (was_failing) {
    lose(send_failure_, outcomes);
  } else if ((events & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
    lose("closed by the server", outcomes);
  } else if (!in_flight_.empty() && now - heard_ > silence_limit_) {
    lose("no answer for " + std::to_string(silence_limit_.count() / 1000) + " s", outcomes);
  }
}

}  // namespace trueup
