// SPDX-License-Identifier: Apache-2.0
#include "engine/load/staging/staged_item.h"

#include "snapshots/model/canonical.h"

namespace trueup {

Anchor id_key(std::string_view id, std::string& scratch) {
  scratch.clear();
  append_object_id(id, scratch);  // Exchange and Graph may write the same GUID in different ways
  return hashed_key(scratch);
}

}  // namespace trueup
