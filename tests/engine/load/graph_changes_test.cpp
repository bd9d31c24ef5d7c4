// SPDX-License-Identifier: Apache-2.0
// A later delta on top of a stored generation: what it does not say is unchanged.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/load/load.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/table.h"
#include "tests/support/trial.h"

namespace trueup::world {
namespace {

/// Loads of one cloud, night after night, in a store of their own.
class Nights {
 public:
  Nights() : store_(Store::open(folder_ / "store", Store::Mode::kReadWrite)) {}

  SnapshotDescription full(const World& world) {
    LoadOptions load = write_files(world, folder_, "full-" + std::to_string(++loads_));
    return loaded(load);
  }
  /// `changes`.graph are the delta's records; `changes`.exo is that night's export.
  SnapshotDescription changes(const World& changes) {
    LoadOptions load = write_files(changes, folder_, "delta-" + std::to_string(++loads_));
    load.graph_delta = std::exchange(load.graph, {});
    load.assume_follows = last_.generation;
    return loaded(load);
  }
  SnapshotDescription loaded(LoadOptions load) {
    load.ad.clear();
    Progress progress;
    return last_ = load_cloud(*store_, load, nullptr, progress).snapshot;
  }
  Store& store() { return *store_; }
  const TempFolder& folder() const { return folder_; }
  const SnapshotDescription& last() const { return last_; }

