// SPDX-License-Identifier: Apache-2.0
// The anchors that objects have at the server now, and where they stand. For engine/run; one
// thread, nothing in flight on the session.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/ldap/ldap_reader.h"
#include "io/ldap/session/ldap_session.h"
#include "snapshots/model/anchor.h"

namespace trueup {

struct ObjectAnchor {
  int result_code = 0;  // LDAP result code; 32 where the object is not there
  std::string message;  // the server's, where result_code is not 0
  std::string dn;       // as the server writes it now
  /// mS-DS-ConsistencyGuid where it has a value, else objectGUID; nothing: the account may read
  /// neither, or it is not 16 octets.
  std::optional<Anchor> anchor;
};

/// One for each of `objects` (their `attributes` do not matter), in their order. Throws
/// DirectoryError, LdapLost.
std::vector<ObjectAnchor> read_anchors(const LdapSession& session,
                                       std::span<const ObjectRequest> objects);

}  // namespace trueup
