// SPDX-License-Identifier: Apache-2.0
// How far the update sequence numbers of an AD have come ([MS-ADTS] 3.1.1.1.9).
#pragma once

#include <cstdint>

#include "io/ldap/session/ldap_session.h"

namespace trueup {

/// highestCommittedUSN as it is now. Throws DirectoryError. The session is idle.
std::uint64_t read_highest_usn(const LdapSession& session);

}  // namespace trueup
