// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/carrier_search.h"

#include <ldap.h>

#include <algorithm>
#include <vector>

#include "io/directory_schema.h"
#include "io/ldap_messages.h"
#include "snapshots/errors.h"

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
  char none[] = LDAP_NO_ATTRS;
  char* nothing[] = {none, nullptr};
  constexpr int kOne = 1;
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(session.operation_timeout()).count();
  timeval limit{.tv_sec = std::max<std::time_t>(1, seconds), .tv_usec = 0};
  LDAPMessage* found = nullptr;
  const int code =
      ldap_search_ext_s(session.handle(), base.c_str(), LDAP_SCOPE_SUBTREE, filter.c_str(), nothing,
                        0, nullptr, nullptr, &limit, kOne, &found);
  const LdapMessage owner(found);
  if (code == LDAP_SERVER_DOWN) {
    throw LdapLost(lost_text(session.handle(), session.url(), code));
  }
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
