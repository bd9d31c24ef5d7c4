// SPDX-License-Identifier: Apache-2.0
#include "io/ldap_reader.h"

#include <ldap.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "io/ad_object.h"
#include "io/ldap_messages.h"
#include "snapshots/errors.h"

namespace trueup {
namespace {

constexpr char kDomainScope[] = "1.2.840.113556.1.4.1339";

/// Computers come too: one that holds an address counts for collisions.
constexpr char kSubtreeFilter[] =
    "(|(objectClass=user)(objectClass=inetOrgPerson)(proxyAddresses=*)(mail=*))";

bool is_managed(AdField field) { return static_cast<int>(field) < kAttributeCount; }

std::string attribute_name(int i) { return std::string(traits(attribute_at(i)).name); }

/// libldap takes char* but does not write to them.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Many base searches at once on one connection.
class ObjectReads {
 public:
  ObjectReads(const LdapSession& session, std::size_t window, std::chrono::milliseconds timeout)
      : session_(session), window_(window), timeout_(timeout) {
    for (int i = 0; i < kAttributeCount; ++i) {
      names_[static_cast<std::size_t>(i)] = attribute_name(i);
    }
  }

  void run(std::span<const ObjectRequest> requests,
           const std::function<void(const ObjectAnswer&)>& on_answer) {
    std::size_t next = 0;
    while (next < requests.size() || !open_.empty()) {
      while (next < requests.size() && open_.size() < window_) {
        send(requests[next], next);
        ++next;
      }
      receive(on_answer);
    }
  }

 private:
  struct Open {
    int message_id = 0;
    std::size_t index = 0;
    LdapMessage entry;
  };

  void send(const ObjectRequest& request, std::size_t index);
  void receive(const std::function<void(const ObjectAnswer&)>& on_answer);
  void take_values(ldapmsg* entry);

  const LdapSession& session_;
  std::size_t window_;
  std::chrono::milliseconds timeout_;
  std::array<std::string, kAttributeCount> names_;
  std::vector<char*> wanted_;
  std::string address_;
  std::vector<Open> open_;
  ObjectAnswer answer_;
};

void ObjectReads::send(const ObjectRequest& request, std::size_t index) {
  write_address(session_.root_dse(), request.object_guid, request.dn, address_);
  wanted_.clear();
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (request.attributes.contains(attribute_at(static_cast<int>(i)))) {
      wanted_.push_back(names_[i].data());
    }
  }
  wanted_.push_back(nullptr);
  int message_id = 0;
  const int code =
      ldap_search_ext(session_.handle(), address_.c_str(), LDAP_SCOPE_BASE, "(objectClass=*)",
                      wanted_.data(), 0, nullptr, nullptr, nullptr, 0, &message_id);
  if (code != LDAP_SUCCESS) {
    throw DirectoryError("cannot read " + address_ + " at " + session_.url() + ": " +
                         ldap_error_text(session_.handle(), code) + "; try again");
  }
  open_.push_back({.message_id = message_id, .index = index, .entry = nullptr});
}

void ObjectReads::receive(const std::function<void(const ObjectAnswer&)>& on_answer) {
  LdapMessage message = next_message(session_, LDAP_RES_ANY, timeout_);
  const auto found = std::ranges::find(open_, ldap_msgid(message.get()), &Open::message_id);
  if (found == open_.end()) return;  // a notice of disconnection; the lost connection follows
  const int type = ldap_msgtype(message.get());
  if (type == LDAP_RES_SEARCH_ENTRY) found->entry = std::move(message);
  if (type != LDAP_RES_SEARCH_RESULT) return;

  SearchResult result = parse_search_result(session_.handle(), message.get());
  if (result.code == LDAP_SUCCESS && found->entry == nullptr) {
    result.code = LDAP_NO_SUCH_OBJECT;
    result.text = "the server does not show the object; may the account read it?";
  }
  answer_.index = found->index;
  answer_.result_code = result.code;
  answer_.message = std::move(result.text);
  answer_.incomplete = {};
  answer_.values.clear();
  if (found->entry != nullptr) take_values(found->entry.get());
  on_answer(answer_);
  if (&*found != &open_.back()) *found = std::move(open_.back());
  open_.pop_back();
}

void ObjectReads::take_values(ldapmsg* entry) {
  EntryCursor cursor(session_.handle(), entry);
  while (cursor.next()) {
    if (!is_managed(cursor.field())) continue;
    const auto attribute = static_cast<Attribute>(cursor.field());
    if (cursor.is_range()) answer_.incomplete.add(attribute);
    for (std::string_view value : cursor.values()) answer_.values.push_back({attribute, value});
  }
}

/// One paged search.
class SubtreeRead {
 public:
  SubtreeRead(const LdapSession& session, const LdapReaderOptions& options, MailboxSink& sink)
      : session_(session),
        options_(options),
        sink_(sink),
        names_(LdapReader::subtree_attributes()),
        wanted_(pointers_to(names_)) {}

  SubtreeSummary run() {
    do {
      const int message_id = ask_for_page();
      while (!take(message_id)) {
      }
      ++summary_.pages;
    } while (!cookie_.empty());
    return summary_;
  }

 private:
  int ask_for_page();
  bool take(int message_id);
  void take_entry(ldapmsg* entry);
  [[noreturn]] void fail(int code, const std::string& text) const;

