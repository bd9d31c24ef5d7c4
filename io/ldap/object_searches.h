// SPDX-License-Identifier: Apache-2.0
// A few attributes of many objects, by base searches of which several are in flight at a time. For
// io/*.cpp only; one thread, nothing else in flight on the session.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "io/ldap/ldap_reader.h"
#include "io/ldap/session/ldap_messages.h"
#include "io/ldap/session/ldap_session.h"

namespace trueup {

struct ObjectSearches {
  std::vector<const char*> wanted;  // attribute names
  std::size_t in_flight = 64;
  /// What was found; not called for an object that is not there, and perhaps twice for one whose
  /// result was lost.
  std::function<void(std::size_t index, EntryCursor& entry)> on_entry;
  /// Once for each object, after its entry.
  std::function<void(std::size_t index, SearchResult result)> on_result;
};

/// Throws DirectoryError, LdapLost.
void search_objects(const LdapSession& session, std::span<const ObjectRequest> objects,
                    const ObjectSearches& searches);

}  // namespace trueup
