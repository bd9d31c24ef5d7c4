// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/subtree_read.h"

#include <ldap.h>

#include <charconv>
#include <memory>
#include <utility>

#include "io/ldap/session/ldap_errors.h"
#include "io/ldap/session/patient_search.h"
#include "io/ldif/ldif_writer.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr char kDomainScope[] = "1.2.840.113556.1.4.1339";
constexpr char kShowDeleted[] = "1.2.840.113556.1.4.417";
constexpr std::string_view kUsnChanged = "uSNChanged";
constexpr std::string_view kCutValue = "proxyAddresses;range=0-0";

bool is_managed(AdField field) { return static_cast<int>(field) < kAttributeCount; }

/// libldap takes char* but does not write to them.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

std::vector<std::string> subtree_attributes() {
  std::vector<std::string> names = {"objectClass", "objectGUID",           "mS-DS-ConsistencyGuid",
                                    "homeMDB",     "msExchHomeServerName", "adminCount",
                                    "isDeleted",   "whenChanged",          "sAMAccountName",
                                    "displayName"};
  for (int i = 0; i < kAttributeCount; ++i) {
    names.emplace_back(traits(attribute_at(i)).name);
  }
  return names;
}

SubtreeRead::SubtreeRead(const LdapSession& session, const LdapReaderOptions& options,
                         SubtreeQuery query, AdEntrySink& sink)
    : session_(session),
      options_(options),
      query_(std::move(query)),
      sink_(sink),
      names_(query_.guids_only ? std::vector<std::string>{"objectGUID"} : subtree_attributes()) {
  if (query_.with_usn) names_.emplace_back(kUsnChanged);
  wanted_ = pointers_to(names_);
}

SubtreeSummary SubtreeRead::run(const OnPage& on_page) {
  do {
    const std::uint64_t before = summary_.entries;
    const int message_id = ask_for_page();
    while (!take(message_id)) {
    }
    for (Cut& cut : cut_) complete(cut);
    cut_.clear();
    ++summary_.pages;
    if (options_.on_page) options_.on_page(summary_.entries - before);
  } while (!cookie_.empty() && (!on_page || on_page(summary_.entries)));
  return summary_;
}

void SubtreeRead::fail(int code, const std::string& text) const {
  const std::string remedy =
      code == LDAP_SIZELIMIT_EXCEEDED || code == LDAP_ADMINLIMIT_EXCEEDED
          ? "; lift the bind account's search limits: a part of the directory is no use"
      : code == LDAP_NO_SUCH_OBJECT || code == LDAP_REFERRAL
          ? "; check --base, and that this server holds it"
          : "; nothing was taken over; try again";
  if (code == LDAP_SERVER_DOWN) {
    throw LdapLost(lost_text(session_.handle(), session_.url(), code));
  }
  // A DC that has dropped the cookie says unavailableCriticalExtension (00002040), slapd
  // unwillingToPerform: what a page before that was given is no answer to this search.
  const bool lost_cookie = summary_.pages > 0 && (code == LDAP_UNAVAILABLE_CRITICAL_EXTENSION ||
                                                  code == LDAP_UNWILLING_TO_PERFORM);
  if (is_server_trouble(code, text)) {
    throw LdapLost("reading " + query_.base + " at " + session_.url() + " stopped: " + text);
  }
  if (is_passing(code, text) || lost_cookie) {
    throw LdapBusy("reading " + query_.base + " at " + session_.url() + " stopped after " +
                   std::to_string(summary_.entries) + " entries: " + text);
  }
  throw DirectoryError("reading " + query_.base + " at " + session_.url() + " ended after " +
                       std::to_string(summary_.entries) + " entries: " + text + remedy);
}

int SubtreeRead::ask_for_page() {
  berval cookie{.bv_len = cookie_.size(), .bv_val = cookie_.data()};
  LDAPControl* paged = nullptr;
  int code = ldap_create_page_control(session_.handle(), options_.page_size, &cookie,
                                      /*iscritical=*/1, &paged);
  if (code != LDAP_SUCCESS) fail(code, ldap_err2string(code));
  const std::unique_ptr<LDAPControl, void (*)(LDAPControl*)> owner(paged, ldap_control_free);
  LDAPControl domain_scope{
      .ldctl_oid = const_cast<char*>(kDomainScope), .ldctl_value = {}, .ldctl_iscritical = 0};
  LDAPControl deleted{
      .ldctl_oid = const_cast<char*>(kShowDeleted), .ldctl_value = {}, .ldctl_iscritical = 1};
  // Without it an AD ends with references to its other partitions, which are passed over too.
  const bool scoped = session_.root_dse().supports(kDomainScope);
  LDAPControl* controls[4] = {};
  LDAPControl** next = controls;
  if (!query_.base_only) *next++ = paged;
  if (scoped) *next++ = &domain_scope;
  if (query_.with_deleted) *next++ = &deleted;
  int message_id = 0;
  code = ldap_search_ext(session_.handle(), query_.base.c_str(),
                         query_.base_only ? LDAP_SCOPE_BASE : LDAP_SCOPE_SUBTREE,
                         query_.filter.c_str(), wanted_.data(), 0, controls, nullptr, nullptr, 0,
                         &message_id);
  if (code != LDAP_SUCCESS) fail(code, ldap_error_text(session_.handle(), code));
  return message_id;
}

