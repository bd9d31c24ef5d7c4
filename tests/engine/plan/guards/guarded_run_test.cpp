// SPDX-License-Identifier: Apache-2.0
// Guards on real loads, and what becomes of the loads: the history of the next night.
#include <gtest/gtest.h>

#include "tests/support/trial.h"

namespace trueup::world {
namespace {

std::string dn(unsigned n) { return "CN=u" + std::to_string(n) + ",OU=people,DC=corp"; }

// 60 users; the first `cleared` of them are cleared of one attribute.
World cleared_world(unsigned cleared) {
  World world;
  for (unsigned n = 1; n <= 60; ++n) {
    add_user(world, n, "p" + std::to_string(n) + "@x");
    ad_user(world, n).attributes["extensionAttribute1"] = {"v"};
    if (n > cleared) graph_user(world, n).properties["extensionAttribute1"] = Values{"v"};
  }
  return world;
}

TEST(GuardedRun, StopsWithThePlanWrittenAndTheFirstTenObjectsNamed) {
  Trial trial;
  trial.out = trial.folder() / "plan.ldif";
  const Report report = trial.plan(cleared_world(51));
  const GuardReading& g = guard(report, "cleared extensionAttribute1");
  EXPECT_TRUE(g.fired);
  EXPECT_EQ(g.value, 51U);
  EXPECT_EQ(g.limit, 10U) << "sixty mailboxes";
  EXPECT_EQ(g.examples.size(), 10U);
  EXPECT_TRUE(report.stopped_by_guard());
  EXPECT_EQ(report.exit_code(), 3);
  EXPECT_FALSE(report.accepted);
  EXPECT_FALSE(report.plan_digest.empty());
  EXPECT_NE(read_file(trial.out).find(dn(1)), std::string::npos);
  EXPECT_FALSE(newest_snapshot(trial.store(), Side::kCloud, true)) << "nothing was accepted";
}

TEST(GuardedRun, PassesAtTheLimitAndAcceptsTheGenerations) {
  Trial trial;
  const Report report = trial.plan(cleared_world(10));
  EXPECT_FALSE(report.stopped_by_guard());
  EXPECT_EQ(report.exit_code(), 0);
  EXPECT_TRUE(newest_snapshot(trial.store(), Side::kCloud, true));
  EXPECT_TRUE(newest_snapshot(trial.store(), Side::kAd, true));
}

TEST(GuardedRun, HistoryIsTheLastAcceptedGeneration) {
  World world;
  for (unsigned n = 1; n <= 20; ++n) add_user(world, n, "p" + std::to_string(n) + "@x");
  World half = world;
  half.graph.resize(10);
  half.exo.resize(10);
  Trial trial;
  EXPECT_TRUE(guard(trial.plan(world), "cloud-count").no_history);
  for (int night = 0; night < 2; ++night) {  // the stopped one does not become the measure
    const Report report = trial.plan(half);
    EXPECT_TRUE(guard(report, "cloud-count").fired);
    EXPECT_TRUE(guard(report, "graph-count").fired);
    EXPECT_TRUE(guard(report, "exo-count").fired);
    EXPECT_TRUE(guard(report, "scope-count").fired);
    EXPECT_FALSE(guard(report, "ad-count").fired);
  }
}

TEST(GuardedRun, InScopeIsComparedWithTheLastRunWhateverItsScope) {
  World world;
  for (unsigned n = 1; n <= 20; ++n) {
    add_user(world, n, "p" + std::to_string(n) + "@x");
    if (n > 5) graph_user(world, n).sync_enabled = false;
  }
  Trial trial;
  trial.plan(world);
  DiffOptions synced;
  synced.scope = ScopeKind::kSynced;
  EXPECT_TRUE(guard(trial.plan(world, synced), "scope-count").fired);
}

TEST(GuardedRun, ALoadOfWhichNothingMatchesIsNoHistory) {
  World world;
  for (unsigned n = 1; n <= 3; ++n) add_user(world, n, "p" + std::to_string(n) + "@x");
  for (unsigned n = 1; n <= 3; ++n) {
    ad_user(world, n).object_guid = guid_octets(100 + n);
  }
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(report.diff->pairs, 0U);
  EXPECT_FALSE(newest_snapshot(trial.store(), Side::kCloud, true));
  EXPECT_FALSE(newest_snapshot(trial.store(), Side::kAd, true));
}

TEST(GuardedRun, AnExportWithoutItsProtectionsStops) {
  World world;
  for (unsigned n = 1; n <= 3; ++n) add_user(world, n, "p" + std::to_string(n) + "@x");
  world.carriers = false;
  Trial trial;
  const Report report = trial.plan(world);
  for (const char* key : {"adminCount", "homeMDB", "mS-DS-ConsistencyGuid", "others"}) {
    EXPECT_TRUE(guard(report, "unseen-protection " + std::string(key)).fired) << key;
  }
  world.carriers = true;
  EXPECT_FALSE(trial.plan(world).stopped_by_guard());
}

TEST(GuardedRun, AMissingExportStops) {
  World world;
  for (unsigned n = 1; n <= 3; ++n) add_user(world, n, "p" + std::to_string(n) + "@x");
  DiffOptions synced;
  synced.scope = ScopeKind::kSynced;
  Trial trial;
  trial.plan(world, synced);
  world.exo.clear();
  EXPECT_TRUE(guard(trial.plan(world, synced), "exo-count").fired);
}

TEST(GuardedRun, AnAttributeThatNoAdRecordCarriesStops) {
  World world;
  for (unsigned n = 1; n <= 3; ++n) {
    add_user(world, n, "p" + std::to_string(n) + "@x");
    graph_user(world, n).properties["extensionAttribute1"] = Values{"v"};
  }
  Trial trial;
  EXPECT_TRUE(guard(trial.plan(world), "unseen-in-ad extensionAttribute1").fired);
  ad_user(world, 1).attributes["extensionAttribute1"] = {"w"};
  EXPECT_FALSE(has_guard(trial.plan(world), "unseen-in-ad extensionAttribute1"));
}

TEST(GuardedRun, AnotherDomainsObjectsAndGroupsProtectNothingHere) {
  World world;
  for (unsigned n = 1; n <= 3; ++n) add_user(world, n, "p" + std::to_string(n) + "@x");
  world.carriers = false;
  world.ad_extra = carriers();
  Trial trial;
  for (const char* key : {"adminCount", "homeMDB", "mS-DS-ConsistencyGuid", "others"}) {
    EXPECT_TRUE(guard(trial.plan(world), "unseen-protection " + std::string(key)).fired) << key;
  }
  AdObject admins;
  admins.dn = "CN=Domain Admins,DC=corp";
  admins.classes = {"top", "group"};
  admins.attributes = {{"adminCount", {"1"}}, {"mail", {"admins@x"}}};
  world.ad.push_back(admins);
  EXPECT_TRUE(guard(trial.plan(world), "unseen-protection adminCount").fired);
}

TEST(GuardedRun, AnAttributeThatIsHeldIsNotMissed) {
  World world;
  for (unsigned n = 1; n <= 3; ++n) add_user(world, n, "p" + std::to_string(n) + "@x");
  graph_user(world, 1).properties["extensionAttribute11"] = Values{"v"};
  ad_user(world, 1).attributes["adminCount"] = {"1"};
  Trial trial;
  EXPECT_FALSE(has_guard(trial.plan(world), "unseen-in-ad extensionAttribute11"));
}

TEST(GuardedRun, PrefixCaseAloneIsNoLoss) {
  World world;
  for (unsigned n = 1; n <= 150; ++n) {
    const std::string name = "p" + std::to_string(n) + "@x";
    add_user(world, n, name);
    set_ad_addresses(world, n, {"SMTP:" + name, "smtp:s" + name});
    set_cloud_addresses(world, n, {"SMTP:s" + name, "smtp:" + name});
  }
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(guard(report, "losing").value, 0U);
  EXPECT_EQ(guard(report, "replaced").value, 150U);
}

}  // namespace
}  // namespace trueup::world
