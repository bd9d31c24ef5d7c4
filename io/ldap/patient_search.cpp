// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/patient_search.h"

#include <ldap.h>

#include <algorithm>

namespace trueup {
namespace {

SearchReply search_once(const LdapSession& session, const SearchRequest& request) {
  std::vector<const char*> attributes = request.attributes;
  attributes.push_back(nullptr);
  timeval limit{.tv_sec = request.time_limit.count(), .tv_usec = 0};
  ldap* const handle = session.handle();
  int id = 0;
  SearchReply reply;
  reply.code = ldap_search_ext(
      handle, request.base.c_str(), request.scope, request.filter.c_str(),
      request.attributes.empty() ? nullptr : const_cast<char**>(attributes.data()), 0, nullptr,
      nullptr, request.time_limit.count() > 0 ? &limit : nullptr, request.size_limit, &id);
  if (reply.code != LDAP_SUCCESS) return reply;
  reply.message = wait_for_result(session, id, LDAP_MSG_ALL, session.operation_timeout());
  if (reply.message == nullptr) {
    reply.code = LDAP_TIMEOUT;
    ldap_abandon_ext(handle, id, nullptr, nullptr);
    return reply;
  }
  int code = LDAP_OTHER;
  // Keeps the server's message, which ldap_error_text() tells.
  const int parsed = ldap_parse_result(handle, reply.message.get(), &code, nullptr, nullptr, nullptr,
                                       nullptr, /*freeit=*/0);
  reply.code = parsed != LDAP_SUCCESS ? parsed : code;
  return reply;
}

}  // namespace

bool is_passing(int result_code) {
  return result_code == LDAP_BUSY || result_code == LDAP_UNAVAILABLE ||
         result_code == LDAP_TIMELIMIT_EXCEEDED;
}

void require_answer(int result_code, const std::string& failed) {
  if (is_passing(result_code)) throw LdapBusy(failed);
  if (result_code == LDAP_SERVER_DOWN || result_code == LDAP_TIMEOUT) throw LdapLost(failed);
}

std::optional<std::chrono::milliseconds> ReadPauses::next() {
  constexpr std::chrono::milliseconds kFirst{250}, kLongest{15'000};
  if (taken_ == kMost) return std::nullopt;
  return std::min(kFirst * (1 << taken_++), kLongest);
}

SearchReply search_patiently(const LdapSession& session, const SearchRequest& request) {
  for (ReadPauses pauses;;) {
    SearchReply reply = search_once(session, request);
    if (reply.code == LDAP_SERVER_DOWN || reply.code == LDAP_TIMEOUT) {
      throw LdapLost(lost_text(session.handle(), session.url(), reply.code));
    }
    if (!is_passing(reply.code)) return reply;
    const std::string why =
        session.url() + " is busy (" + ldap_error_text(session.handle(), reply.code) + ")";
    const auto pause = pauses.next();
    if (!pause) throw LdapBusy(why + " for too long; try again later");
    session.notice().wait(*pause, why);
  }
}

}  // namespace trueup
