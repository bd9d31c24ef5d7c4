// SPDX-License-Identifier: Apache-2.0
#include "engine/load/staging/staged_item.h"

#include "snapshots/model/canonical.h"

namespace trueup {

Anchor id_key(std::string_view id, std::string& scratch) {
  scratch.clear();
  append_object_id(id, scratch);  // Exchange and Graph may write the same GUID in different ways
  return hashed_key(scratch);
}

StagedHeader header_by_id(const Mailbox& m, StagedKind kind, std::uint64_t order,
                          std::string& scratch) {
  StagedHeader header;
  header.key = id_key(m.id, scratch);
  header.order = order;
  header.kind = kind;
  header.fingerprint = fingerprint_of(m);
  return header;
}

}  // namespace trueup
