// SPDX-License-Identifier: Apache-2.0
// Which objects of the newest snapshots a person means by a name: an address, a GUID, an anchor, a
// DN, a userPrincipalName, a sAMAccountName, a display name, or a part of a name. Reads a whole
// side if it must. Called by engine/show/explain.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "snapshots/model/anchor.h"
#include "snapshots/store/description.h"
#include "snapshots/store/store.h"
#include "snapshots/store/table.h"

namespace trueup {

struct FoundObject {
  Side side = Side::kCloud;
  Table table = Table::kRecords;  // kOthers: no mailbox; kUnanchored: no usable anchor
  Anchor key;                     // of the record in that table
  std::string name;               // DN or userPrincipalName
  std::string record;             // encoded Mailbox
};

/// Those that it fits best: as a whole before as a part of a name. A mailbox that both sides have
/// is there once for each. Sorted by name; none: nobody.
std::vector<FoundObject> find_objects(const Store& store, const SnapshotDescription* cloud,
                                      const SnapshotDescription* ad, const std::string& text);

}  // namespace trueup
