// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/domain_head.h"

#include <ldap.h>

#include "io/ldap/session/ldap_errors.h"
#include "io/ldap/session/ldap_messages.h"
#include "io/ldap/session/patient_search.h"
#include "snapshots/model/dn.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

SearchReply search(const LdapSession& session, const std::string& base, int scope,
                   const char* filter, std::vector<const char*> attributes) {
  return search_patiently(
      session,
      {.base = base, .scope = scope, .filter = filter, .attributes = std::move(attributes)});
}

}  // namespace

std::string naming_context_of(const RootDse& server, std::string_view dn) {
  std::string longest;
  const std::string key = dn_key(dn, DnFold::kLdap);
  std::size_t length = 0;
  for (const std::string& context : server.naming_contexts) {
    const std::string prefix = dn_key(context, DnFold::kLdap);
    if (prefix.size() <= length || !key.starts_with(prefix)) continue;
    longest = context;
    length = prefix.size();
  }
  return longest;
}

std::vector<Anchor> read_head_guids(const LdapSession& session, const std::string& naming_context) {
  const SearchReply found = search(session, naming_context, LDAP_SCOPE_BASE, "(objectClass=*)",
                                   {"objectGUID", "entryUUID"});
  LDAPMessage* const entry =
      found.message == nullptr ? nullptr : ldap_first_entry(session.handle(), found.message.get());
  if (found.code != LDAP_SUCCESS || entry == nullptr) {
    throw DirectoryError("cannot read " + naming_context + " at " + session.url() + ": " +
                         ldap_error_text(session.handle(), found.code) +
                         "; the bind account must be able to read the head of the directory");
  }
  std::vector<Anchor> guids;
  const auto take = [&](const char* name, auto parse) {
    berval** const values = ldap_get_values_len(session.handle(), entry, name);
    for (int i = 0; values != nullptr && values[i] != nullptr; ++i) {
      const auto guid = parse(std::string_view(values[i]->bv_val, values[i]->bv_len));
      if (guid) guids.push_back(*guid);
    }
    ldap_value_free_len(values);
  };
  if (!session.root_dse().active_directory) take("entryUUID", anchor_from_guid);
  take("objectGUID", [](std::string_view octets) {
    return octets.size() == 16 ? std::optional(Anchor::from_bytes(octets)) : std::nullopt;
  });
  return guids;
}

DirectoryIdentity read_identity(const LdapSession& session) {
  DirectoryIdentity identity;
  identity.naming_context = naming_context_of(session.root_dse(), session.base_dn());
  if (identity.naming_context.empty()) return identity;
  try {
    const std::vector<Anchor> guids = read_head_guids(session, identity.naming_context);
    if (!guids.empty()) identity.head_guid = guids.front();
  } catch (const LdapLost&) {
    throw;
  } catch (const DirectoryError&) {  // hidden from an account that may see its own part only
  }
  return identity;
}

std::vector<std::string> forest_domains(const LdapSession& session) {
  const RootDse& dse = session.root_dse();
  std::vector<std::string> domains;
  if (!dse.active_directory || dse.configuration_naming_context.empty()) return domains;
  const SearchReply found =
      search(session, "CN=Partitions," + dse.configuration_naming_context, LDAP_SCOPE_ONELEVEL,
             "(&(objectClass=crossRef)(systemFlags:1.2.840.113556.1.4.803:=3))", {"nCName"});
  if (found.code != LDAP_SUCCESS) return domains;
  for (LDAPMessage* entry = ldap_first_entry(session.handle(), found.message.get());
       entry != nullptr; entry = ldap_next_entry(session.handle(), entry)) {
    // One whose name is hidden from the account is a domain all the same.
    std::string& domain = domains.emplace_back(EntryCursor(session.handle(), entry).dn());
    for (EntryCursor cursor(session.handle(), entry); cursor.next();) {
      if (!cursor.values().empty()) domain = cursor.values().front();
    }
  }
  return domains;
}

}  // namespace trueup