  const LdapSession& session_;
  const LdapReaderOptions& options_;
  MailboxSink& sink_;
  std::vector<std::string> names_;
  std::vector<char*> wanted_;
  std::string cookie_;
  SubtreeSummary summary_;
  AdObjectBuilder builder_;
  Mailbox mailbox_;
};

void SubtreeRead::fail(int code, const std::string& text) const {
  const std::string remedy =
      code == LDAP_SIZELIMIT_EXCEEDED || code == LDAP_ADMINLIMIT_EXCEEDED
          ? "; lift the bind account's search limits: a part of the directory is no use"
      : code == LDAP_NO_SUCH_OBJECT || code == LDAP_REFERRAL
          ? "; check --base, and that this server holds it"
          : "; nothing was taken over; try again";
  throw DirectoryError("reading " + session_.base_dn() + " at " + session_.url() + " ended after " +
                       std::to_string(summary_.entries) + " entries: " + text + remedy);
}

int SubtreeRead::ask_for_page() {
  berval cookie{.bv_len = cookie_.size(), .bv_val = cookie_.data()};
  LDAPControl* paged = nullptr;
  int code = ldap_create_page_control(session_.handle(), options_.page_size, &cookie,
                                      /*iscritical=*/1, &paged);
  if (code != LDAP_SUCCESS) fail(code, ldap_err2string(code));
  const std::unique_ptr<LDAPControl, void (*)(LDAPControl*)> owner(paged, ldap_control_free);
  LDAPControl domain_scope{.ldctl_oid = const_cast<char*>(kDomainScope),
                           .ldctl_value = {},
                           .ldctl_iscritical = 0};
  // Without it an AD ends with references to its other partitions, which are passed over too.
  const bool scoped = session_.root_dse().supports(kDomainScope);
  LDAPControl* controls[] = {paged, scoped ? &domain_scope : nullptr, nullptr};
  int message_id = 0;
  code = ldap_search_ext(session_.handle(), session_.base_dn().c_str(), LDAP_SCOPE_SUBTREE,
                         kSubtreeFilter, wanted_.data(), 0, controls, nullptr, nullptr, 0,
                         &message_id);
  if (code != LDAP_SUCCESS) fail(code, ldap_error_text(session_.handle(), code));
  return message_id;
}

/// True if that was the end of the page.
bool SubtreeRead::take(int message_id) {
  const LdapMessage message = next_message(session_, message_id, options_.page_timeout);
  switch (ldap_msgtype(message.get())) {
    case LDAP_RES_SEARCH_ENTRY: take_entry(message.get()); return false;
    case LDAP_RES_SEARCH_RESULT: break;
    default: return false;  // a reference to another server's part of the tree
  }
  SearchResult result = parse_search_result(session_.handle(), message.get());
  if (result.code != LDAP_SUCCESS) fail(result.code, result.text);
  cookie_ = std::move(result.cookie);
  return true;
}

void SubtreeRead::take_entry(ldapmsg* entry) {
  const std::uint64_t number = summary_.entries++;
  EntryCursor cursor(session_.handle(), entry);
  builder_.begin(cursor.dn());
  std::string cut;
  while (cursor.next()) {
    if (cursor.is_range() && is_managed(cursor.field())) {
      cut = attribute_name(static_cast<int>(cursor.field()));
    }
    for (std::string_view value : cursor.values()) builder_.add(cursor.field(), value);
  }
  std::string reason;
  const AdObjectBuilder::Result result = builder_.finish(mailbox_, reason);
  if (builder_.is_user()) {
    ++summary_.user_entries;
    summary_.user_entries_without_guid += builder_.has_object_guid() ? 0 : 1;
  }
  if (result == AdObjectBuilder::Result::kIgnored) return;
  if (!cut.empty()) {
    sink_.on_defect(number, std::string(cursor.dn()) + ": the server gave only a range of " + cut +
                                "; raise its MaxValRange");
  } else if (result == AdObjectBuilder::Result::kDefect) {
    sink_.on_defect(number, std::string(cursor.dn()) + ": " + reason);
  } else {
    sink_.on_mailbox(mailbox_, number);
  }
}

}  // namespace

LdapReader::LdapReader(const LdapOptions& ldap, const LdapReaderOptions& options)
    : session_(ldap), options_(options), operation_timeout_(ldap.operation_timeout) {
  if (options.max_in_flight < 1 || options.max_in_flight > 256) {
    throw UsageError("reads in flight must be 1 to 256");
  }
  if (options.page_size < 1) throw UsageError("the page size must be at least 1");
}

void LdapReader::read_objects(std::span<const ObjectRequest> requests,
                              const std::function<void(const ObjectAnswer&)>& on_answer) {
  ObjectReads(session_, static_cast<std::size_t>(options_.max_in_flight), operation_timeout_)
      .run(requests, on_answer);
}

SubtreeSummary LdapReader::read_subtree(MailboxSink& sink) {
  return SubtreeRead(session_, options_, sink).run();
}

std::vector<std::string> LdapReader::subtree_attributes() {
  std::vector<std::string> names = {"objectClass", "objectGUID", "mS-DS-ConsistencyGuid",
                                    "homeMDB",     "msExchHomeServerName", "adminCount",
                                    "isDeleted"};
  for (int i = 0; i < kAttributeCount; ++i) names.push_back(attribute_name(i));
  return names;
}

}  // namespace trueup
