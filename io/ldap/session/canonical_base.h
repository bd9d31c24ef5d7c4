// SPDX-License-Identifier: Apache-2.0
// The DN of a subtree that an operator named as Windows shows it ("contoso.com/Board/Level 2",
// canonicalName, [MS-ADTS] 3.1.1.4.5.3). For io/ldap/session/ldap_session: one thread.
#pragma once

#include <string>

namespace trueup {

class LdapSession;

/// Goes down from the domain, a search a level. Throws UsageError if a level is not there, or is
/// there more than once; DirectoryError if it cannot be read.
std::string dn_of_canonical_name(const LdapSession& session, const std::string& name);

}  // namespace trueup
