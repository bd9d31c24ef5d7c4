// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/carrier_search.h"

#include <ldap.h>

#include <algorithm>
#include <vector>

#include "io/ldap/directory_schema.h"
#include "io/ldap/session/ldap_messages.h"
#include "io/ldap/session/patient_search.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

std::vector<std::string> attributes_of(Carried carried) {
  switch (carried) {
    case Carried::kAdminCount: return {"adminCount"};
    case Carried::kHome: return {"homeMDB", "msExchHomeServerName"};
    case Carried::kConsistencyGuid: return {"mS-DS-ConsistencyGuid"};
    case Carried::kOtherHolder: break;  // addresses: every schema has them
  }
  return {};
}

std::string filter_of(Carried carried) {
  if (carried == Carried::kOtherHolder) {
    return "(&(|(proxyAddresses=*)(mail=*))(|(objectClass=computer)"
           "(&(!(objectClass=user))(!(objectClass=inetOrgPerson)))))";
  }
  std::string filter = "(|";
  for (const std::string& name : attributes_of(carried)) filter += "(" + name + "=*)";
  filter += ")";
  // Those of groups tell nothing of what the account may read of users.
  return carried == Carried::kAdminCount ? "(&" + filter + "(!(objectClass=group)))" : filter;
}

bool any_object(const LdapSession& session, const std::string& base, const std::string& filter) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(session.operation_timeout());
  const SearchReply reply =
      search_patiently(session, {.base = base,
                                 .scope = LDAP_SCOPE_SUBTREE,
                                 .filter = filter,
                                 .attributes = {LDAP_NO_ATTRS},
                                 .size_limit = 1,
                                 .time_limit = std::max(std::chrono::seconds(1), seconds)});
  LDAPMessage* const found = reply.message.get();
  // Whatever else it says (sizeLimitExceeded, as it has more): an entry is an entry.
  return found != nullptr && ldap_count_entries(session.handle(), found) > 0;
}

}  // namespace

bool is_settled(const LdapSession& session, const std::string& naming_context, Carried carried) {
  const std::vector<std::string> attributes = attributes_of(carried);
  try {
    if (!attributes.empty() && !schema_has_any(session, attributes)) return true;
  } catch (const LdapLost&) {
    throw;
  } catch (const DirectoryError&) {  // the account may not read the schema: not settled by it
  }
  return any_object(session, naming_context, filter_of(carried));
}

}  // namespace trueup
