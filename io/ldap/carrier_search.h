// SPDX-License-Identifier: Apache-2.0
// Whether a directory in which no object that was read carries what a protection rests on has it at
// all. For io/ldap/live_ad: one thread, nothing in flight on the session.
#pragma once

#include <string>

#include "io/ldap/session/ldap_session.h"
#include "snapshots/model/carried.h"

namespace trueup {

/// True if an object below `naming_context` carries it, whatever its class, or the schema does not
/// have the attribute. False if none does, or the server does not tell. Throws LdapLost.
bool is_settled(const LdapSession& session, const std::string& naming_context, Carried carried);

}  // namespace trueup
