// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/description.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "snapshots/model/errors.h"
#include "snapshots/store/journal.h"
#include "snapshots/store/stored_plan.h"
#include "snapshots/store/table.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

class OpenStore {
 public:
  OpenStore() : store_(Store::open(folder_ / "store", Store::Mode::kReadWrite)) {}
  Store& operator*() { return *store_; }

 private:
  TempFolder folder_;
  std::unique_ptr<Store> store_;
};

SnapshotDescription described(std::uint64_t generation, Side side, bool accepted = false) {
  SnapshotDescription d;
  d.generation = generation;
  d.side = side;
  d.accepted = accepted;
  return d;
}

std::vector<std::uint64_t> generations(const Store& store) {
  std::vector<std::uint64_t> list;
  for (const SnapshotDescription& d : snapshots(store)) list.push_back(d.generation);
  return list;
}

TEST(Description, SnapshotComesBackAsItWasPut) {
  OpenStore store;
  SnapshotDescription d = described(7, Side::kAd, true);
  d.previous = 5;
  d.digest = "abc";
  d.source = "ad /a b\n; =c";
  d.taken_at = 1'700'000'000;
  d.live = true;
  d.mailboxes = 1;
  d.others = 2;
  d.graph_users = 3;
  d.exo_mailboxes = 4;
  d.bad_anchors = 5;
  d.ambiguous = 6;
  d.defects = 7;
  d.records = 8;
  d.disagreements = 9;
  d.flags_seen = 1U << 30;
  d.supplied = kDefaultAttributes;
  d.delta_link = "https://g/?$deltatoken=a&b=c";
  for (std::size_t i = 0; i < d.filled.size(); ++i) d.filled[i] = 100 + i;
  put(*store, d);
  const auto out = snapshot(*store, 7);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->side, d.side);
  EXPECT_EQ(out->generation, 7U);
  EXPECT_EQ(out->previous, d.previous);
  EXPECT_EQ(out->digest, d.digest);
  EXPECT_EQ(out->source, d.source);
  EXPECT_EQ(out->taken_at, d.taken_at);
  EXPECT_EQ(out->live, d.live);
  EXPECT_EQ(out->accepted, d.accepted);
  EXPECT_EQ(out->mailboxes, d.mailboxes);
  EXPECT_EQ(out->others, d.others);
  EXPECT_EQ(out->graph_users, d.graph_users);
  EXPECT_EQ(out->exo_mailboxes, d.exo_mailboxes);
  EXPECT_EQ(out->bad_anchors, d.bad_anchors);
  EXPECT_EQ(out->ambiguous, d.ambiguous);
  EXPECT_EQ(out->defects, d.defects);
  EXPECT_EQ(out->records, d.records);
  EXPECT_EQ(out->disagreements, d.disagreements);
  EXPECT_EQ(out->flags_seen, d.flags_seen);
  EXPECT_EQ(out->supplied, d.supplied);
  EXPECT_EQ(out->delta_link, d.delta_link);
  EXPECT_EQ(out->filled, d.filled);
  EXPECT_FALSE(snapshot(*store, 8));
}

TEST(Description, RunComesBackAsItWasPut) {
  OpenStore store;
  RunDescription r;
  r.run = 3;
  r.command = "plan";
  r.state = RunState::kPlanned;
  r.started_at = 1;
  r.ended_at = 2;
  r.cloud_generation = 4;
  r.ad_generation = 5;
  r.plan_digest = "d";
  r.changes = 6;
  r.guards_fired = 7;
  r.accepted = true;
  r.scope = "scope: list ring.txt";
  r.in_scope = 8;
  r.out = "plan.ldif";
  r.done = 9;
  r.rejected = 10;
  r.conflicts = 11;
  r.unknown = 12;
  r.unverified = 13;
  put(*store, r);
  const auto out = run_description(*store, 3);
  ASSERT_TRUE(out);
  EXPECT_EQ(std::tie(out->command, out->state, out->started_at, out->ended_at,
                     out->cloud_generation, out->ad_generation, out->plan_digest, out->changes),
            std::tie(r.command, r.state, r.started_at, r.ended_at, r.cloud_generation,
                     r.ad_generation, r.plan_digest, r.changes));
  EXPECT_EQ(std::tie(out->guards_fired, out->accepted, out->scope, out->in_scope, out->out,
                     out->done, out->rejected, out->conflicts, out->unknown, out->unverified),
            std::tie(r.guards_fired, r.accepted, r.scope, r.in_scope, r.out, r.done, r.rejected,
                     r.conflicts, r.unknown, r.unverified));
  EXPECT_FALSE(run_description(*store, 4));
}

