// SPDX-License-Identifier: Apache-2.0
// Which directory a server holds: its naming context, and what its head is known by; and of which
// domains the forest is. For io/ and engine/run: one thread, nothing in flight on the session.
#pragma once

#include <string>
#include <vector>

#include "io/ldap/session/ldap_session.h"
#include "snapshots/model/directory_identity.h"

namespace trueup {

/// The naming context of the server that the DN lies in; "" if it has none such.
std::string naming_context_of(const RootDse& server, std::string_view dn);

/// objectGUID, and beside it on other servers than AD the entryUUID (RFC 4530), which comes first:
/// those that the account may read. Throws LdapLost, DirectoryError if there is no such object.
std::vector<Anchor> read_head_guids(const LdapSession& session, const std::string& naming_context);

/// The naming context that the session's base lies in, with the first of its head's GUIDs; without
/// one where the account may not see the head. Throws LdapLost.
DirectoryIdentity read_identity(const LdapSession& session);

/// DNs of the domains of the forest: crossRef objects of CN=Partitions with FLAG_CR_NTDS_NC and
/// FLAG_CR_NTDS_DOMAIN ([MS-ADTS] 6.1.1.2.1.1). None: the account may not read them, or no AD.
/// Throws LdapLost.
std::vector<std::string> forest_domains(const LdapSession& session);

}  // namespace trueup
