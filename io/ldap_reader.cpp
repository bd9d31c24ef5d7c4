// SPDX-License-Identifier: Apache-2.0
#include "io/ldap_reader.h"

#include <ldap.h>

#include <algorithm>
#include <utility>

#include "io/ldap_messages.h"
#include "io/object_read.h"
#include "io/subtree_read.h"
#include "snapshots/errors.h"

namespace trueup {
namespace {

std::string attribute_name(int i) { return std::string(traits(attribute_at(i)).name); }

/// Many base searches at once on one connection.
class ObjectReads {
 public:
  ObjectReads(const LdapSession& session, std::size_t window, std::chrono::milliseconds timeout)
      : session_(session), window_(window), timeout_(timeout) {}

  void run(std::span<const ObjectRequest> requests,
           const std::function<void(const ObjectAnswer&)>& on_answer) {
    std::size_t next = 0;
    while (next < requests.size() || !open_.empty()) {
      while (next < requests.size() && open_.size() < window_) {
        start(requests[next], next);
        ++next;
      }
      receive(on_answer);
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
  void receive(const std::function<void(const ObjectAnswer&)>& on_answer);

  const LdapSession& session_;
  std::size_t window_;
  std::chrono::milliseconds timeout_;
  ObjectSearch search_;
  std::vector<Open> open_;
  ObjectAnswer answer_;
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
    throw DirectoryError("cannot read " + read.address() + " at " + session_.url() + ": " +
                         ldap_error_text(session_.handle(), code) + "; try again");
  }
  return message_id;
}

void ObjectReads::receive(const std::function<void(const ObjectAnswer&)>& on_answer) {
  LdapMessage message = next_message(session_, LDAP_RES_ANY, timeout_);
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
  if (result.code == LDAP_SUCCESS && !found->read.seen()) {
    result.code = LDAP_NO_SUCH_OBJECT;
    result.text = "the server does not show the object; may the account read it?";
  }
  answer_.index = found->index;
  answer_.result_code = result.code;
  answer_.message = std::move(result.text);
  answer_.incomplete = found->read.incomplete();
  answer_.values = found->read.values();
  on_answer(answer_);
  if (&*found != &open_.back()) *found = std::move(open_.back());
  open_.pop_back();
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
    : session_(ldap), options_(options), operation_timeout_(ldap.operation_timeout) {
  if (options.max_in_flight < 1 || options.max_in_flight > 256) {
    throw UsageError("reads in flight must be 1 to 256");
  }
  if (options.page_size < 1) throw UsageError("the page size must be at least 1");
  session_.require_base();
}

void LdapReader::read_objects(std::span<const ObjectRequest> requests,
                              const std::function<void(const ObjectAnswer&)>& on_answer) {
  ObjectReads(session_, static_cast<std::size_t>(options_.max_in_flight), operation_timeout_)
      .run(requests, on_answer);
}

SubtreeSummary LdapReader::read_subtree(MailboxSink& sink) {
  MailboxesOf mailboxes(sink);
  return SubtreeRead(session_, options_, {.base = session_.base_dn()}, mailboxes).run();
}

std::vector<std::string> LdapReader::subtree_attributes() {
  std::vector<std::string> names = {"objectClass", "objectGUID", "mS-DS-ConsistencyGuid",
                                    "homeMDB",     "msExchHomeServerName", "adminCount",
                                    "isDeleted",   "whenChanged",          "sAMAccountName",
                                    "displayName"};
  for (int i = 0; i < kAttributeCount; ++i) names.push_back(attribute_name(i));
  return names;
}

}  // namespace trueup
