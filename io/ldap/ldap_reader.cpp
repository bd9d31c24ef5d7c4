// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/ldap_reader.h"

#include <ldap.h>

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "io/ldap/object_read.h"
#include "io/ldap/session/ldap_errors.h"
#include "io/ldap/session/ldap_messages.h"
#include "io/ldap/session/patient_search.h"
#include "io/ldap/session/try_again.h"
#include "io/ldap/subtree_read.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

/// Many base searches at once on one connection.
class ObjectReads {
 public:
  ObjectReads(const LdapSession& session, std::size_t window, std::chrono::milliseconds timeout)
      : session_(session), window_(window), timeout_(timeout) {}

  /// Those of `left`, which are taken out as they are answered: after an LdapLost it holds the
  /// rest.
  void run(std::span<const ObjectRequest> requests, std::set<std::size_t>& left,
           const std::function<void(const ObjectAnswer&)>& on_answer) {
    for (ReadPauses pauses; !left.empty();) {
      std::deque<std::size_t> to_send(left.begin(), left.end());
      const std::size_t before = left.size();
      while (!to_send.empty() || !open_.empty()) {
        for (; !to_send.empty() && open_.size() < window_; to_send.pop_front()) {
          start(requests[to_send.front()], to_send.front());
        }
        receive(left, on_answer);
      }
      if (left.empty()) return;
      if (left.size() < before) pauses = {};
      const auto pause = pauses.next();
      if (!pause) throw LdapBusy(busy_ + " for too long; try again later");
      session_.notice().wait(*pause, busy_);
    }
  }

 private:
  struct Open {
    int message_id = 0;
    std::size_t index = 0;
    ObjectRead read;
  };

  void start(const ObjectRequest& request, std::size_t index);
  int send(const ObjectRead& read);
  void receive(std::set<std::size_t>& left,
               const std::function<void(const ObjectAnswer&)>& on_answer);

  const LdapSession& session_;
  std::size_t window_;
  std::chrono::milliseconds timeout_;
  ObjectSearch search_;
  std::vector<Open> open_;
  ObjectAnswer answer_;
  std::string busy_;  // why what is left was not answered
};

void ObjectReads::start(const ObjectRequest& request, std::size_t index) {
  std::string address;
  write_address(session_.root_dse(), request.object_guid, request.dn, address);
  ObjectRead read(std::move(address), request.attributes);
  const int message_id = send(read);
  open_.push_back({.message_id = message_id, .index = index, .read = std::move(read)});
}

int ObjectReads::send(const ObjectRead& read) {
  int message_id = 0;
  const int code = search_.send(session_.handle(), read, message_id);
  if (code != LDAP_SUCCESS) {
    require_answer(code, "", lost_text(session_.handle(), session_.url(), code));
    throw DirectoryError("cannot read " + read.address() + " at " + session_.url() + ": " +
                         ldap_error_text(session_.handle(), code) + "; try again");
  }
  return message_id;
}

void ObjectReads::receive(std::set<std::size_t>& left,
                          const std::function<void(const ObjectAnswer&)>& on_answer) {
  LdapMessage message = session_.next_message(LDAP_RES_ANY, timeout_);
  const auto found = std::ranges::find(open_, ldap_msgid(message.get()), &Open::message_id);
  if (found == open_.end()) return;  // a notice of disconnection; the lost connection follows
  const int type = ldap_msgtype(message.get());
  if (type == LDAP_RES_SEARCH_ENTRY) found->read.take(session_.handle(), std::move(message));
  if (type != LDAP_RES_SEARCH_RESULT) return;

  SearchResult result = parse_search_result(session_.handle(), message.get());
  if (result.code == LDAP_SUCCESS && found->read.needs_more()) {
    found->message_id = send(found->read);
    return;
  }
  const auto close = [&] {
    if (&*found != &open_.back()) *found = std::move(open_.back());
    open_.pop_back();
  };
  if (is_server_trouble(result.code, result.text)) {
    throw LdapLost(session_.url() + ": " + result.text);
  }
  if (is_passing(result.code, result.text)) {
    busy_ = session_.url() + " is busy (" + result.text + ")";
    return close();
  }
  if (result.code == LDAP_SUCCESS && !found->read.seen()) {
    result.code = LDAP_NO_SUCH_OBJECT;
    result.text = "the server does not show the object; may the account read it?";
  }
  answer_.index = found->index;
  answer_.result_code = result.code;
  answer_.message = std::move(result.text);
  answer_.incomplete = found->read.incomplete();
  answer_.values = found->read.values();
  left.erase(found->index);
  on_answer(answer_);
  close();
}

/// Passes on what is a mailbox or a defect.
class MailboxesOf : public AdEntrySink {
 public:
  explicit MailboxesOf(MailboxSink& sink) : sink_(sink) {}
  void on_entry(const AdEntry& entry, std::uint64_t number) override {
    if (entry.kind == AdEntry::Kind::kMailbox) sink_.on_mailbox(*entry.mailbox, number);
    if (entry.kind == AdEntry::Kind::kDefect) {
      sink_.on_defect(number, std::string(entry.dn) + ": " + std::string(entry.reason));
    }
  }

 private:
  MailboxSink& sink_;
};

}  // namespace

LdapReader::LdapReader(const LdapOptions& ldap, const LdapReaderOptions& options)
    : session_(try_servers(ldap,
                           [](const LdapOptions& left, std::string& reached) {
                             LdapSession session(left);
                             reached = session.url();
                             session.require_base();
                             return session;
                           })),
      options_(options),
      operation_timeout_(ldap.operation_timeout) {
  if (options.max_in_flight < 1 || options.max_in_flight > 256) {
    throw UsageError("reads in flight must be 1 to 256");
  }
  if (options.page_size < 1) throw UsageError("the page size must be at least 1");
}

void LdapReader::read_objects(std::span<const ObjectRequest> requests,
                              const std::function<void(const ObjectAnswer&)>& on_answer) {
  std::set<std::size_t> left;
  for (std::size_t i = 0; i < requests.size(); ++i) left.insert(left.end(), i);
  auto window = static_cast<std::size_t>(options_.max_in_flight);
  for (Reopening reopening(session_);;) {
    const std::size_t before = left.size();
    try {
      return ObjectReads(session_, window, operation_timeout_).run(requests, left, on_answer);
    } catch (const LdapBusy&) {
      throw;
    } catch (const LdapLost& lost) {
      if (left.size() < before) reopening.progress();
      window = std::max<std::size_t>(1, window / 4);  // something is to come through
      reopening.after(lost);
    }
  }
}

SubtreeSummary LdapReader::read_subtree(MailboxSink& sink) {
  MailboxesOf mailboxes(sink);
  return SubtreeRead(session_, options_, {.base = session_.base_dn()}, mailboxes).run();
}

}  // namespace trueup
