// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "snapshots/store/rows.h"
#include "snapshots/store/stored_plan.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

class OpenStore {
 public:
  OpenStore() : store_(Store::open(folder_ / "store", Store::Mode::kReadWrite)) {}
  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }

 private:
  TempFolder folder_;
  std::unique_ptr<Store> store_;
};

std::string prefix(std::uint64_t generation, Table table) {
  return table_prefix(snapshot_prefix(generation), table);
}

Anchor anchor(unsigned n) {
  Anchor a;
  a.octets[0] = static_cast<std::uint8_t>(n >> 8);
  a.octets[1] = static_cast<std::uint8_t>(n);
  return a;
}

void ingest(Store& store, TableWriter& writer) { store.ingest({writer.finish().value()}); }

TEST(TableWriter, GivesNoFileForNothing) {
  OpenStore store;
  TableWriter writer(*store);
  EXPECT_FALSE(writer.finish());
}

TEST(TableCursor, ReadsOneTableInOrder) {
  OpenStore store;
  TableWriter writer(*store);
  writer.add(prefix(1, Table::kRecords), "a", "1");
  writer.add(prefix(1, Table::kRecords), "b", "2");
  writer.add(prefix(1, Table::kIds), "c", "other table");
  writer.add(prefix(2, Table::kRecords), "d", "other owner");
  ingest(*store, writer);
  std::string seen;
  TableCursor cursor(*store, prefix(1, Table::kRecords));
  for (cursor.seek(""); cursor.valid(); cursor.next()) {
    seen.append(cursor.key()).append("=").append(cursor.value()).append(" ");
  }
  EXPECT_EQ(seen, "a=1 b=2 ");
}

TEST(TableCursor, SeeksForwardsAndBackwards) {
  OpenStore store;
  TableWriter writer(*store);
  const std::string p = prefix(1, Table::kRecords);
  for (const char* key : {"b", "d"}) writer.add(p, key, key);
  ingest(*store, writer);
  TableCursor cursor(*store, p);
  cursor.seek("c");
  EXPECT_EQ(cursor.key(), "d");
  cursor.seek("e");
  EXPECT_FALSE(cursor.valid());
  cursor.seek_for_prev("c");
  EXPECT_EQ(cursor.key(), "b");
  cursor.seek_for_prev("a");
  EXPECT_FALSE(cursor.valid());
}

TEST(TableCursor, EndsBeforeItsEndKey) {
  OpenStore store;
  TableWriter writer(*store);
  const std::string p = prefix(1, Table::kRecords);
  for (const char* key : {"a", "b", "c"}) writer.add(p, key, key);
  ingest(*store, writer);
  TableCursor cursor(*store, p, "c");
  int count = 0;
  for (cursor.seek(""); cursor.valid(); cursor.next()) ++count;
  EXPECT_EQ(count, 2);
}

TEST(Store, DropTakesAllTablesOfOneOwner) {
  OpenStore store;
  for (const std::uint64_t generation : {1U, 2U, 256U}) {
    TableWriter writer(*store);
    writer.add(prefix(generation, Table::kRecords), "a", "v");
    writer.add(prefix(generation, Table::kIds), "a", "v");
    ingest(*store, writer);
  }
  store->drop(snapshot_prefix(1));
  const auto there = [&](std::uint64_t generation, Table table) {
    TableCursor cursor(*store, prefix(generation, table));
    cursor.seek("");
    return cursor.valid();
  };
  EXPECT_FALSE(there(1, Table::kRecords));
  EXPECT_FALSE(there(1, Table::kIds));
  EXPECT_TRUE(there(2, Table::kRecords));
  EXPECT_TRUE(there(256, Table::kIds));
}

TEST(RecordCursor, FindsByAnchorInAnyOrder) {
  OpenStore store;
  TableWriter writer(*store);
  for (unsigned n = 0; n < 1000; n += 2) {
    writer.add(prefix(3, Table::kRecords), anchor(n).bytes(), std::to_string(n));
  }
  ingest(*store, writer);
  RecordCursor records(*store, 3);
  for (unsigned n : {0U, 2U, 500U, 998U, 4U, 0U}) {
    EXPECT_EQ(records.find(anchor(n)), std::to_string(n));
  }
  for (unsigned n : {1U, 501U, 1001U, 3U}) EXPECT_FALSE(records.find(anchor(n)));
  EXPECT_EQ(records.find(anchor(2)), "2") << "also after a miss at the end";
}

IdRow row(unsigned n) {
  IdRow r;
  r.id_key = anchor(n);
  r.flags = n;
  return r;
}

TEST(RowCursor, ReadsAllRowsOrOneShard) {
  OpenStore store;
  TableWriter writer(*store);
  RowWriter<IdRow> rows(writer, prefix(1, Table::kIds));
  int shard = 0;
  std::vector<unsigned> written;
  for (unsigned n = 0; n < 65536; n += 7) {
    if (shard_of(anchor(n)) != shard) rows.end_block();
    shard = shard_of(anchor(n));
    rows.add(row(n));
    written.push_back(n);
  }
  rows.end_block();
  ingest(*store, writer);

  std::vector<unsigned> all, by_shard;
  IdRow r;
  for (RowCursor<IdRow> cursor(*store, 1, Table::kIds); cursor.next(r);) all.push_back(r.flags);
  for (int s = 0; s < kShardCount; ++s) {
    for (RowCursor<IdRow> cursor(*store, 1, Table::kIds, s); cursor.next(r);) {
      EXPECT_EQ(shard_of(r.id_key), s);
      by_shard.push_back(r.flags);
    }
  }
  EXPECT_EQ(all, written);
  EXPECT_EQ(by_shard, written);
}

TEST(RowCursor, EndsAtOnceWhereThereIsNoTable) {
  OpenStore store;
  IdRow r;
  RowCursor<IdRow> cursor(*store, 9, Table::kIds);
  EXPECT_FALSE(cursor.next(r));
  EXPECT_FALSE(cursor.next(r));
}

TEST(StoredPlan, GivesTheChangesBackInOrder) {
  OpenStore store;
  std::vector<std::string> encoded;
  for (std::uint32_t n = 1; n <= 300; ++n) {
    Change c;
    c.number = n;
    c.dn = "CN=x";
    encoded.emplace_back();
    encode(c, encoded.back());
  }
  store_plan(*store, 5, {encoded.begin(), encoded.end()});
  PlanCursor cursor(*store, 5);
  Change c;
  for (std::uint32_t n = 1; n <= 300; ++n) {
    ASSERT_TRUE(cursor.next(c));
    EXPECT_EQ(c.number, n);
  }
  EXPECT_FALSE(cursor.next(c));
  cursor.seek(257);
  ASSERT_TRUE(cursor.next(c));
  EXPECT_EQ(c.number, 257U);
  PlanCursor none(*store, 6);
  EXPECT_FALSE(none.next(c));
}

}  // namespace
}  // namespace trueup