/// True if that was the end of the page.
bool SubtreeRead::take(int message_id) {
  LdapMessage message = session_.next_message(message_id, options_.page_timeout);
  switch (ldap_msgtype(message.get())) {
    case LDAP_RES_SEARCH_ENTRY: take_entry(std::move(message)); return false;
    case LDAP_RES_SEARCH_RESULT: break;
    default: return false;  // a reference to another server's part of the tree
  }
  SearchResult result = parse_search_result(session_.handle(), message.get());
  if (result.code == LDAP_NO_SUCH_OBJECT && query_.base_only) return true;
  if (result.code != LDAP_SUCCESS) fail(result.code, result.text);
  cookie_ = std::move(result.cookie);
  return true;
}

void SubtreeRead::take_entry(LdapMessage entry) {
  const std::uint64_t number = summary_.entries++;
  EntryCursor cursor(session_.handle(), entry.get());
  start_entry(cursor.dn());
  bool is_cut = false;
  while (cursor.next()) {
    is_cut = is_cut || (cursor.is_range() && is_managed(cursor.field()));
    take_values(cursor, true);
  }
  if (is_cut) {
    std::string dn(cursor.dn());
    cut_.push_back({.number = number, .entry = std::move(entry), .dn = std::move(dn)});
  } else {
    deliver(number, {});
  }
}

void SubtreeRead::start_entry(std::string_view dn) {
  builder_.begin(dn);
  entry_ = {};
  entry_.dn = dn;
  ldif_.clear();
}

void SubtreeRead::take_values(const EntryCursor& cursor, bool managed_too) {
  if (!managed_too && is_managed(cursor.field())) return;
  for (std::string_view value : cursor.values()) take_value(cursor, value);
}

void SubtreeRead::take_value(const EntryCursor& cursor, std::string_view value) {
  builder_.add(cursor.field(), value);
  if (query_.as_ldif) append_ldif_line(ldif_, cursor.name(), value);
  if (cursor.field() == AdField::kObjectClass) entry_.is_leaf |= is_leaf_class(value);
  if (cursor.field() == AdField::kNone && equal_ignoring_ascii_case(cursor.name(), kUsnChanged)) {
    std::from_chars(value.data(), value.data() + value.size(), entry_.usn);
  }
}

/// Asks for the rest of the values, one search after another: such objects are few.
void SubtreeRead::complete(Cut& cut) {
  ObjectRead read(cut.dn, kAllAttributes);
  // What is not managed comes from the first answer, which the read is about to own.
  ldapmsg* const first = cut.entry.get();
  read.take(session_.handle(), std::move(cut.entry));
  std::string defect;
  while (defect.empty() && read.needs_more()) {
    int message_id = 0;
    const int code = search_.send(session_.handle(), read, message_id);
    if (code != LDAP_SUCCESS) fail(code, ldap_error_text(session_.handle(), code));
    for (bool ended = false; !ended;) {
      LdapMessage message = session_.next_message(message_id, options_.page_timeout);
      const int type = ldap_msgtype(message.get());
      ended = type == LDAP_RES_SEARCH_RESULT;
      if (type == LDAP_RES_SEARCH_ENTRY) read.take(session_.handle(), std::move(message));
      if (!ended) continue;
      const SearchResult result = parse_search_result(session_.handle(), message.get());
      if (is_passing(result.code, result.text) || is_server_trouble(result.code, result.text)) {
        fail(result.code, result.text);
      }
      if (result.code != LDAP_SUCCESS) defect = "its further values cannot be read: " + result.text;
    }
  }
  if (defect.empty() && !read.incomplete().empty()) defect = read.complaint();
  EntryCursor cursor(session_.handle(), first);
  start_entry(cut.dn);
  while (cursor.next()) take_values(cursor, false);
  for (const AttributeValue& value : read.values()) {
    builder_.add(static_cast<AdField>(value.attribute), value.bytes);
    if (query_.as_ldif) append_ldif_line(ldif_, traits(value.attribute).name, value.bytes);
  }
  // As an export shows it: a range that does not go on.
  if (query_.as_ldif && !defect.empty()) append_ldif_line(ldif_, kCutValue, "?");
  deliver(cut.number, defect);
}

/// Gives the object that builder_ holds.
void SubtreeRead::deliver(std::uint64_t number, const std::string& defect) {
  std::string reason;
  const AdObjectBuilder::Result result = builder_.finish(mailbox_, reason);
  if (builder_.is_user()) {
    ++summary_.user_entries;
    summary_.user_entries_without_guid += builder_.has_object_guid() ? 0 : 1;
  }
  if (builder_.object_guid().size() == sizeof(Anchor)) {
    entry_.object_guid = Anchor::from_bytes(builder_.object_guid());
  }
  entry_.is_deleted = builder_.is_deleted();
  entry_.ldif = ldif_;
  if (result == AdObjectBuilder::Result::kIgnored) {
    entry_.kind = AdEntry::Kind::kIgnored;
  } else if (!defect.empty() || result == AdObjectBuilder::Result::kDefect) {
    entry_.kind = AdEntry::Kind::kDefect;
    entry_.reason = defect.empty() ? reason : defect;
  } else {
    entry_.kind = AdEntry::Kind::kMailbox;
    entry_.mailbox = &mailbox_;
  }
  sink_.on_entry(entry_, number);
}

}  // namespace trueup