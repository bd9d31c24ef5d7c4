// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/object_searches.h"

#include <ldap.h>

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "io/ldap/session/ldap_errors.h"
#include "io/ldap/session/patient_search.h"
#include "snapshots/model/errors.h"

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
    require_answer(code, "", lost_text(session.handle(), session.url(), code));
    throw DirectoryError("cannot ask for " + address + " at " + session.url() + ": " +
                         ldap_error_text(session.handle(), code) + "; try again");
  }
  return message_id;
}

/// One call of search_objects(): what is left is asked for again where the server is busy or the
/// connection lost.
class Searches {
 public:
  Searches(const LdapSession& session, std::span<const ObjectRequest> objects,
           const ObjectSearches& searches)
      : session_(session), objects_(objects), searches_(searches), wanted_(searches.wanted) {
    wanted_.push_back(nullptr);
    for (std::size_t i = 0; i < objects.size(); ++i) to_send_.push_back(i);
  }

  void run() {
    Reopening reopening(session_);
    while (!to_send_.empty() || !open_.empty() || !put_off_.empty()) {
      try {
        step(reopening);
      } catch (const LdapBusy&) {
        throw;
      } catch (const LdapLost& lost) {
        for (const auto& [id, index] : open_) to_send_.push_front(index);
        to_send_.insert(to_send_.begin(), put_off_.begin(), put_off_.end());
        put_off_.clear();
        open_.clear();
        window_ = std::max<std::size_t>(1, window_ / 4);  // something is to come through
        reopening.after(lost);
      }
    }
  }

 private:
  void step(Reopening& reopening) {
    if (to_send_.empty() && open_.empty()) wait_for_server();
    for (; !to_send_.empty() && open_.size() < window_; to_send_.pop_front()) {
      open_.emplace_back(send(session_, objects_[to_send_.front()], wanted_), to_send_.front());
    }
    const LdapMessage message = session_.next_message(LDAP_RES_ANY, session_.operation_timeout());
    const auto found =
        std::ranges::find(open_, ldap_msgid(message.get()), &std::pair<int, std::size_t>::first);
    if (found == open_.end()) return;
    const std::size_t index = found->second;
    const int type = ldap_msgtype(message.get());
    if (type == LDAP_RES_SEARCH_ENTRY) {
      EntryCursor entry(session_.handle(), message.get());
      searches_.on_entry(index, entry);
    }
    if (type != LDAP_RES_SEARCH_RESULT) return;
    open_.erase(found);
    SearchResult result = parse_search_result(session_.handle(), message.get());
    if (is_server_trouble(result.code, result.text)) {
      put_off_.push_back(index);
      throw LdapLost(session_.url() + ": " + result.text);
    }
    if (is_passing(result.code, result.text)) {
      why_ = session_.url() + " is busy (" + result.text + ")";
      put_off_.push_back(index);
      return;
    }
    pauses_ = {};
    reopening.progress();
    searches_.on_result(index, std::move(result));
  }

  void wait_for_server() {
    const auto pause = pauses_.next();
    if (!pause) throw LdapBusy(why_ + " for too long; try again later");
    session_.notice().wait(*pause, why_);
    to_send_.assign(put_off_.begin(), put_off_.end());
    put_off_.clear();
  }

  const LdapSession& session_;
  const std::span<const ObjectRequest> objects_;
  const ObjectSearches& searches_;
  std::vector<const char*> wanted_;
  std::size_t window_ = std::max<std::size_t>(1, searches_.in_flight);
  std::vector<std::pair<int, std::size_t>> open_;  // message id, index
  std::deque<std::size_t> to_send_;
  std::vector<std::size_t> put_off_;  // the server was busy
  std::string why_;
  ReadPauses pauses_;
};

}  // namespace

void search_objects(const LdapSession& session, std::span<const ObjectRequest> objects,
                    const ObjectSearches& searches) {
  Searches(session, objects, searches).run();
}

}  // namespace trueup
