// SPDX-License-Identifier: Apache-2.0
// One search over one connection, in pages (RFC 2696), each entry with all of its values. Called by
// LdapReader::read_subtree() and io/ldap/live_ad; for io/ldap only; one thread, which has the
// session to itself.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "io/ad/ad_entry.h"
#include "io/ad/ad_object.h"
#include "io/ldap/object_read.h"
#include "io/ldap/reader_options.h"
#include "io/ldap/session/ldap_messages.h"
#include "io/ldap/session/ldap_session.h"

namespace trueup {

/// All users, and all objects with addresses. Computers come too: one that holds an address counts
/// for collisions.
inline constexpr std::string_view kSubtreeFilter =
    "(|(objectClass=user)(objectClass=inetOrgPerson)(proxyAddresses=*)(mail=*))";

/// The attributes that such a search asks for: all that AdObjectBuilder uses.
std::vector<std::string> subtree_attributes();

struct SubtreeQuery {
  std::string base;
  std::string filter{kSubtreeFilter};
  bool base_only = false;     // the object itself, if it is there; none below it
  bool guids_only = false;    // objectGUID and DN are all that is wanted
  bool with_usn = false;      // AdEntry::usn is wanted
  bool with_deleted = false;  // tombstones too, as far as the account may see them
  bool as_ldif = false;       // AdEntry::ldif is wanted
};

class SubtreeRead {
 public:
  SubtreeRead(const LdapSession& session, const LdapReaderOptions& options, SubtreeQuery query,
              AdEntrySink& sink);

  /// Called after each page but the last with the entries so far; false: enough, stop.
  using OnPage = std::function<bool(std::uint64_t entries)>;

  /// Throws DirectoryError unless it got the whole of it, or `on_page` stopped it.
  SubtreeSummary run(const OnPage& on_page = {});

 private:
  /// An entry that came with a part of its values.
  struct Cut {
    std::uint64_t number = 0;
    LdapMessage entry;
    std::string dn;
  };

  int ask_for_page();
  bool take(int message_id);
  void take_entry(LdapMessage entry);
  void start_entry(std::string_view dn);
  void take_values(const EntryCursor& cursor, bool managed_too);
  void take_value(const EntryCursor& cursor, std::string_view value);
  void complete(Cut& cut);
  void deliver(std::uint64_t number, const std::string& defect);
  [[noreturn]] void fail(int code, const std::string& text) const;

  const LdapSession& session_;
  const LdapReaderOptions& options_;
  const SubtreeQuery query_;
  AdEntrySink& sink_;
  std::vector<std::string> names_;
  std::vector<char*> wanted_;
  std::string cookie_;
  SubtreeSummary summary_;
  AdObjectBuilder builder_;
  AdEntry entry_;
  std::string ldif_;
  Mailbox mailbox_;
  std::vector<Cut> cut_;  // of this page
  ObjectSearch search_;
};

}  // namespace trueup
