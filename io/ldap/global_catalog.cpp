// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/global_catalog.h"

#include <ldap.h>

#include "io/ldap/domain_head.h"
#include "io/ldap/session/ldap_errors.h"
#include "io/ldap/session/ldap_messages.h"
#include "io/ldap/session/patient_search.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

/// How many objects of `base` match; throws for any result but success.
int count(const LdapSession& session, const std::string& base, int scope,
          const std::string& filter) {
  const SearchReply reply = search_patiently(
      session, {.base = base, .scope = scope, .filter = filter, .attributes = {LDAP_NO_ATTRS}});
  if (reply.code == LDAP_SUCCESS) {
    return ldap_count_entries(session.handle(), reply.message.get());
  }
  throw DirectoryError("cannot search '" + base + "' at " + session.url() + ": " +
                       ldap_error_text(session.handle(), reply.code));
}

std::string octets_filter(std::string_view attribute, const Anchor& value) {
  const std::string hex = to_hex(value);
  std::string filter = "(" + std::string(attribute) + "=";
  for (std::size_t i = 0; i < hex.size(); i += 2) filter += "\\" + hex.substr(i, 2);
  return filter + ")";
}

void require_replicated(const LdapSession& directory) {
  for (const char* name : {"proxyAddresses", "mail"}) {
    const std::string filter =
        "(&(objectClass=attributeSchema)(lDAPDisplayName=" + std::string(name) +
        ")(isMemberOfPartialAttributeSet=TRUE))";
    if (count(directory, directory.root_dse().schema_naming_context, LDAP_SCOPE_ONELEVEL, filter) ==
        1) {
      continue;
    }
    throw UsageError("the schema does not replicate " + std::string(name) +
                     " to global catalogs (isMemberOfPartialAttributeSet), so that an address that "
                     "is not found at --ad-gc may be taken; replicate it, or give the exports of "
                     "the other domains with --ad-extra");
  }
}

}  // namespace

LdapSession open_global_catalog(LdapOptions options, const std::string& url,
                                const LdapSession& directory) {
  if (!directory.root_dse().active_directory) {
    throw UsageError("--ad-gc: " + directory.url() + " is no AD, so it has no global catalog");
  }
  options.urls = {url};
  options.base_dn.clear();
  options.global_catalog = true;
  LdapSession session(options);
  if (session.root_dse().global_catalog_building) {
    throw DirectoryError("--ad-gc: " + url +
                         " does not hold all of its forest yet "
                         "(isGlobalCatalogReady is FALSE), so that an address that it does not "
                         "find may be taken; name another one, or wait for it");
  }
  require_replicated(directory);
  const std::string& domain = directory.root_dse().default_naming_context;
  const std::vector<Anchor> guids = read_head_guids(directory, domain);
  // From the root of all, as addresses are searched: only a global catalog of this forest finds it.
  bool found = false;
  try {
    found = !guids.empty() &&
            count(session, "", LDAP_SCOPE_SUBTREE, octets_filter("objectGUID", guids.front())) == 1;
  } catch (const LdapLost&) {
    throw;
  } catch (const DirectoryError&) {  // not a global catalog: it has nothing below ""
  }
  if (found) return session;
  throw UsageError("--ad-gc: " + url + " does not show " + domain + ", the domain of " +
                   directory.url() +
                   "; name a global catalog of its forest, with its port: "
                   "ldaps://HOST:3269");
}

}  // namespace trueup
