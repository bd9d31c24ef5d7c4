// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/load/load.h"
#include "snapshots/model/errors.h"
#include "tests/support/trial.h"

namespace trueup::world {
namespace {

const std::string kDn = "CN=u1,OU=people,DC=corp";

World one_user() {
  World world;
  add_user(world, 1, "a@x");
  exo_mailbox(world, 1).properties["CustomAttribute1"] = Values{"v"};  // one edit to be made
  return world;
}

const ExpectedEdits kEdit = {{"extensionAttribute1", {{}, {"v"}}}};

std::string reason(const Report& report, const std::string& anchor) {
  const auto refused = planned_of(report).refused;
  const auto it = refused.find({anchor, ""});
  return it == refused.end() ? "" : it->second;
}

TEST(LoadAd, ObjectGuidIsTheAnchor) {
  Trial trial;
  EXPECT_EQ(edits_of(trial.plan(one_user()), kDn), kEdit);
}

TEST(LoadAd, ConsistencyGuidWinsOverObjectGuid) {
  World world = one_user();
  ad_user(world, 1).consistency_guid = guid_octets(1);
  ad_user(world, 1).object_guid = guid_octets(9);
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(edits_of(report, kDn), kEdit);
  Change change;
  decode(report.plan->changes[0], change);
  EXPECT_EQ(change.object_guid.bytes(), guid_octets(9)) << "a write is addressed by objectGUID";
  EXPECT_EQ(change.anchor.bytes(), guid_octets(1));
}

TEST(LoadAd, AnObjectWithAConsistencyGuidIsNotJoinedByItsObjectGuid) {
  World world = one_user();
  ad_user(world, 1).consistency_guid = guid_octets(9);
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_TRUE(report.plan->changes.empty());
  EXPECT_EQ(report.diff->cloud_only, 1U);
  EXPECT_EQ(report.diff->ad_only, 1U);
}

TEST(LoadAd, TwoObjectsOfOneAnchorAreAmbiguous) {
  World world = one_user();
  AdObject twin = ad_user(world, 1);
  twin.dn = "CN=twin,DC=corp";
  twin.object_guid = guid_octets(9);
  twin.consistency_guid = guid_octets(1);
  twin.attributes.clear();
  world.ad.push_back(twin);
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_TRUE(report.plan->changes.empty());
  EXPECT_EQ(reason(report, base64_of(guid_octets(1))), "ambiguous-anchor");
  const std::string& detail = report.plan->rejected[0].detail;
  EXPECT_NE(detail.find(kDn), std::string::npos) << detail;
  EXPECT_NE(detail.find("CN=twin"), std::string::npos) << detail;
  EXPECT_EQ(report.ad.ambiguous, 1U);
}

TEST(LoadAd, AConsistencyGuidThatIsAnothersObjectGuidIsAmbiguous) {
  World world = one_user();
  // The other has an anchor of its own, so only its objectGUID gives it away.
  AdObject other = ad_user(world, 1);
  other.dn = "CN=other,DC=corp";
  other.attributes.clear();
  other.consistency_guid = guid_octets(8);
  ad_user(world, 1).object_guid = guid_octets(9);
  ad_user(world, 9).consistency_guid = guid_octets(1);
  world.ad.push_back(other);
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_TRUE(report.plan->changes.empty());
  EXPECT_EQ(reason(report, base64_of(guid_octets(1))), "ambiguous-anchor");
}

TEST(LoadAd, TwoCloudMailboxesOfOneAnchorAreAmbiguous) {
  World world = one_user();
  add_user(world, 2, "b@x");
  graph_user(world, 2).immutable_id = graph_user(world, 1).immutable_id;
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_TRUE(report.plan->changes.empty());
  EXPECT_EQ(reason(report, base64_of(guid_octets(1))), "ambiguous-anchor");
  EXPECT_EQ(report.cloud.ambiguous, 1U);
}

TEST(LoadAd, TheSameObjectReadTwiceCountsOnceTheLaterOne) {
  World world = one_user();
  world.ad.push_back(ad_user(world, 1));
  world.ad.back().attributes["extensionAttribute1"] = {"v"};
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(report.ad.ambiguous, 0U);
  EXPECT_TRUE(report.plan->changes.empty());
}

TEST(LoadAd, InetOrgPersonsAreJoinedComputersGroupsAndContactsAreNot) {
  for (const Values& classes : {Values{"top", "inetOrgPerson"}, Values{"top", "user", "computer"},
                                Values{"top", "group"}, Values{"top", "contact"}}) {
    World world = one_user();
    add_user(world, 2, "b@x");  // so that there is a user at all
    ad_user(world, 1).classes = classes;
    Trial trial;
    const bool joined = classes.back() == "inetOrgPerson";
    EXPECT_EQ(edits_of(trial.plan(world), kDn), joined ? kEdit : ExpectedEdits{}) << classes.back();
  }
}

TEST(LoadAd, DeletedObjectsCountForNothing) {
  World world = one_user();
  add_user(world, 2, "b@x");
  ad_user(world, 2).attributes["isDeleted"] = {"TRUE"};
  set_cloud_addresses(world, 1, {"SMTP:a@x", "smtp:b@x"});  // what the deleted one had
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(report.ad.mailboxes, 1U);
  EXPECT_EQ(edits_of(report, kDn).at("proxyAddresses").adds, (std::set<std::string>{"smtp:b@x"}));
}

TEST(LoadAd, AttributeNamesComeInAnyCaseAndFilesInAnyLineEnd) {
  World world = one_user();
  auto& attributes = ad_user(world, 1).attributes;
  attributes.erase("proxyAddresses");
  attributes["PROXYADDRESSES"] = {"SMTP:a@x"};
  Layout ldifde;
  ldifde.crlf = true;
  Trial trial;
  EXPECT_EQ(edits_of(trial.plan(world, {}, ldifde), kDn), kEdit);
}

TEST(LoadAd, AnExportWithoutUsersOrGuidsIsRefused) {
  World world = one_user();
  world.ad[0].object_guid.clear();
  Trial no_guid;
  EXPECT_THROW(no_guid.plan(world), InputError);
  world.ad[0].classes = {"group"};
  Trial no_user;
  EXPECT_THROW(no_user.plan(world), InputError);
}

TEST(LoadAd, ACutExportIsRefused) {
  Trial trial;
  const LoadOptions load = write_files(one_user(), trial.folder(), "in");
  const std::string text = ldif_of(one_user().ad);
  trial.folder().write("in/ad/export-1.ldif", text.substr(0, text.size() - 3));
  EXPECT_THROW(trial.plan(load), InputError);
}

TEST(LoadAd, NumEntriesMustMatch) {
  Trial trial;
  const LoadOptions load = write_files(one_user(), trial.folder(), "in");
  const std::string text = ldif_of(one_user().ad);
  trial.folder().write("in/ad/export-1.ldif", text + "# numEntries: 2\n");
  EXPECT_THROW(trial.plan(load), InputError);
  trial.folder().write("in/ad/export-1.ldif", text + "# numEntries: 1\n");
  EXPECT_EQ(trial.plan(load).ad.mailboxes, 1U);
}

TEST(LoadAd, DefectsOverTheLimitAreAnInputError) {
  World world = one_user();
  add_user(world, 2, "b@x");
  ad_user(world, 2).object_guid = "short";
  Trial trial;
  LoadOptions load = write_files(world, trial.folder(), "in");
  EXPECT_THROW(trial.plan(load), InputError);
  EXPECT_FALSE(newest_snapshot(trial.store(), Side::kAd, false));
  load.max_defects = 0.5;
  const Report report = trial.plan(load);
  EXPECT_EQ(report.ad.defects, 1U);
  EXPECT_EQ(report.ad.mailboxes, 1U);
  ASSERT_EQ(report.defects.size(), 1U) << "counted and listed";
}

TEST(LoadAd, OneInAThousandMayBeADefect) { EXPECT_DOUBLE_EQ(LoadOptions{}.max_defects, 0.001); }

}  // namespace
}  // namespace trueup::world
