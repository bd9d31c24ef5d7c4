// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/session/ldap_session.h"

#include <ldap.h>

#include <algorithm>

#include "io/ldap/session/ldap_errors.h"
#include "io/ldap/session/tcp_connect.h"

namespace trueup {
namespace {

timeval to_timeval(std::chrono::milliseconds t) {
  return {.tv_sec = t.count() / 1000, .tv_usec = t.count() % 1000 * 1000};
}

}  // namespace

void LdapSession::Unbind::operator()(ldap* handle) const {
  ldap_unbind_ext_s(handle, nullptr, nullptr);
}

LdapSession::~LdapSession() = default;
LdapSession::LdapSession(LdapSession&&) noexcept = default;
LdapSession& LdapSession::operator=(LdapSession&&) noexcept = default;

void LdapSession::limit_operations(std::chrono::milliseconds timeout) {
  operation_timeout_ = timeout;
  const timeval limit = to_timeval(timeout);
  if (ldap_set_option(handle(), LDAP_OPT_TIMEOUT, &limit) != LDAP_OPT_SUCCESS) {
    throw UsageError("libldap does not accept the operation timeout");
  }
  limit_reads(socket(), timeout);
  limit_sends(socket(), timeout);
}

int LdapSession::socket() const {
  int descriptor = -1;
  ldap_get_option(handle(), LDAP_OPT_DESC, &descriptor);
  return descriptor;
}

LdapMessage LdapSession::wait_for_result(int message_id, int all,
                                         std::chrono::milliseconds timeout) const {
  using std::chrono::milliseconds;
  constexpr milliseconds kSlice{250};  // the signal is looked at this often
  const auto end = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
    const milliseconds slice = std::clamp(left, milliseconds(0), kSlice);
    timeval limit{.tv_sec = 0, .tv_usec = slice.count() * 1000};
    LDAPMessage* message = nullptr;
    const int type = ldap_result(handle(), message_id, all, &limit, &message);
    if (message != nullptr) return LdapMessage(message);
    if (type == 0) {
      notice_.check();  // while answers come, a page is read to its end
      if (left > milliseconds(0)) continue;
      return nullptr;
    }
    int code = LDAP_SERVER_DOWN;
    ldap_get_option(handle(), LDAP_OPT_RESULT_CODE, &code);
    throw LdapLost(lost_text(handle(), url_, code));
  }
}

LdapMessage LdapSession::next_message(int message_id, std::chrono::milliseconds timeout) const {
  LdapMessage message = wait_for_result(message_id, LDAP_MSG_ONE, timeout);
  if (message != nullptr) return message;
  throw LdapLost(url_ + " gave no answer for " + std::to_string(timeout.count() / 1000) +
                 " s; try again later");
}

std::string libldap_version() {
  LDAPAPIInfo info{};
  info.ldapai_info_version = LDAP_API_INFO_VERSION;
  if (ldap_get_option(nullptr, LDAP_OPT_API_INFO, &info) != LDAP_SUCCESS) return "unknown";
  // "20513" for 2.5.13
  const int number = info.ldapai_vendor_version;
  std::string version = std::to_string(number / 10'000) + "." + std::to_string(number / 100 % 100) +
                        "." + std::to_string(number % 100);
  ldap_memfree(info.ldapai_vendor_name);
  ldap_memvfree(reinterpret_cast<void**>(info.ldapai_extensions));
  char* tls = nullptr;
  if (ldap_get_option(nullptr, LDAP_OPT_X_TLS_PACKAGE, &tls) == LDAP_SUCCESS && tls != nullptr) {
    version += std::string(" (") + tls + ")";
    ldap_memfree(tls);
  }
  return version;
}

}  // namespace trueup
