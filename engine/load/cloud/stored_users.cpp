// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/stored_users.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include "engine/load/staging/staged_item.h"
#include "snapshots/store/rows.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

// Places in the stream: a Graph record of its own stands above what the mailbox tells.
constexpr std::uint64_t kFromMailbox = 0;
constexpr std::uint64_t kFromGraphRecord = 1;

class UserStager {
 public:
  UserStager(const Store& store, const SnapshotDescription& base, Spool& by_id)
      : store_(store), base_(base), owner_(snapshot_prefix(base.generation)), writer_(by_id) {}

  void stage_shard(int shard) {
    stage_table(Table::kRecords, shard, kFromMailbox);
    stage_table(Table::kUnanchored, shard, kFromMailbox);
    stage_table(Table::kAmbiguous, shard, kFromMailbox);
    stage_table(Table::kGraphUsers, shard, kFromGraphRecord);
    stage_removed(shard);
  }
  void flush() { writer_.flush(); }

 private:
  void stage_table(Table table, int shard, std::uint64_t order) {
    TableCursor cursor(store_, table_prefix(owner_, table), shard_end(shard));
    for (cursor.seek(shard_start(shard)); cursor.valid(); cursor.next()) {
      decode(cursor.value(), mailbox_);
      // kAmbiguous has every claimant as it is; the one in kRecords has flags of all of them.
      if (table == Table::kRecords && mailbox_.has(kAmbiguousAnchor)) continue;
      strip();
      stage(writer_, header_by_id(mailbox_, StagedKind::kGraph, order, scratch_), mailbox_);
    }
  }

  // To what Graph alone says. A table's own Graph record, staged with a later order, says the rest.
  void strip() {
    constexpr std::uint32_t kOfGraph =
        kSyncEnabledSupplied | kSyncEnabled | kBadAnchor | kIncomplete;
    mailbox_.flags = (mailbox_.flags & kOfGraph) | kFromGraph;
    const AttributeSet of_graph = base_.graph_supplied;
    std::erase_if(mailbox_.values,
                  [&](const AttributeValue& v) { return !of_graph.contains(v.attribute); });
    mailbox_.supplied = mailbox_.supplied & of_graph;
  }

  void stage_removed(int shard) {
    RowCursor<IdRow> rows(store_, base_.generation, Table::kIds, shard);
    for (IdRow row; rows.next(row);) {
      if ((row.flags & kRemoved) == 0) continue;
      mailbox_.clear();
      mailbox_.flags = kFromGraph | kRemoved;
      StagedHeader header;
      header.key = row.id_key;
      header.kind = StagedKind::kGraph;
      header.fingerprint = fingerprint_of(mailbox_);
      header.fingerprint.anchor = row.anchor;
      stage(writer_, header, mailbox_);
    }
  }

  const Store& store_;
  const SnapshotDescription& base_;
  const std::string owner_;
  Spool::Writer writer_;
  Mailbox mailbox_;
  std::string scratch_;
};

}  // namespace

void stage_stored_users(const Store& store, const SnapshotDescription& base, Spool& by_id) {
  tbb::enumerable_thread_specific<UserStager> stagers(
      [&] { return UserStager(store, base, by_id); });
  tbb::parallel_for(0, kShardCount, [&](int shard) { stagers.local().stage_shard(shard); });
  for (UserStager& stager : stagers) stager.flush();
}

}  // namespace trueup
