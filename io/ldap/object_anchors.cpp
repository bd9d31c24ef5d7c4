// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/object_anchors.h"

#include <ldap.h>

#include "io/ldap/object_searches.h"

namespace trueup {

std::vector<ObjectAnchor> read_anchors(const LdapSession& session,
                                       std::span<const ObjectRequest> objects) {
  std::vector<ObjectAnchor> anchors(objects.size());
  ObjectSearches searches;
  searches.wanted = {"objectGUID", "mS-DS-ConsistencyGuid"};
  std::vector<bool> seen(objects.size());
  searches.on_entry = [&](std::size_t index, EntryCursor& entry) {
    seen[index] = true;
    ObjectAnchor& object = anchors[index];
    object.dn = entry.dn();
    std::string_view guid, consistency_guid;
    while (entry.next()) {
      if (entry.values().empty()) continue;
      if (entry.field() == AdField::kObjectGuid) guid = entry.values().front();
      if (entry.field() == AdField::kConsistencyGuid) consistency_guid = entry.values().front();
      const std::string_view anchor = consistency_guid.empty() ? guid : consistency_guid;
      object.anchor =
          anchor.size() == 16 ? std::optional(Anchor::from_bytes(anchor)) : std::nullopt;
    }
  };
  searches.on_result = [&](std::size_t index, SearchResult result) {
    anchors[index].result_code = result.code;
    anchors[index].message = std::move(result.text);
    if (result.code != LDAP_SUCCESS || seen[index]) return;
    anchors[index].result_code = LDAP_NO_SUCH_OBJECT;
    anchors[index].message = "the server does not show the object";
  };
  search_objects(session, objects, searches);
  return anchors;
}

}  // namespace trueup
