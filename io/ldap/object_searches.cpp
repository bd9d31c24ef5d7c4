// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/object_searches.h"

#include <ldap.h>

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "io/ldap/patient_search.h"
#include "snapshots/errors.h"

namespace trueup {
namespace {

int send(const LdapSession& session, const ObjectRequest& object,
         std::vector<const char*>& wanted) {
  std::string address;
  write_address(session.root_dse(), object.object_guid, object.dn, address);
  int message_id = 0;
  const int code = ldap_search_ext(session.handle(), address.c_str(), LDAP_SCOPE_BASE,
                                   "(objectClass=*)", const_cast<char**>(wanted.data()), 0, nullptr,
                                   nullptr, nullptr, 0, &message_id);
  if (code != LDAP_SUCCESS) {
    require_answer(code, lost_text(session.handle(), session.url(), code));
    throw DirectoryError("cannot ask for " + address + " at " + session.url() + ": " +
                         ldap_error_text(session.handle(), code) + "; try again");
  }
  return message_id;
}

}  // namespace

void search_objects(const LdapSession& session, std::span<const ObjectRequest> objects,
                    const ObjectSearches& searches) {
  std::vector<const char*> wanted = searches.wanted;
  wanted.push_back(nullptr);
  std::vector<std::pair<int, std::size_t>> open;  // message id, index
  std::deque<std::size_t> to_send;
  for (std::size_t i = 0; i < objects.size(); ++i) to_send.push_back(i);
  std::vector<std::size_t> put_off;  // the server was busy
  std::string why;
  for (ReadPauses pauses; !to_send.empty() || !open.empty() || !put_off.empty();) {
    if (to_send.empty() && open.empty()) {
      const auto pause = pauses.next();
      if (!pause) throw LdapBusy(why + " for too long; try again later");
      session.notice().wait(*pause, why);
      to_send.assign(put_off.begin(), put_off.end());
      put_off.clear();
    }
    for (; !to_send.empty() && open.size() < searches.in_flight; to_send.pop_front()) {
      open.emplace_back(send(session, objects[to_send.front()], wanted), to_send.front());
    }
    const LdapMessage message = next_message(session, LDAP_RES_ANY, session.operation_timeout());
    const auto found = std::ranges::find(open, ldap_msgid(message.get()),
                                         &std::pair<int, std::size_t>::first);
    if (found == open.end()) continue;
    const std::size_t index = found->second;
    const int type = ldap_msgtype(message.get());
    if (type == LDAP_RES_SEARCH_ENTRY) {
      EntryCursor entry(session.handle(), message.get());
      searches.on_entry(index, entry);
    }
    if (type != LDAP_RES_SEARCH_RESULT) continue;
    open.erase(found);
    SearchResult result = parse_search_result(session.handle(), message.get());
    if (is_passing(result.code)) {
      why = session.url() + " is busy (" + result.text + ")";
      put_off.push_back(index);
      continue;
    }
    pauses = {};
    searches.on_result(index, std::move(result));
  }
}

}  // namespace trueup
