// SPDX-License-Identifier: Apache-2.0
// A small tenant whose AD side is in a private Samba AD domain controller: what the cloud says, how
// the command gets at the server, and what the server holds, asked with OpenLDAP's programs.
#pragma once

#include <cstdint>

#include "tests/cli/command_line.h"
#include "tests/cli/ldif_text.h"
#include "tests/support/servers/samba.h"
#include "tests/support/servers/slapd.h"

namespace trueup::cli {

/// The cloud's side: user N of slapd.h (user_ldif, user_guid) with the properties of an Exchange
/// Online export. A property that no mailbox has is not managed.
class CloudSide {
 public:
  explicit CloudSide(const TempFolder& folder) : folder_(folder) {}

  void put(int number, Json properties) { mailboxes_[number] = std::move(properties); }
  /// Writes both feeds; gives --graph and --exo.
  Arguments inputs() const;

 private:
  const TempFolder& folder_;
  std::map<int, Json> mailboxes_;
};

/// --ad and the rest to reach it.
Arguments reach(const LdapOptions& options);

/// ldapmodify as `account`. Throws if it fails.
void modify_by_hand(const LdapOptions& account, const std::string& ldif);

/// DN, folded -> attribute -> values.
using Content = std::map<std::string, std::map<std::string, std::set<std::string>>>;

/// All managed attributes of all users of the domain, byte for byte.
Content managed_content(const LdapOptions& account);

/// DN, folded -> attribute's number -> how often it was written, [MS-ADTS] 3.1.1.1.9. A modify that
/// changes nothing does not count. Samba counts the delete and the add of one modify as two.
using Versions = std::map<std::string, std::map<std::uint32_t, std::uint32_t>>;
Versions versions(const LdapOptions& administrator);

/// How often each object's attributes were written between the two; those that were not are left
/// out.
std::map<std::string, std::uint32_t> writes_between(const Versions& before, const Versions& after);

/// How often a plan, sent once, writes attributes of each object, DN folded.
std::map<std::string, std::uint32_t> writes_of(const std::string& plan_ldif);

/// What a list of rejects has for the object of this DN; an empty record if nothing.
LdifRecord reject_of(const std::string& rejects_ldif, const std::string& dn);

}  // namespace trueup::cli
