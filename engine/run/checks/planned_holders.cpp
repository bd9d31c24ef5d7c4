// SPDX-License-Identifier: Apache-2.0
#include "engine/run/checks/planned_holders.h"

#include <cstring>
#include <optional>
#include <string>

#include "snapshots/model/canonical.h"
#include "snapshots/model/fingerprint.h"
#include "snapshots/model/mailbox.h"
#include "snapshots/store/description.h"
#include "snapshots/store/rows.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

/// What a row of the index names: of one that can be joined its anchor, of others their objectGUID
/// or hashed DN.
bool is_owner(const Store& store, std::uint64_t generation, const AddressRow& row,
              const AddressHolder& holder) {
  if (row.joinable()) {
    const auto record = RecordCursor(store, generation).find(row.owner);
    if (!record) return false;
    Mailbox mailbox;
    decode(*record, mailbox);
    return mailbox.object_guid != Anchor{} && mailbox.object_guid == holder.object_guid;
  }
  if (holder.object_guid != Anchor{}) return row.owner == holder.object_guid;
  std::string folded;
  append_folded(holder.dn, folded);
  return row.owner == hashed_key(folded);
}

}  // namespace

bool PlannedHolders::had(std::string_view key, const AddressHolder& holder) const {
  if (!snapshot(store_, generation_)) return false;
  const AddressRow wanted = AddressRow::of(hash64(key), true, Anchor{});
  RowCursor<AddressRow> rows(store_, generation_, Table::kAddresses, wanted.hash[0] >> 2);
  for (AddressRow row; rows.next(row) && row.address() <= wanted.address();) {
    if (row.address() == wanted.address() && is_owner(store_, generation_, row, holder))
      return true;
  }
  return false;
}

}  // namespace trueup
