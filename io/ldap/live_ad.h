// SPDX-License-Identifier: Apache-2.0
// Reads a directory that is in use, such that nothing that changes meanwhile is lost: all of it, in
// slices of uSNChanged over several connections; then what has changed since, again and again.
// Called by engine/load/ad/ad_source, by one thread; read_slices() has threads of its own for its
// connections. A connection that is lost is opened anew, to the same database of the same DC only,
// and what it was reading is read again; after kTries without anything read in between, or a server
// that stays busy, the read fails.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/ad/ad_entry.h"
#include "io/ldap/ldap_reader.h"
#include "snapshots/model/carried.h"
#include "snapshots/model/directory_identity.h"

namespace trueup {

struct LiveReadOptions {
  int connections = 4;   // at a time, 1 .. 64
  int fixed_slices = 0;  // of uSNChanged, of one width each; 0: cut by what they cost
  bool as_ldif = false;  // AdEntry::ldif is wanted
  LdapReaderOptions reader = {};
};

class LiveAd {
 public:
  static constexpr int kTries = 5;

  /// Throws as LdapReader does.
  LiveAd(const LdapOptions& ldap, const LiveReadOptions& options);
  ~LiveAd();
  LiveAd(const LiveAd&) = delete;
  LiveAd& operator=(const LiveAd&) = delete;

  const LdapSession& session() const;
  /// highestCommittedUSN as it is now.
  std::uint64_t highest_usn();
  /// The account sees tombstones: what was deleted is among the changes.
  bool sees_deletions();
  /// Whether the object of this DN is the base or below it. DNs as this server writes them.
  bool is_below_base(std::string_view dn) const;

  /// All users and objects with addresses over one connection, whatever their uSNChanged.
  SubtreeSummary read_all(AdEntrySink& sink);
  /// Those whose uSNChanged is `up_to` or less and can be read by the
  /// account, a sink a connection: sinks.size() is LiveReadOptions::connections. An object may
  /// come more than once. Throws DirectoryError.
  SubtreeSummary read_slices(std::uint64_t up_to, std::span<AdEntrySink* const> sinks);
  /// What of the naming context has a uSNChanged above `above`, of any class, tombstones included.
  SubtreeSummary read_changes(std::uint64_t above, AdEntrySink& sink);
  /// DN and objectGUID of all that a snapshot holds, and nothing else of them.
  SubtreeSummary read_guids(AdEntrySink& sink);
  /// DNs of what may hold mailboxes, empty ones too: in the whole naming context, or below the base
  /// where the account may see no more.
  std::vector<std::string> container_dns();
  /// Whether an object of the naming context carries that, or the schema does not have it. False if
  /// the server does not tell in time.
  bool is_settled(Carried carried);
  /// The naming context of the base, and the GUID of its head where the account may read it.
  DirectoryIdentity identity();
  /// As of io/ldap/domain_head.h.
  std::vector<std::string> forest_domains();
  /// One object, by objectGUID (AD) or DN; nothing is delivered if it is not there any more.
  void read_object(const Anchor& object_guid, const std::string& dn, AdEntrySink& sink);

 private:
  struct Connection;

  std::unique_ptr<Connection> connect(const LdapOptions& ldap) const;
  SubtreeSummary again_if_lost(const std::function<SubtreeSummary()>& read);
  /// After a pause; false: it was tried often enough.
  bool may_try_again(const LdapLost& lost);
  void record_read();
  bool finds_by_usn_at_once();

  LdapOptions ldap_;
  const LiveReadOptions options_;
  std::unique_ptr<Connection> first_;
  bool renew_ = false;          // first_ is lost
  std::string base_;            // as the server writes it
  std::string naming_context_;  // that base_ is in
  struct Tries;
  std::unique_ptr<Tries> tries_;
};

}  // namespace trueup