 private:
  TempFolder folder_;
  std::unique_ptr<Store> store_;
  SnapshotDescription last_;
  int loads_ = 0;
};

std::string digest_of(const World& world) { return Nights().full(world).digest; }

World two_users() {
  World world;
  add_user(world, 1, "a@x");
  add_user(world, 2, "b@x");
  graph_user(world, 1).properties["extensionAttribute1"] = Values{"one"};
  return world;
}

/// A record that says the id only.
GraphUser bare(unsigned n) {
  GraphUser user;
  user.id = id_of(n);
  user.sync_enabled.reset();
  return user;
}

World delta_of(const World& of, std::vector<GraphUser> records) {
  World delta;
  delta.selected = of.selected;
  delta.graph = std::move(records);
  delta.exo = of.exo;
  return delta;
}

TEST(GraphChanges, WhatTheDeltaDoesNotSayIsUnchanged) {
  Nights nights;
  World world = two_users();
  nights.full(world);
  GraphUser change = bare(1);
  change.properties["extensionAttribute2"] = Values{"two"};
  const SnapshotDescription after = nights.changes(delta_of(world, {change}));
  graph_user(world, 1).properties["extensionAttribute2"] = Values{"two"};
  EXPECT_EQ(after.digest, digest_of(world));
  EXPECT_EQ(after.base, 1U);
  EXPECT_EQ(after.increments, 1U);
  EXPECT_EQ(after.graph_users, 2U);
}

TEST(GraphChanges, NullClears) {
  Nights nights;
  World world = two_users();
  nights.full(world);
  GraphUser change = bare(1);
  change.properties["extensionAttribute1"] = Property();
  const SnapshotDescription after = nights.changes(delta_of(world, {change}));
  graph_user(world, 1).properties.erase("extensionAttribute1");
  EXPECT_EQ(after.digest, digest_of(world));
}

TEST(GraphChanges, RemovedAndNew) {
  Nights nights;
  World world = two_users();
  nights.full(world);
  GraphUser gone = bare(2);
  gone.removed = true;
  World next = two_users();
  add_user(next, 3, "c@x");
  const SnapshotDescription after =
      nights.changes(delta_of(next, {gone, graph_user(next, 3), gone}));
  std::erase_if(next.graph, [](const GraphUser& u) { return u.id == id_of(2); });
  EXPECT_EQ(after.digest, digest_of(next));
  // Again the next night: a replay changes nothing.
  EXPECT_EQ(nights.changes(delta_of(next, {gone})).digest, digest_of(next));
}

TEST(GraphChanges, WhatIsRestoredAndNotToldIsNotSupplied) {
  Nights nights;
  World world = two_users();
  nights.full(world);
  GraphUser gone = bare(1);
  gone.removed = true;
  nights.changes(delta_of(world, {gone}));
  GraphUser back = bare(1);
  back.immutable_id = graph_user(world, 1).immutable_id;
  back.properties["mail"] = Values{"a@x"};
  World delta = delta_of(world, {back});
  delta.exo.clear();
  nights.changes(delta);
  std::optional<Mailbox> found;
  std::string record;
  TableCursor cursor(nights.store(),
                     table_prefix(snapshot_prefix(nights.last().generation), Table::kRecords));
  for (cursor.seek(""); cursor.valid(); cursor.next()) {
    Mailbox mailbox;
    decode(cursor.value(), mailbox);
    if (mailbox.id != id_of(1)) continue;
    record = cursor.value();
    decode(record, mailbox);
    found = mailbox;
  }
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->supplied.contains(Attribute::kMail));
  EXPECT_FALSE(found->supplied.contains(extension_attribute(1)))
      << "an attribute that nobody spoke of must not be cleared";
}

TEST(GraphChanges, WhatExoHidGraphShowsAgainWhenTheMailboxIsGone) {
  Nights nights;
  World world = two_users();
  graph_user(world, 1).properties["extensionAttribute1"] = Values{"graph's"};
  exo_mailbox(world, 1).properties["CustomAttribute1"] = Values{"exo's"};
  nights.full(world);
  std::erase_if(world.exo, [](const ExoMailbox& m) { return m.id == id_of(1); });
  EXPECT_EQ(nights.changes(delta_of(world, {})).digest, digest_of(world));
}

TEST(GraphChanges, ASecondExportHidesNothingOfGraphEither) {
  Nights nights;
  World world = two_users();
  graph_user(world, 1).properties["extensionAttribute1"] = Values{"graph's"};
  exo_mailbox(world, 1).properties["CustomAttribute1"] = Values{"graph's"};
  ExoMailbox second = exo_mailbox(world, 1);
  second.properties["CustomAttribute1"] = Values{"another's"};
  world.exo.push_back(second);
  nights.full(world);
  world.exo.clear();
  EXPECT_EQ(nights.changes(delta_of(world, {})).digest, digest_of(world));
}

TEST(GraphChanges, AChangeThatCannotBeReadStopsTheLoad) {
  Nights nights;
  const World world = two_users();
  nights.full(world);
  const std::string page = nights.folder().write(
      "bad/page-1.json",
      R"({"value":[{"id":"x","mail":17},{"id":"y","mail":"y@x"}],"@odata.deltaLink":"l"})");
  LoadOptions load;
  load.graph_delta = {page};
  load.assume_follows = nights.last().generation;
  load.max_defects = 1;
  EXPECT_THROW(nights.loaded(load), InputError) << "no later delta would tell it again";
}

TEST(GraphChanges, ClaimantsOfOneAnchorAreAllKept) {
  Nights nights;
  World world = two_users();
  const std::string anchor = graph_user(world, 2).immutable_id;
  graph_user(world, 2).immutable_id = graph_user(world, 1).immutable_id;
  EXPECT_EQ(nights.full(world).ambiguous, 1U);
  GraphUser freed = bare(2);
  freed.immutable_id = anchor;
  const SnapshotDescription after = nights.changes(delta_of(world, {freed}));
  graph_user(world, 2).immutable_id = anchor;
  EXPECT_EQ(after.ambiguous, 0U);
  EXPECT_EQ(after.digest, digest_of(world));
}

TEST(GraphChanges, ADeltaThatMayNotFollowIsRefused) {
  Nights nights;
  const World world = two_users();
  LoadOptions load = write_files(delta_of(world, {bare(1)}), nights.folder(), "delta");
  load.graph_delta = std::exchange(load.graph, {});
  EXPECT_THROW(nights.loaded(load), UsageError) << "there is no generation yet";
  nights.full(world);
  EXPECT_THROW(nights.loaded(load), InputError) << "nothing says that it follows";
  const std::uint64_t generation = nights.last().generation;
  load.assume_follows = generation + 7;
  EXPECT_THROW(nights.loaded(load), UsageError) << "another generation";
  load.assume_follows = generation;
  EXPECT_EQ(nights.loaded(load).digest, digest_of(world));
}

TEST(GraphChanges, ADeltaOfOtherPropertiesIsRefused) {
  Nights nights;
  const World world = two_users();
  nights.full(world);
  World delta = delta_of(world, {bare(1)});
  delta.selected = "id,mail";
  EXPECT_THROW(nights.changes(delta), InputError);
}

/// One change of the tenant, and the record that a delta under return=minimal tells of it.
GraphUser random_change(World& world, unsigned users) {
  const unsigned n = *rc::gen::inRange(1U, users + 1);
  const bool known = std::any_of(world.graph.begin(), world.graph.end(),
                                 [n](const GraphUser& u) { return u.id == id_of(n); });
  if (!known) {
    add_user(world, n, "u" + std::to_string(n) + "@x");
    world.exo.pop_back();
    return world.graph.back();
  }
  GraphUser& user = graph_user(world, n);
  GraphUser record = bare(n);
  const auto value = [] { return "v" + std::to_string(*rc::gen::inRange(0, 4)); };
  switch (*rc::gen::inRange(0, 6)) {
    case 0:
      user.properties["extensionAttribute3"] = Values{value()};
      record.properties["extensionAttribute3"] = user.properties["extensionAttribute3"];
      break;
    case 1:
      user.properties.erase("extensionAttribute3");
      record.properties["extensionAttribute3"] = Property();
      break;
    case 2:
      user.properties["proxyAddresses"] = Values{"SMTP:" + value() + "@x", "smtp:" + user.upn};
      record.properties["proxyAddresses"] = user.properties["proxyAddresses"];
      break;
    case 3: user.sync_enabled = record.sync_enabled = *rc::gen::arbitrary<bool>(); break;
    case 4:
      user.immutable_id = record.immutable_id =
          base64_of(guid_octets(*rc::gen::inRange(1U, 2 * users)));
      break;
    default:
      user.properties["mail"] = Values{value() + "@x"};
      record.properties["mail"] = user.properties["mail"];
      break;
  }
  return record;
}

RC_GTEST_PROP(GraphChangesProperties, NightsOfChangesGiveWhatAFullReadGives, ()) {
  constexpr unsigned kUsers = 12;
  Nights nights;
  World world;
  const unsigned first = *rc::gen::inRange(1U, kUsers);
  for (unsigned n = 1; n <= first; ++n) {
    add_user(world, n, "u" + std::to_string(n) + "@x");
    if (n % 3 == 0) exo_mailbox(world, n).properties["CustomAttribute3"] = Values{"exo's"};
  }
  nights.full(world);
  std::set<std::string> removed;
  for (int night = 0; night < 3; ++night) {
    std::vector<GraphUser> records;
    for (int i = *rc::gen::inRange(0, 8); i > 0; --i) {
      GraphUser record = random_change(world, kUsers);
      if (removed.contains(record.id)) {  // a restored one is told apart, in a test of its own
        std::erase_if(world.graph, [&](const GraphUser& u) { return u.id == record.id; });
        continue;
      }
      records.push_back(record);
      if (*rc::gen::inRange(0, 6) != 0) continue;
      GraphUser gone;
      gone.id = record.id;
      gone.removed = true;
      records.push_back(gone);
      removed.insert(gone.id);
      std::erase_if(world.graph, [&](const GraphUser& u) { return u.id == gone.id; });
    }
    if (!world.exo.empty() && *rc::gen::inRange(0, 3) == 0) world.exo.pop_back();
    RC_ASSERT(nights.changes(delta_of(world, records)).digest == digest_of(world));
  }
}

}  // namespace
}  // namespace trueup::world
