// SPDX-License-Identifier: Apache-2.0
// Collisions, dependencies and order: who takes an address from whom.
#include "engine/plan/plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/ldap_model.h"
#include "tests/support/trial.h"

namespace trueup::world {
namespace {

std::string dn(unsigned n) { return "CN=u" + std::to_string(n) + ",OU=people,DC=corp"; }

// `count` users in agreement: user n has SMTP:pN@x.
World users(unsigned count) {
  World world;
  for (unsigned n = 1; n <= count; ++n) add_user(world, n, "p" + std::to_string(n) + "@x");
  return world;
}

// What became of one user's proxyAddresses: "planned", "" (nothing to do), or the reason.
std::string fate(const Report& report, unsigned n,
                 const std::string& attribute = "proxyAddresses") {
  const Planned p = planned_of(report);
  if (const auto it = p.refused.find({dn(n), attribute}); it != p.refused.end()) return it->second;
  if (const auto it = p.held.find({dn(n), attribute}); it != p.held.end()) return it->second;
  const auto edits = p.planned.find(dn(n));
  return edits != p.planned.end() && edits->second.contains(attribute) ? "planned" : "";
}

std::vector<ChangeRecord> records(Trial& trial, const Report& report) {
  return parse_plan(trial.plan_text(report));
}

TEST(Plan, TakerComesAfterGiver) {
  World world = users(2);
  set_ad_addresses(world, 2, {"SMTP:p2@x", "smtp:moves@x"});
  set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:moves@x"});
  Trial trial;
  const auto plan = records(trial, trial.plan(world));
  ASSERT_EQ(plan.size(), 2U);
  EXPECT_EQ(plan[0].dn, dn(2));
  EXPECT_EQ(plan[1].dn, dn(1));
  EXPECT_EQ(plan[1].after, std::vector<unsigned>{1});
  EXPECT_TRUE(plan[0].after.empty());
}

TEST(Plan, TakerComesAfterGiverWhateverTheAddressCase) {
  World world = users(2);
  set_ad_addresses(world, 1, {"SMTP:p1@x", "smtp:MOVES@x"});
  set_cloud_addresses(world, 2, {"SMTP:p2@x", "smtp:moves@X"});
  Trial trial;
  const auto plan = records(trial, trial.plan(world));
  ASSERT_EQ(plan.size(), 2U);
  EXPECT_EQ(plan[1].after, std::vector<unsigned>{1});
}

TEST(Plan, MailCountsAsAnAddress) {
  World world = users(2);
  ad_user(world, 2).attributes["mail"] = {"moves@x"};  // not among its proxyAddresses
  set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:moves@x"});
  Trial trial;
  const auto plan = records(trial, trial.plan(world));
  ASSERT_EQ(plan.size(), 2U);
  EXPECT_EQ(plan[0].dn, dn(2));
  EXPECT_EQ(plan[1].after, std::vector<unsigned>{1});
}

TEST(Plan, AChainIsOrderedFromItsEnd) {
  World world = users(5);
  for (unsigned n = 1; n <= 5; ++n) {
    set_cloud_addresses(world, n, {"SMTP:p" + std::to_string(n + 1) + "@x"});
  }
  Trial trial;
  const auto plan = records(trial, trial.plan(world));
  ASSERT_EQ(plan.size(), 5U);
  for (unsigned i = 0; i < 5; ++i) EXPECT_EQ(plan[i].dn, dn(5 - i));
  for (unsigned i = 1; i < 5; ++i) EXPECT_EQ(plan[i].after, std::vector<unsigned>{i});
}

TEST(Plan, ChangesWithoutMovesHaveNoEdges) {
  World world = users(2);
  set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:new1@x"});
  set_cloud_addresses(world, 2, {"SMTP:p2@x", "smtp:new2@x"});
  Trial trial;
  for (const ChangeRecord& r : records(trial, trial.plan(world))) EXPECT_TRUE(r.after.empty());
}

TEST(Plan, AnAddressHeldByAnotherUserIsTaken) {
  World world = users(2);
  set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:P2@x"});
  exo_mailbox(world, 1).properties["CustomAttribute1"] = Values{"v"};
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(fate(report, 1), "address-taken");
  EXPECT_EQ(fate(report, 1, "extensionAttribute1"), "planned") << "other edits go on";
  EXPECT_EQ(report.plan->refused_mailboxes, 1U);
}

TEST(Plan, MailIsRefusedTogetherWithATakenAddress) {
  World world = users(2);
  world.exo.pop_back();  // user 2 is out of scope and keeps what it has
  set_cloud_addresses(world, 1, {"SMTP:p2@x"});
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(fate(report, 1), "address-taken");
  EXPECT_EQ(fate(report, 1, "mail"), "address-taken");
}

TEST(Plan, AnAddressHeldByAnyKindOfObjectIsTaken) {
  for (const char* kind : {"group", "contact", "publicFolder"}) {
    for (const bool extra : {false, true}) {
      World world = users(1);
      AdObject other;
      other.dn = "CN=other,DC=corp";
      other.classes = {"top", kind};
      other.object_guid = guid_octets(50);
      other.attributes["proxyAddresses"] = {"smtp:taken@x"};
      (extra ? world.ad_extra : world.ad).push_back(other);
      set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:taken@x"});
      Trial trial;
      const Report report = trial.plan(world);
      EXPECT_EQ(fate(report, 1), "address-taken") << kind << extra;
      EXPECT_NE(report.plan->rejected[0].detail.find("CN=other"), std::string::npos);
    }
  }
}

TEST(Plan, AUserOfAnotherDomainCountsForCollisionsOnly) {
  World world = users(1);
  AdObject other = ad_user(world, 1);
  other.dn = "CN=u1,DC=other";
  other.attributes = {{"mail", {"taken@x"}}};
  world.ad_extra.push_back(other);
  set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:taken@x"});
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(fate(report, 1), "address-taken");
  EXPECT_EQ(report.ad.mailboxes, 1U);
}

TEST(Plan, AnObjectWithoutAGuidHoldsItsAddresses) {
  World world = users(1);
  AdObject group;
  group.dn = "CN=group,DC=corp";
  group.classes = {"group"};
  group.attributes["mail"] = {"taken@x"};
  world.ad.push_back(group);
  set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:taken@x"});
  Trial trial;
  EXPECT_EQ(fate(trial.plan(world), 1), "address-taken");
}

TEST(Plan, AnAddressOfAnAmbiguousObjectIsTaken) {
  for (const bool first : {true, false}) {
    World world = users(1);
    for (unsigned n : {7U, 8U}) {  // two objects claim anchor 9
      AdObject twin;
      twin.dn = "CN=twin" + std::to_string(n) + ",DC=corp";
      twin.object_guid = guid_octets(n);
      twin.consistency_guid = guid_octets(9);
      if (first == (n == 7)) twin.attributes["proxyAddresses"] = {"smtp:taken@x"};
      world.ad.push_back(twin);
    }
    set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:taken@x"});
    Trial trial;
    EXPECT_EQ(fate(trial.plan(world), 1), "address-taken") << first;
  }
}

TEST(Plan, TwoTakersAreBothRefused) {
  World world = users(2);
  for (unsigned n : {1U, 2U}) {
    set_cloud_addresses(world, n, {"SMTP:p" + std::to_string(n) + "@x", "smtp:new@x"});
  }
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(fate(report, 1), "address-taken");
  EXPECT_EQ(fate(report, 2), "address-taken");
  EXPECT_TRUE(report.plan->changes.empty());
}

TEST(Plan, AnAddressAlreadySharedInAdIsNotRefused) {
  World world = users(2);
  for (unsigned n : {1U, 2U}) {
    const std::string primary = "SMTP:p" + std::to_string(n) + "@x";
    set_ad_addresses(world, n, {primary, "smtp:shared@x"});
    set_cloud_addresses(world, n, {primary, "smtp:shared@x"});
  }
  set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:shared@x", "smtp:new@x"});
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(fate(report, 1), "planned");
  EXPECT_TRUE(report.plan->rejected.empty());
}

TEST(Plan, TakerOfASharedAddressComesAfterAllItsGivers) {
  World world = users(3);
  set_ad_addresses(world, 2, {"SMTP:p2@x", "smtp:shared@x"});
  set_ad_addresses(world, 3, {"SMTP:p3@x", "smtp:shared@x"});
  set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:shared@x"});
  Trial trial;
  const auto plan = records(trial, trial.plan(world));
  ASSERT_EQ(plan.size(), 3U);
  EXPECT_EQ(plan[2].dn, dn(1));
  EXPECT_EQ(plan[2].after, (std::vector<unsigned>{1, 2}));
}

TEST(Plan, SharedAddressThatOneHolderKeepsIsTaken) {
  World world = users(3);
  set_ad_addresses(world, 2, {"SMTP:p2@x", "smtp:shared@x"});
  set_ad_addresses(world, 3, {"SMTP:p3@x", "smtp:shared@x"});
  set_cloud_addresses(world, 3, {"SMTP:p3@x", "smtp:shared@x"});
  set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:shared@x"});
  Trial trial;
  EXPECT_EQ(fate(trial.plan(world), 1), "address-taken");
}

TEST(Plan, TakerOfARefusedGiverDependsOnIt) {
  World world = users(2);
  set_ad_addresses(world, 2, {"SMTP:p2@x", "smtp:moves@x"});
  set_cloud_addresses(world, 2, {"SMTP:p2@x", "SMTP:second@x"});  // two primaries
  set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:moves@x"});
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(fate(report, 2), "two-primaries");
  EXPECT_EQ(fate(report, 1), "depends-on");
}

TEST(Plan, TakerOfAPrimaryOfARefusedGiverDependsOnIt) {
  World world = users(2);
  set_cloud_addresses(world, 2, {"SMTP:new@x", "SMTP:second@x"});  // gives p2@x up in both
  set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:p2@x"});
  Trial trial;
  EXPECT_EQ(fate(trial.plan(world), 1), "depends-on");
}

TEST(Plan, DependsOnReachesTheEndOfAChain) {
  World world = users(6);
  for (unsigned n = 1; n <= 5; ++n) {
    set_cloud_addresses(world, n, {"SMTP:p" + std::to_string(n + 1) + "@x"});
  }
  set_cloud_addresses(world, 6, {"SMTP:q@x"});
  world.ad_extra.push_back({"CN=g,DC=o", {"group"}, guid_octets(60), "", {{"mail", {"q@x"}}}});
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(fate(report, 6), "address-taken");
  for (unsigned n = 1; n <= 5; ++n) EXPECT_EQ(fate(report, n), "depends-on") << n;
  EXPECT_TRUE(report.plan->changes.empty());
}

TEST(Plan, TakersOfHostedExcludedAndProtectedObjectsAreRefused) {
  for (const char* why : {"homeMDB", "adminCount", "exclude"}) {
    World world = users(2);
    set_ad_addresses(world, 2, {"SMTP:p2@x", "smtp:moves@x"});
    set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:moves@x"});
    DiffOptions options;
    if (std::string(why) == "exclude") {
      options.exclude = {dn(2)};
    } else {
      ad_user(world, 2).attributes[why] = {"1"};
    }
    Trial trial;
    const Report report = trial.plan(world, options);
    EXPECT_EQ(fate(report, 1), "depends-on") << why;
    EXPECT_TRUE(report.plan->changes.empty()) << why;
  }
}

TEST(Plan, NumbersAreConsecutiveAndCountsAddUp) {
  World world = users(4);
  set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:add@x"});
  set_ad_addresses(world, 2, {"SMTP:p2@x", "smtp:remove@x"});
  set_ad_addresses(world, 3, {"SMTP:p3@x", "smtp:old@x"});
  set_cloud_addresses(world, 3, {"SMTP:p3@x", "smtp:new@x"});
  ad_user(world, 4).attributes["extensionAttribute6"] = {"old"};
  exo_mailbox(world, 4).properties["CustomAttribute6"] = Values{};
  Trial trial;
  const Report report = trial.plan(world);
  const auto counts_of = [&](Attribute a) {
    return report.plan->counts[static_cast<std::size_t>(index(a))];
  };
  const auto c = counts_of(Attribute::kProxyAddresses);
  EXPECT_EQ(c.add, 1U);
  EXPECT_EQ(c.remove, 1U);
  EXPECT_EQ(c.replace, 1U);
  EXPECT_EQ(counts_of(extension_attribute(6)).clear, 1U);
  EXPECT_EQ(report.plan->losing, 3U);
  EXPECT_EQ(report.plan->mailboxes, 4U);
  unsigned number = 0;
  for (const ChangeRecord& r : records(trial, report)) EXPECT_EQ(r.number, ++number);
}

TEST(Plan, IndependentChangesComeInAnchorOrder) {
  World world = users(8);
  for (unsigned n = 1; n <= 8; ++n) {
    exo_mailbox(world, n).properties["CustomAttribute1"] = Values{"v"};
  }
  Trial trial;
  std::vector<std::string> anchors;
  const Report report = trial.plan(world);
  for (const std::string& encoded : report.plan->changes) {
    Change change;
    decode(encoded, change);
    anchors.emplace_back(change.anchor.bytes());
  }
  EXPECT_EQ(anchors.size(), 8U);
  EXPECT_TRUE(std::is_sorted(anchors.begin(), anchors.end()));
}

}  // namespace
}  // namespace trueup::world
