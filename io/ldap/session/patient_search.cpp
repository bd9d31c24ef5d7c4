// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/session/patient_search.h"

#include <ldap.h>

#include <algorithm>
#include <memory>

#include "io/ldap/session/ldap_errors.h"

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
  reply.message = session.wait_for_result(id, LDAP_MSG_ALL, session.operation_timeout());
  if (reply.message == nullptr) {
    reply.code = LDAP_TIMEOUT;
    ldap_abandon_ext(handle, id, nullptr, nullptr);
    return reply;
  }
  int code = LDAP_OTHER;
  // Keeps the server's message, which ldap_error_text() tells.
  const int parsed = ldap_parse_result(handle, reply.message.get(), &code, nullptr, nullptr,
                                       nullptr, nullptr, /*freeit=*/0);
  reply.code = parsed != LDAP_SUCCESS ? parsed : code;
  return reply;
}

void require_not_lost(const LdapSession& session, int code) {
  const bool lost = code == LDAP_SERVER_DOWN || code == LDAP_TIMEOUT;
  if (lost || is_server_trouble(code, last_message(session.handle()))) {
    throw LdapLost(lost_text(session.handle(), session.url(), code));
  }
}

}  // namespace

std::optional<std::chrono::milliseconds> ReadPauses::next() {
  constexpr std::chrono::milliseconds kFirst{250}, kLongest{15'000};
  if (taken_ == kMost) return std::nullopt;
  return std::min(kFirst * (1 << taken_++), kLongest);
}

void Reopening::after(const LdapLost& lost) {
  constexpr int kTries = 8;
  constexpr std::chrono::milliseconds kPause{100};
  if (++tries_ == kTries) throw lost;
  session_.notice().wait(kPause * (1 << (tries_ - 1)), lost.what());
  session_.reopen();
}

void Reopening::progress() { tries_ = 0; }

SearchReply search_patiently(const LdapSession& session, const SearchRequest& request) {
  Reopening reopening(session);
  for (ReadPauses pauses;;) {
    SearchReply reply;
    try {
      reply = search_once(session, request);
      require_not_lost(session, reply.code);
    } catch (const LdapLost& lost) {
      reopening.after(lost);
      continue;
    }
    if (!is_passing(reply.code, last_message(session.handle()))) return reply;
    const std::string why =
        session.url() + " is busy (" + ldap_error_text(session.handle(), reply.code) + ")";
    const auto pause = pauses.next();
    if (!pause) throw LdapBusy(why + " for too long; try again later");
    session.notice().wait(*pause, why);
  }
}

}  // namespace trueup