TEST(Description, RunsAreListedOldestFirst) {
  OpenStore store;
  for (const std::uint64_t n : {10U, 2U, 300U}) {
    RunDescription r;
    r.run = n;
    put(*store, r);
  }
  std::vector<std::uint64_t> seen;
  for (const RunDescription& r : run_descriptions(*store)) seen.push_back(r.run);
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{2, 10, 300}));
}

TEST(Description, NewestOfASideAndNewestAccepted) {
  OpenStore store;
  EXPECT_FALSE(newest_snapshot(*store, Side::kCloud, false));
  put(*store, described(1, Side::kCloud, true));
  put(*store, described(2, Side::kAd, true));
  put(*store, described(3, Side::kCloud));
  put(*store, described(300, Side::kAd));
  EXPECT_EQ(newest_snapshot(*store, Side::kCloud, false)->generation, 3U);
  EXPECT_EQ(newest_snapshot(*store, Side::kCloud, true)->generation, 1U);
  EXPECT_EQ(newest_snapshot(*store, Side::kAd, false)->generation, 300U);
  EXPECT_EQ(newest_snapshot(*store, Side::kAd, true)->generation, 2U);
}

TEST(Description, OldSnapshotsAreDroppedSideBySide) {
  OpenStore store;
  for (std::uint64_t n = 1; n <= 6; ++n) {
    TableWriter writer(*store);
    writer.add(table_prefix(snapshot_prefix(n), Table::kRecords), "a", "v");
    (*store).ingest({writer.finish().value()});
    put(*store, described(n, n % 2 == 0 ? Side::kCloud : Side::kAd));
  }
  drop_snapshots(*store, old_snapshots(*store, 2, {1}));
  EXPECT_EQ(generations(*store), (std::vector<std::uint64_t>{1, 3, 4, 5, 6})) << "1 is in use";
  TableCursor dropped(*store, table_prefix(snapshot_prefix(2), Table::kRecords));
  dropped.seek("");
  EXPECT_FALSE(dropped.valid()) << "its tables go too";
  TableCursor kept(*store, table_prefix(snapshot_prefix(3), Table::kRecords));
  kept.seek("");
  EXPECT_TRUE(kept.valid());
}

// What the next load is compared with, however many loads a guard has stopped since.
TEST(Description, TheNewestAcceptedSnapshotIsNeverOld) {
  OpenStore store;
  for (std::uint64_t n = 1; n <= 6; ++n) put(*store, described(n, Side::kCloud, n <= 2));
  EXPECT_EQ(old_snapshots(*store, 2, {}), (std::vector<std::uint64_t>{1, 3, 4}));
}

TEST(Description, ADamagedRecordIsNamed) {
  OpenStore store;
  RunDescription run;
  run.run = 7;
  std::string record = record_of(run);
  record.replace(record.find("changes") + 7 + 4, 1, "x");  // the number behind it
  (*store).put_ordered(numbered_key("run/", 7), record);
  try {
    run_descriptions(*store);
    FAIL() << "it was read";
  } catch (const StoreError& error) {
    EXPECT_EQ(std::string(error.what()).find("run 7: a stored record is damaged"), 0U)
        << error.what();
  }
}

TEST(Description, OfAnErasedRunNothingIsLeft) {
  OpenStore store;
  for (const std::uint64_t n : {1U, 2U}) {
    RunDescription run;
    run.run = n;
    put(*store, run);
    Change change;
    change.number = 1;
    std::string encoded;
    encode(change, encoded);
    store_plan(*store, n, {encoded});
    Journal journal(*store, n);
    journal.append(Intent{1, 1});
    journal.append(std::vector<JournalEntry>{{.number = 1}});
  }
  EXPECT_GT(run_bytes(*store, 1), 0U);
  erase_run(*store, 1);
  EXPECT_EQ(run_bytes(*store, 1), 0U);
  EXPECT_FALSE(run_description(*store, 1));
  EXPECT_TRUE(run_description(*store, 2));
  EXPECT_TRUE(Journal(*store, 2).find(1));
  Change change;
  EXPECT_TRUE(PlanCursor(*store, 2).next(change));
}

RC_GTEST_PROP(FieldsProperties, EncodedAndDecodedAreInverse, ()) {
  const auto map = *rc::gen::arbitrary<std::map<std::string, std::string>>();
  Fields fields;
  for (const auto& [name, value] : map) fields.set(name, value);
  fields.set("number", std::uint64_t{1} << 63);
  const Fields out = Fields::decoded(fields.encoded());
  for (const auto& [name, value] : map) {
    if (name != "number") RC_ASSERT(out.text(name) == value);
  }
  RC_ASSERT(out.number("number") == std::uint64_t{1} << 63);
  RC_ASSERT(out.encoded() == fields.encoded());
  RC_ASSERT_THROWS_AS(Fields::decoded(fields.encoded().substr(1)), StoreError);
}

}  // namespace
}  // namespace trueup
