// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/address_search.h"

#include <ldap.h>

#include <algorithm>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "io/ldap/object_read.h"
#include "io/ldap/session/ldap_errors.h"
#include "io/ldap/session/ldap_messages.h"
#include "io/ldap/session/patient_search.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

/// [MS-ADTS] 3.1.1.3.4.1.4: no references to other naming contexts.
constexpr char kDomainScope[] = "1.2.840.113556.1.4.1339";

constexpr std::string_view kSmtp = "smtp:";

/// RFC 4515 3.
void append_escaped(std::string_view value, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (const char c : value) {
    if (c != '*' && c != '(' && c != ')' && c != '\\' && c != '\0') {
      out += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    out += '\\';
    out += kHex[octet >> 4];
    out += kHex[octet & 15];
  }
}

/// Servers tell "smtp: a@contoso.com" from "smtp:a@contoso.com", and Exchange does not; blanks in a
/// row they take for one (RFC 4518 2.6.1).
void append_terms(std::string_view key, std::string& filter) {
  filter += "(proxyAddresses=";
  append_escaped(key, filter);
  filter += ')';
  const std::size_t payload = key.find(':') + 1;
  if (payload > 0 && payload < key.size()) {
    filter += "(proxyAddresses=";
    append_escaped(key.substr(0, payload), filter);
    filter += ' ';
    append_escaped(key.substr(payload), filter);
    filter += ')';
  }
  if (!key.starts_with(kSmtp)) return;
  filter += "(mail=";
  append_escaped(key.substr(kSmtp.size()), filter);
  filter += ')';
}

bool is_too_much(int code) {
  return code == LDAP_SIZELIMIT_EXCEEDED || code == LDAP_TIMELIMIT_EXCEEDED ||
         code == LDAP_ADMINLIMIT_EXCEEDED;
}

class Search {
 public:
  Search(const LdapSession& session, std::span<const std::string> keys, const AddressSearch& search)
      : session_(session), keys_(keys), search_(search) {
    positions_.reserve(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) positions_.emplace(keys[i], i);
    const std::size_t step = std::max<std::size_t>(1, search.per_filter);
    for (std::size_t first = 0; first < keys.size(); first += step) {
      waiting_.push_back({.first = first, .count = std::min(step, keys.size() - first)});
    }
  }

  void run() {
    while (!waiting_.empty() || !open_.empty()) again_if_lost([this] { step(); });
    for (const CutEntry& entry : cut_) again_if_lost([&] { read_whole(entry); });
  }

 private:
  struct Batch {
    std::size_t first = 0;
    std::size_t count = 0;
    ReadPauses pauses{};
    int message_id = 0;
    bool has(std::size_t position) const { return position >= first && position < first + count; }
  };
  /// Came with a part of its addresses.
  struct CutEntry {
    AddressHolder holder;
    Batch batch;
  };

  /// What was in flight is asked for again over a new connection, `ask` by the next call.
  template <typename Ask>
  void again_if_lost(Ask ask) {
    for (bool done = false; !done;) {
      try {
        ask();
        done = true;
      } catch (const LdapBusy&) {
        throw;
      } catch (const LdapLost& lost) {
        waiting_.insert(waiting_.begin(), open_.begin(), open_.end());
        open_.clear();
        window_ = std::max<std::size_t>(1, window_ / 4);  // something is to come through
        reopening_.after(lost);
      }
    }
  }
  void step() {
    while (!waiting_.empty() && open_.size() < window_) {
      send(waiting_.front());
      waiting_.pop_front();
    }
    receive();
  }
  void send(Batch batch);
  void receive();
  void take_entry(const Batch& batch, LDAPMessage* message);
  void take_result(Batch batch, const SearchResult& result);
  void take_value(const Batch& batch, Attribute attribute, std::string_view value);
  void tell(AddressHolder holder);
  void read_whole(const CutEntry& entry);

  const LdapSession& session_;
  Reopening reopening_{session_};
  std::span<const std::string> keys_;
  const AddressSearch& search_;
  std::size_t window_ = std::max<std::size_t>(1, search_.in_flight);
  std::unordered_map<std::string_view, std::size_t> positions_;
  std::deque<Batch> waiting_;
  std::vector<Batch> open_;
  std::vector<CutEntry> cut_;
  std::string filter_, key_;
  std::vector<std::pair<std::size_t, AttributeSet>> held_;  // by the entry at hand
};

void Search::send(Batch batch) {
  filter_ = "(|";
  for (std::size_t i = 0; i < batch.count; ++i) append_terms(keys_[batch.first + i], filter_);
  filter_ += ')';
  const char* wanted[] = {"proxyAddresses", "mail", "objectGUID", nullptr};
  LDAPControl scope{
      .ldctl_oid = const_cast<char*>(kDomainScope), .ldctl_value = {}, .ldctl_iscritical = 0};
  LDAPControl* controls[] = {
      session_.root_dse().supports(kDomainScope) && !search_.base.empty() ? &scope : nullptr,
      nullptr};
  const int code = ldap_search_ext(session_.handle(), search_.base.c_str(), LDAP_SCOPE_SUBTREE,
                                   filter_.c_str(), const_cast<char**>(wanted), 0, controls,
                                   nullptr, nullptr, 0, &batch.message_id);
  if (code == LDAP_SERVER_DOWN) {
    throw LdapLost(lost_text(session_.handle(), session_.url(), code));
  }
  if (code != LDAP_SUCCESS) {
    throw DirectoryError("cannot search " + session_.url() +
                         " for addresses: " + ldap_error_text(session_.handle(), code));
  }
  open_.push_back(batch);
}

void Search::receive() {
  const LdapMessage message = session_.next_message(LDAP_RES_ANY, session_.operation_timeout());
  const auto found = std::ranges::find(open_, ldap_msgid(message.get()), &Batch::message_id);
  if (found == open_.end()) return;
  const int type = ldap_msgtype(message.get());
  if (type == LDAP_RES_SEARCH_ENTRY) take_entry(*found, message.get());
  // An AD refers to its other naming contexts; what is not below this one is not searched here.
  if (type == LDAP_RES_SEARCH_REFERENCE && !session_.root_dse().active_directory) {
    throw DirectoryError("a part of " + search_.base + " is on another server than " +
                         session_.url() +
                         " (a reference), so that no address can be told free; "
                         "name a server that holds all of it, or set address_search = false");
  }
  if (type != LDAP_RES_SEARCH_RESULT) return;
  const Batch batch = *found;
  open_.erase(found);
  take_result(batch, parse_search_result(session_.handle(), message.get()));
}

void Search::take_entry(const Batch& batch, LDAPMessage* message) {
  AddressHolder holder;
  bool cut = false;
  EntryCursor entry(session_.handle(), message);
  holder.dn = entry.dn();
  std::vector<std::pair<Attribute, std::vector<std::string_view>>> addresses;
  while (entry.next()) {
    if (entry.field() == AdField::kObjectGuid && !entry.values().empty() &&
        entry.values().front().size() == 16) {
      holder.object_guid = Anchor::from_bytes(entry.values().front());
    }
    cut = cut || entry.is_range();
    for (const Attribute a : {Attribute::kProxyAddresses, Attribute::kMail}) {
      if (entry.field() == static_cast<AdField>(a)) addresses.emplace_back(a, entry.values());
    }
  }
  if (cut) {
    cut_.push_back({.holder = std::move(holder), .batch = batch});
    return;
  }
  held_.clear();
  for (const auto& [attribute, values] : addresses) {
    for (const std::string_view value : values) take_value(batch, attribute, value);
  }
  tell(std::move(holder));
}

void Search::take_value(const Batch& batch, Attribute attribute, std::string_view value) {
  key_.clear();
  if (attribute == Attribute::kMail) {
    append_mail_key(value, key_);
  } else {
    append_address_key(value, key_);
  }
  const auto position = positions_.find(key_);
  if (position == positions_.end() || !batch.has(position->second)) return;
  const auto known =
      std::ranges::find(held_, position->second, &std::pair<std::size_t, AttributeSet>::first);
  AttributeSet& in = known != held_.end()
                         ? known->second
                         : held_.emplace_back(position->second, AttributeSet()).second;
  in.add(attribute);
}

void Search::tell(AddressHolder holder) {
  for (const auto& [address, in] : held_) {
    holder.address = address;
    holder.in = in;
    search_.on_holder(holder);
  }
}

void Search::take_result(Batch batch, const SearchResult& result) {
  reopening_.progress();
  if (result.code == LDAP_SUCCESS) {
    if (search_.on_searched) search_.on_searched(batch.count);
    return;
  }
  if (is_too_much(result.code) && batch.count > 1) {
    const std::size_t half = batch.count / 2;
    waiting_.push_front({.first = batch.first + half, .count = batch.count - half});
    waiting_.push_front({.first = batch.first, .count = half});
    return;
  }
  if (is_server_trouble(result.code, result.text)) {
    waiting_.push_front(batch);
    throw LdapLost(session_.url() + ": " + result.text);
  }
  if (is_passing(result.code, result.text)) {
    const std::string why = session_.url() + " is busy (" + result.text + ")";
    const auto pause = batch.pauses.next();
    if (!pause) throw LdapBusy(why + " for too long; try again later");
    session_.notice().wait(*pause, why);
    waiting_.push_front(batch);
    return;
  }
  throw DirectoryError("cannot tell whether " + keys_[batch.first] + " is free at " +
                       session_.url() + " (search of '" + search_.base + "', result " +
                       std::to_string(result.code) + "): " + result.text +
                       "; the bind account must be able to search all of it");
}

/// Range by range, as an AD gives more than 1,500 values.
void Search::read_whole(const CutEntry& entry) {
  std::string address;
  write_address(session_.root_dse(), entry.holder.object_guid, entry.holder.dn, address);
  AttributeSet wanted;
  wanted.add(Attribute::kProxyAddresses);
  wanted.add(Attribute::kMail);
  ObjectRead read(address, wanted);
  ObjectSearch searches;
  SearchResult result;
  do {
    int message_id = 0;
    const int code = searches.send(session_.handle(), read, message_id);
    if (code != LDAP_SUCCESS) throw LdapLost(lost_text(session_.handle(), session_.url(), code));
    for (bool ended = false; !ended;) {
      LdapMessage message = session_.next_message(message_id, session_.operation_timeout());
      ended = ldap_msgtype(message.get()) == LDAP_RES_SEARCH_RESULT;
      if (ended) result = parse_search_result(session_.handle(), message.get());
      if (ldap_msgtype(message.get()) == LDAP_RES_SEARCH_ENTRY) {
        read.take(session_.handle(), std::move(message));
      }
    }
  } while (result.code == LDAP_SUCCESS && read.needs_more());
  if (is_passing(result.code, result.text)) {
    // It is one of few, and asked for again as a lost one is.
    throw LdapLost(session_.url() + " is busy (" + result.text + ")");
  }
  require_answer(result.code, result.text,
                 "cannot read all addresses of " + entry.holder.dn + " at " + session_.url() +
                     ": " + result.text);
  if (result.code == LDAP_NO_SUCH_OBJECT) return;  // gone meanwhile, and its addresses with it
  if (result.code != LDAP_SUCCESS || !read.incomplete().empty()) {
    throw DirectoryError(
        "cannot read all addresses of " + entry.holder.dn + " at " + session_.url() + ": " +
        (result.code != LDAP_SUCCESS ? result.text : read.complaint()) + "; try again");
  }
  held_.clear();
  for (const AttributeValue& value : read.values()) {
    take_value(entry.batch, value.attribute, value.bytes);
  }
  tell(entry.holder);
}

}  // namespace

void search_addresses(const LdapSession& session, std::span<const std::string> keys,
                      const AddressSearch& search) {
  Search(session, keys, search).run();
}

}  // namespace trueup
