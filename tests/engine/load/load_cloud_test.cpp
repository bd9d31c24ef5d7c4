// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/load/load.h"
#include "snapshots/model/errors.h"
#include "tests/support/trial.h"

namespace trueup::world {
namespace {

using Replace = ExpectedEdits;

// One user, in agreement.
World one_user() {
  World world;
  add_user(world, 1, "a@x");
  return world;
}

const std::string kDn = "CN=u1,OU=people,DC=corp";

ExpectedEdits planned(const World& world, const DiffOptions& options = {}) {
  Trial trial;
  return edits_of(trial.plan(world, options), kDn);
}

TEST(LoadCloud, AgreementGivesAnEmptyPlan) {
  Trial trial;
  const Report report = trial.plan(one_user());
  EXPECT_TRUE(report.plan->changes.empty());
  EXPECT_EQ(report.diff->in_scope, 1U);
  EXPECT_EQ(report.diff->equal, 1U);
}

TEST(LoadCloud, NullIsSuppliedAndEmpty) {
  for (const Property& empty : {Property(), Property(Values{}), Property(Values{""})}) {
    World world = one_user();
    exo_mailbox(world, 1).properties["CustomAttribute3"] = empty;
    ad_user(world, 1).attributes["extensionAttribute3"] = {"old"};
    EXPECT_EQ(planned(world), (Replace{{"extensionAttribute3", {{"old"}, {}}}}));
  }
}

TEST(LoadCloud, AnAbsentPropertyIsNotManaged) {
  World world = one_user();
  ad_user(world, 1).attributes["msExchExtensionCustomAttribute2"] = {"old"};
  DiffOptions options;
  options.clear_at_first_sight = FirstSightClears::kAll;
  EXPECT_EQ(planned(world, options), Replace{});
  exo_mailbox(world, 1).properties["ExtensionCustomAttribute2"] = Values{};
  EXPECT_EQ(planned(world, options), (Replace{{"msExchExtensionCustomAttribute2", {{"old"}, {}}}}));
}

TEST(LoadCloud, SuppliedIsDecidedRecordByRecord) {
  World world = one_user();
  add_user(world, 2, "b@x");
  exo_mailbox(world, 2).properties["ExtensionCustomAttribute2"] = Values{"other"};
  ad_user(world, 1).attributes["msExchExtensionCustomAttribute2"] = {"old"};
  ad_user(world, 2).attributes["msExchExtensionCustomAttribute2"] = {"other"};
  EXPECT_EQ(planned(world), Replace{}) << "that user 2 has the property says nothing of user 1";
}

TEST(LoadCloud, ASelectedPropertyThatIsAbsentIsEmpty) {
  World world = one_user();
  ad_user(world, 1).attributes["extensionAttribute4"] = {"old"};
  EXPECT_EQ(planned(world), (Replace{{"extensionAttribute4", {{"old"}, {}}}}));
  world.selected = "id,userPrincipalName,onPremisesImmutableId,mail,proxyAddresses";
  EXPECT_EQ(planned(world), Replace{});
}

// A property that any record carries was selected; but of a record that lacks it, only a property
// list or a null says that it is empty.
TEST(LoadCloud, WithoutAPropertyListOnlyANullClears) {
  World world = one_user();
  add_user(world, 2, "b@x");
  world.selected.clear();
  ad_user(world, 1).attributes["extensionAttribute4"] = {"old"};
  EXPECT_EQ(planned(world), Replace{});
  graph_user(world, 2).properties["extensionAttribute4"] = Values{"other"};
  ad_user(world, 2).attributes["extensionAttribute4"] = {"other"};
  EXPECT_EQ(planned(world), Replace{});
  graph_user(world, 1).properties["extensionAttribute4"] = std::nullopt;
  EXPECT_EQ(planned(world), (Replace{{"extensionAttribute4", {{"old"}, {}}}}));
}

// As a delta repeats a user of whom something has changed.
TEST(LoadCloud, AUserThatComesAgainWithoutItsAnchorKeepsTheRest) {
  World world = one_user();
  GraphUser again;
  again.id = graph_user(world, 1).id;
  again.properties["extensionAttribute5"] = Values{"new"};
  world.graph.push_back(again);
  EXPECT_EQ(planned(world), (Replace{{"extensionAttribute5", {{}, {"new"}}}}));
}

TEST(LoadCloud, ARecordMissingFromAFeedSuppliesNothing) {
  World world = one_user();
  DiffOptions options;
  options.scope = ScopeKind::kSynced;
  exo_mailbox(world, 1).id = id_of(77);  // someone else's
  ad_user(world, 1).attributes["msExchRecipientTypeDetails"] = {"8589934592"};
  ad_user(world, 1).attributes["msExchExtensionCustomAttribute1"] = {"old"};
  options.clear_at_first_sight = FirstSightClears::kAll;
  EXPECT_EQ(planned(world, options), Replace{});
}

TEST(LoadCloud, ExoWinsOverGraphAndDisagreementsAreCounted) {
  World world = one_user();
  graph_user(world, 1).properties["extensionAttribute1"] = Values{"graph"};
  exo_mailbox(world, 1).properties["CustomAttribute1"] = Values{"exo"};
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(edits_of(report, kDn), (Replace{{"extensionAttribute1", {{}, {"exo"}}}}));
  EXPECT_EQ(report.cloud.disagreements, 1U);
}

TEST(LoadCloud, ExoWinsAlsoWhereItIsEmpty) {
  World world = one_user();
  graph_user(world, 1).properties["extensionAttribute1"] = Values{"graph"};
  exo_mailbox(world, 1).properties["CustomAttribute1"] = std::nullopt;
  EXPECT_EQ(planned(world), Replace{});
}

TEST(LoadCloud, WhereExoSaysNothingGraphCounts) {
  World world = one_user();
  graph_user(world, 1).properties["extensionAttribute1"] = Values{"graph"};
  EXPECT_EQ(planned(world), (Replace{{"extensionAttribute1", {{}, {"graph"}}}}));
}

TEST(LoadCloud, PrimarySmtpAddressStandsInForWindowsEmailAddress) {
  World world = one_user();
  auto& properties = exo_mailbox(world, 1).properties;
  properties["PrimarySmtpAddress"] = Values{"p@x"};
  EXPECT_EQ(planned(world), Replace{}) << "WindowsEmailAddress goes first";
  properties["WindowsEmailAddress"] = Values{""};
  EXPECT_EQ(planned(world), (Replace{{"mail", {{"a@x"}, {"p@x"}}}}));
}

TEST(LoadCloud, ExoFilesMergePropertyByProperty) {
  World world = one_user();
  exo_mailbox(world, 1).managed = false;
  exo_mailbox(world, 1).properties["CustomAttribute1"] = Values{"first"};
  exo_mailbox(world, 1).properties["CustomAttribute2"] = Values{"kept"};
  world.exo.push_back({id_of(1), true, {{"CustomAttribute1", Values{"last"}}}});
  Layout two;
  two.exo_files = 2;
  Trial trial;
  EXPECT_EQ(
      edits_of(trial.plan(world, {}, two), kDn),
      (Replace{{"extensionAttribute1", {{}, {"last"}}}, {"extensionAttribute2", {{}, {"kept"}}}}));
}

TEST(LoadCloud, TypesAreTranslatedToTheirRemoteTwins) {
  const auto types_of = [](const std::string& type) {
    World world = one_user();
    exo_mailbox(world, 1).properties["RecipientTypeDetails"] = Values{type};
    ad_user(world, 1).attributes["msExchRecipientTypeDetails"] = {"2147483648"};
    return planned(world);
  };
  EXPECT_EQ(types_of("UserMailbox"), Replace{});
  EXPECT_EQ(types_of("SharedMailbox"),
            (Replace{{"msExchRecipientTypeDetails", {{"2147483648"}, {"34359738368"}}}}));
  EXPECT_EQ(types_of("RoomMailbox"),
            (Replace{{"msExchRecipientTypeDetails", {{"2147483648"}, {"8589934592"}}},
                     {"msExchRecipientDisplayType", {{"-2147483642"}, {"-2147481850"}}}}));
  EXPECT_EQ(types_of("EquipmentMailbox"),
            (Replace{{"msExchRecipientTypeDetails", {{"2147483648"}, {"17179869184"}}},
                     {"msExchRecipientDisplayType", {{"-2147483642"}, {"-2147481594"}}}}));
}

TEST(LoadCloud, ATypeWithoutARemoteTwinIsNotManagedAndCounted) {
  for (const char* type : {"DiscoveryMailbox", "SchedulingMailbox", "GroupMailbox"}) {
    World world = one_user();
    exo_mailbox(world, 1).properties["RecipientTypeDetails"] = Values{type};
    Trial trial;
    const Report report = trial.plan(world);
    EXPECT_TRUE(report.plan->changes.empty()) << type;
    EXPECT_EQ(report.diff->untranslated, 1U) << type;
  }
}

TEST(LoadCloud, TheLastRecordOfAnIdWins) {
  World world = one_user();
  GraphUser later = graph_user(world, 1);
  graph_user(world, 1).properties["extensionAttribute1"] = Values{"early"};
  later.properties["extensionAttribute1"] = Values{"late"};
  world.graph.push_back(later);
  for (const std::size_t page : {1U, 2U}) {
    Layout layout;
    layout.users_a_page = page;
    Trial trial;
    const Report report = trial.plan(world, {}, layout);
    EXPECT_EQ(edits_of(report, kDn), (Replace{{"extensionAttribute1", {{}, {"late"}}}}));
    EXPECT_EQ(report.cloud.mailboxes, 1U);
  }
}

TEST(LoadCloud, PagesAreReadInTheOrderOfTheirNumbers) {
  World world = one_user();
  for (int i = 0; i < 11; ++i) {  // page-10 and page-11 come behind page-2
    GraphUser later = graph_user(world, 1);
    later.properties["extensionAttribute1"] = Values{"v" + std::to_string(i)};
    world.graph.push_back(later);
  }
  Layout layout;
  layout.users_a_page = 1;
  Trial trial;
  EXPECT_EQ(edits_of(trial.plan(world, {}, layout), kDn),
            (Replace{{"extensionAttribute1", {{}, {"v10"}}}}));
}

TEST(LoadCloud, RemovedMeansGoneAndNeverACleared) {
  World world = one_user();
  add_user(world, 2, "b@x");
  world.graph.push_back({id_of(1), "", "", true, {}, {}});
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_TRUE(report.plan->changes.empty());
  EXPECT_EQ(report.cloud.mailboxes, 1U);
  EXPECT_EQ(report.diff->ad_only, 1U);
}

TEST(LoadCloud, RemovedThenRestoredIsThere) {
  World world = one_user();
  GraphUser restored = graph_user(world, 1);
  restored.properties["extensionAttribute1"] = Values{"back"};
  world.graph.push_back({id_of(1), "", "", true, {}, {}});
  world.graph.push_back(restored);
  EXPECT_EQ(planned(world), (Replace{{"extensionAttribute1", {{}, {"back"}}}}));
}

TEST(LoadCloud, AnIdThatChangesItsAnchorHasTheLastOne) {
  World world = one_user();
  GraphUser moved = graph_user(world, 1);
  moved.immutable_id = base64_of(guid_octets(2));
  moved.properties["extensionAttribute1"] = Values{"v"};
  world.graph.push_back(moved);
  AdObject other = ad_user(world, 1);
  other.dn = "CN=u2,OU=people,DC=corp";
  other.object_guid = guid_octets(2);
  ad_user(world, 1).attributes["proxyAddresses"] = {"SMTP:z@x"};
  ad_user(world, 1).attributes["mail"] = {"z@x"};
  world.ad.push_back(other);
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(report.cloud.ambiguous, 0U);
  EXPECT_EQ(edits_of(report, kDn), Replace{});
  EXPECT_EQ(edits_of(report, other.dn), (Replace{{"extensionAttribute1", {{}, {"v"}}}}));
}

TEST(LoadCloud, UsersWithoutAnAnchorAreOutOfScopeAndNoDefects) {
  World world = one_user();
  world.graph.push_back({id_of(5), "cloud@x", "", false, {}, {}});
  world.exo.push_back({id_of(5), true, {}});
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(report.cloud.defects, 0U);
  EXPECT_EQ(report.cloud.others, 1U);
  EXPECT_EQ(report.diff->in_scope, 1U);
  EXPECT_TRUE(report.plan->rejected.empty());
}

TEST(LoadCloud, AnAnchorThatIsNotSixteenOctetsIsAReject) {
  World world = one_user();
  world.graph.push_back({id_of(5), "bad@x", "AAECAw==", false, true, {}});
  world.exo.push_back({id_of(5), true, {}});
  Trial trial;
  const Report report = trial.plan(world);
  ASSERT_EQ(report.plan->rejected.size(), 1U);
  EXPECT_EQ(report.plan->rejected[0].refusal, Refusal::kBadAnchor);
  EXPECT_NE(report.plan->rejected[0].detail.find("bad@x"), std::string::npos);
  EXPECT_EQ(report.cloud.bad_anchors, 1U);
}

TEST(LoadCloud, IdsAreJoinedWhateverTheirCase) {
  World world = one_user();
  graph_user(world, 1).id = "0000000A-0000-0000-0000-0000000000FF";
  world.exo.back().id = "0000000a-0000-0000-0000-0000000000ff";
  Trial trial;
  EXPECT_EQ(trial.plan(world).diff->in_scope, 1U);
}

TEST(LoadCloud, AMailboxThatOnlyExchangeShowsIsNoMailbox) {
  World world = one_user();
  world.exo.push_back({id_of(9), true, {{"CustomAttribute1", Values{"v"}}}});
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(report.cloud.mailboxes, 1U);
  EXPECT_EQ(report.cloud.exo_mailboxes, 2U);
}

// Nothing is stored where the input is refused.
void expect_refused(Trial& trial, const LoadOptions& load) {
  EXPECT_THROW(trial.plan(load), InputError);
  EXPECT_FALSE(newest_snapshot(trial.store(), Side::kCloud, false));
}

TEST(LoadCloud, ADumpWithoutADeltaLinkIsIncomplete) {
  Layout cut;
  cut.delta_link = false;
  Trial trial;
  expect_refused(trial, write_files(one_user(), trial.folder(), "in", cut));
}

TEST(LoadCloud, ADumpThatStopsAtANextLinkIsIncompleteEvenIfAssumedComplete) {
  Trial trial;
  LoadOptions load = write_files(one_user(), trial.folder(), "in");
  trial.folder().write("in/graph/page-1.json",
                       R"({"@odata.nextLink":"https://g/next","value":[]})");
  load.assume_complete = true;
  expect_refused(trial, load);
}

TEST(LoadCloud, TwoDeltaLinksAreTwoReads) {
  Trial trial;
  const LoadOptions load = write_files(one_user(), trial.folder(), "in");
  trial.folder().write("in/graph/page-2.json", read_file(trial.folder() / "in/graph/page-1.json"));
  expect_refused(trial, load);
}

TEST(LoadCloud, TheDeltaLinkMustBeOnTheLastPage) {
  World world = one_user();
  add_user(world, 2, "b@x");
  Layout pages;
  pages.users_a_page = 1;
  Trial trial;
  const LoadOptions load = write_files(world, trial.folder(), "in", pages);
  const std::string first = read_file(trial.folder() / "in/graph/page-1.json");
  trial.folder().write("in/graph/page-1.json", read_file(trial.folder() / "in/graph/page-2.json"));
  trial.folder().write("in/graph/page-2.json", first);
  expect_refused(trial, load);
}

TEST(LoadCloud, PagesOfDifferentSelectionsAreRefused) {
  World world = one_user();
  add_user(world, 2, "b@x");
  Layout pages;
  pages.users_a_page = 1;
  Trial trial;
  const LoadOptions load = write_files(world, trial.folder(), "in", pages);
  world.selected = "id,mail";
  write_files(world, trial.folder(), "other", pages);
  trial.folder().write("in/graph/page-2.json",
                       read_file(trial.folder() / "other/graph/page-2.json"));
  expect_refused(trial, load);
}

TEST(LoadCloud, AnEmptyLastPageIsFine) {
  Trial trial;
  LoadOptions load = write_files(one_user(), trial.folder(), "in");
  std::string page = read_file(trial.folder() / "in/graph/page-1.json");
  page.replace(page.find("@odata.deltaLink"), 16, "@odata.nextLink");
  trial.folder().write("in/graph/page-1.json", page);
  trial.folder().write("in/graph/page-2.json",
                       R"({"@odata.deltaLink":"https://g/delta","value":[]})");
  EXPECT_EQ(trial.plan(load).cloud.mailboxes, 1U);
}

TEST(LoadCloud, BareUsersNeedAssumeComplete) {
  const World world = one_user();
  Trial trial;
  LoadOptions load = write_files(world, trial.folder(), "in");
  load.graph = {trial.folder().write(
      "bare/users.jsonl", R"({"id":")" + id_of(1) + R"(","onPremisesImmutableId":")" +
                              world.graph[0].immutable_id + R"(","mail":"a@x"})" + "\n")};
  expect_refused(trial, load);
  load.assume_complete = true;
  EXPECT_EQ(trial.plan(load).diff->in_scope, 1U);
}

TEST(LoadCloud, TheManifestIsNeverAPage) {
  Trial trial;
  const LoadOptions load = write_files(one_user(), trial.folder(), "in");
  trial.folder().write("in/graph/manifest.json", "{}");
  trial.folder().write("in/graph/readme.txt", "hello");
  const Report report = trial.plan(load);
  EXPECT_EQ(report.cloud.mailboxes, 1U);
  bool named = false;
  for (const std::string& w : report.warnings) named |= w.find("readme.txt") != std::string::npos;
  EXPECT_TRUE(named) << "other files are named";
}

TEST(LoadCloud, HistoryMaskIsCarriedOverGenerations) {
  World world = one_user();
  exo_mailbox(world, 1).properties["ExtensionCustomAttribute1"] = Values{"v"};
  ad_user(world, 1).attributes["msExchExtensionCustomAttribute1"] = {"v"};
  Trial trial;
  EXPECT_TRUE(trial.plan(world).plan->changes.empty());
  // The next two nights the feed does not have it; then the cloud has it cleared.
  exo_mailbox(world, 1).properties.erase("ExtensionCustomAttribute1");
  trial.plan(world);
  trial.plan(world);
  exo_mailbox(world, 1).properties["ExtensionCustomAttribute1"] = Values{};
  const Report report = trial.plan(world);
  EXPECT_EQ(edits_of(report, kDn), (Replace{{"msExchExtensionCustomAttribute1", {{"v"}, {}}}}));
  const auto& counts =
      report.plan->counts[static_cast<std::size_t>(index(extension_custom_attribute(1)))];
  EXPECT_EQ(counts.clear, 1U);
  EXPECT_EQ(counts.first_sight_clear, 0U);
}

TEST(LoadCloud, AClearAtFirstSightOfACustomAttributeIsHeld) {
  World world = one_user();
  exo_mailbox(world, 1).properties["ExtensionCustomAttribute1"] = Values{};
  ad_user(world, 1).attributes["msExchExtensionCustomAttribute1"] = {"v"};
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(edits_of(report, kDn), Replace{});
  EXPECT_EQ(planned_of(report).held.at({kDn, "msExchExtensionCustomAttribute1"}),
            "clear-at-first-sight");
  EXPECT_EQ(report.plan->held_mailboxes, 1U);
  EXPECT_EQ(report.exit_code(), 0) << "held is not an error";
}

TEST(LoadCloud, AClearAtFirstSightIsCountedApart) {
  World world = one_user();
  ad_user(world, 1).attributes["extensionAttribute1"] = {"v"};
  Trial trial;
  const Report report = trial.plan(world);
  const auto& counts = report.plan->counts[static_cast<std::size_t>(index(extension_attribute(1)))];
  EXPECT_EQ(counts.clear, 1U);
  EXPECT_EQ(counts.first_sight_clear, 1U);
}

}  // namespace
}  // namespace trueup::world
