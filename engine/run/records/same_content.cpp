// SPDX-License-Identifier: Apache-2.0
#include "engine/run/records/same_content.h"

#include <optional>
#include <tuple>

#include "snapshots/model/mailbox.h"
#include "snapshots/store/rows.h"
#include "snapshots/store/stored_plan.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

auto facts(const SnapshotDescription& d) {
  return std::tie(d.digest, d.mailboxes, d.others, d.ambiguous, d.duplicate_addresses, d.defects,
                  d.base_dn, d.naming_context, d.head_guid, d.carriers, d.protected_admins,
                  d.on_premises, d.other_domains_seen);
}

bool same_object(std::optional<std::string_view> before, std::optional<std::string_view> now) {
  if (!before || !now) return false;
  Mailbox a, b;
  decode(*before, a);
  decode(*now, b);
  return a.name == b.name && a.object_guid == b.object_guid && a.flags == b.flags;
}

/// Also of groups, contacts, and other domains' exports.
bool same_holders(const Store& store, std::uint64_t a, std::uint64_t b) {
  RowCursor<AddressRow> rows_a(store, a, Table::kAddresses), rows_b(store, b, Table::kAddresses);
  for (AddressRow row_a, row_b;;) {
    const bool more = rows_a.next(row_a);
    if (more != rows_b.next(row_b)) return false;
    if (!more) return true;
    if (!(row_a == row_b)) return false;
  }
}

bool same_cloud(const Store& store, const RunDescription& run) {
  const auto planned = snapshot(store, run.cloud_generation);
  const auto newest = newest_snapshot(store, Side::kCloud, false);
  return planned && newest && planned->digest == newest->digest;
}

}  // namespace

bool only_read_again(const Store& store, const RunDescription& run,
                     const SnapshotDescription& newest) {
  const auto planned = snapshot(store, run.ad_generation);
  if (!planned || facts(*planned) != facts(newest) || !same_cloud(store, run)) return false;
  if (!same_holders(store, planned->generation, newest.generation)) return false;
  RecordCursor before(store, planned->generation), now(store, newest.generation);
  PlanCursor cursor(store, run.run);
  for (Change change; cursor.next(change);) {
    if (!same_object(before.find(change.anchor), now.find(change.anchor))) return false;
  }
  return true;
}

}  // namespace trueup
