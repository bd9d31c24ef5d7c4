// SPDX-License-Identifier: Apache-2.0
// Which mailboxes a run may touch, and which objects it keeps its hands off.
#include "engine/compare/scope.h"

#include <gtest/gtest.h>

#include "snapshots/model/errors.h"
#include "tests/support/trial.h"

namespace trueup::world {
namespace {

std::string dn(unsigned n) { return "CN=u" + std::to_string(n) + ",OU=people,DC=corp"; }

// Users in agreement but for one edit each.
World users(unsigned count) {
  World world;
  for (unsigned n = 1; n <= count; ++n) {
    add_user(world, n, "p" + std::to_string(n) + "@x");
    graph_user(world, n).properties["extensionAttribute1"] = Values{"v"};
  }
  return world;
}

// Who has a change, as numbers.
std::vector<unsigned> changed(const Report& report, unsigned count) {
  std::vector<unsigned> list;
  for (unsigned n = 1; n <= count; ++n) {
    if (!edits_of(report, dn(n)).empty()) list.push_back(n);
  }
  return list;
}

using Numbers = std::vector<unsigned>;

DiffOptions list_of(const Trial& trial, const std::string& lines) {
  DiffOptions options;
  options.scope = ScopeKind::kList;
  options.scope_list = trial.folder().write("ring.txt", lines);
  return options;
}

TEST(Scope, CloudManagedGoesByTheExchangeFlag) {
  World world = users(4);
  exo_mailbox(world, 2).managed = false;
  std::erase_if(world.exo, [](const ExoMailbox& e) { return e.id == id_of(4); });
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(changed(report, 4), (Numbers{1, 3}));
  EXPECT_EQ(report.diff->in_scope, 2U);
}

// Where others have it: "not known" is not "not managed".
TEST(Scope, AFlagThatIsMissingIsADefect) {
  World world = users(4);
  exo_mailbox(world, 3).managed = std::nullopt;
  Trial trial;
  EXPECT_THROW(trial.plan(world), InputError);
}

TEST(Scope, SyncedGoesByGraphsFlag) {
  World world = users(3);
  graph_user(world, 2).sync_enabled = false;
  graph_user(world, 3).sync_enabled = std::nullopt;
  exo_mailbox(world, 1).managed = false;  // no matter
  DiffOptions options;
  options.scope = ScopeKind::kSynced;
  Trial trial;
  EXPECT_EQ(changed(trial.plan(world, options), 3), Numbers{1});
}

TEST(Scope, WithoutTheFlagInAnyFeedNothingIsTouched) {
  World world = users(2);
  for (ExoMailbox& m : world.exo) m.managed = std::nullopt;
  Trial trial;
  EXPECT_THROW(trial.plan(world), UsageError);
  world.exo.clear();
  EXPECT_THROW(trial.plan(world), UsageError);
  DiffOptions options;
  options.scope = ScopeKind::kSynced;
  EXPECT_NO_THROW(trial.plan(world, options));
  world.selected = "id,onPremisesImmutableId,mail";
  for (GraphUser& u : world.graph) u.sync_enabled = std::nullopt;
  EXPECT_THROW(trial.plan(world, options), UsageError);
}

TEST(Scope, ListTakesAnchorsGuidsIdsAndAddresses) {
  World world = users(7);
  ad_user(world, 6).consistency_guid = guid_octets(6);
  ad_user(world, 6).object_guid = guid_octets(60);
  const Anchor two = Anchor::from_bytes(guid_octets(2));
  const Anchor six = Anchor::from_bytes(guid_octets(60));
  Trial trial;
  const DiffOptions options = list_of(
      trial, "# the first ring\n" + base64_of(guid_octets(1)) + "\r\n\n  " + to_guid(two) + "  \n" +
                 id_of(3) + "\nP4@X\nsmtp:p5@x # a friend\n" + to_guid(six) + "\n");
  EXPECT_EQ(changed(trial.plan(world, options), 7), (Numbers{1, 2, 3, 4, 5, 6}));
}

TEST(Scope, ListFindsMailboxesByTheirSecondaryAddresses) {
  World world = users(2);
  set_cloud_addresses(world, 2, {"SMTP:p2@x", "smtp:alias@x"});
  Trial trial;
  EXPECT_EQ(changed(trial.plan(world, list_of(trial, "alias@x\n")), 2), Numbers{2});
}

TEST(Scope, ListNeedsNoFlag) {
  World world = users(2);
  world.exo.clear();
  Trial trial;
  EXPECT_EQ(changed(trial.plan(world, list_of(trial, "p1@x\n")), 2), Numbers{1});
}

TEST(Scope, LinesThatNameNobodyAreReported) {
  World world = users(1);
  Trial trial;
  const Report report = trial.plan(world, list_of(trial, "p1@x\nnobody@x\nnonsense\n"));
  std::string warnings;
  for (const std::string& w : report.warnings) warnings += w + "\n";
  EXPECT_NE(warnings.find("nobody@x"), std::string::npos);
  EXPECT_NE(warnings.find("nonsense"), std::string::npos);
}

TEST(Scope, AListThatIsEmptyOrNotThereCannotBeEstablished) {
  Trial trial;
  EXPECT_THROW(trial.plan(users(1), list_of(trial, "# nobody\n\n")), UsageError);
  DiffOptions options = list_of(trial, "");
  options.scope_list += ".missing";
  EXPECT_THROW(trial.plan(users(1), options), UsageError);
}

TEST(Scope, ObjectsThatHostAMailboxAreRefusedUnlessAllowed) {
  const std::vector<std::pair<std::string, std::string>> signs = {{"homeMDB", "CN=db"},
                                                                  {"msExchHomeServerName", "/o=a"}};
  for (const auto& [name, value] : signs) {
    World world = users(1);
    ad_user(world, 1).attributes[name] = {value};
    Trial trial;
    const Report report = trial.plan(world);
    EXPECT_EQ(planned_of(report).refused.at({dn(1), "extensionAttribute1"}), "on-prem-mailbox");
    EXPECT_EQ(changed(report, 1), Numbers{});
    DiffOptions allowed;
    allowed.allow_on_prem_mailboxes = true;
    EXPECT_EQ(changed(trial.plan(world, allowed), 1), Numbers{1});
  }
}

TEST(Scope, LocalRecipientTypesHostAMailboxRemoteOnesDoNot) {
  for (const char* local : {"1", "2", "4", "16", "32"}) {
    World world = users(1);
    ad_user(world, 1).attributes["msExchRecipientTypeDetails"] = {local};
    Trial trial;
    EXPECT_EQ(changed(trial.plan(world), 1), Numbers{}) << local;
  }
  for (const char* other : {"128", "2147483648", "34359738368"}) {
    World world = users(1);
    ad_user(world, 1).attributes["msExchRecipientTypeDetails"] = {other};
    Trial trial;
    EXPECT_EQ(changed(trial.plan(world), 1), Numbers{1}) << other;
  }
}

TEST(Scope, ExcludedSubtreesAreHeld) {
  World world = users(2);
  ad_user(world, 1).dn = "CN=u1,OU=VIP,DC=corp";
  DiffOptions options;
  options.exclude = {"ou=vip,dc=CORP"};
  Trial trial;
  const Report report = trial.plan(world, options);
  EXPECT_EQ(planned_of(report).held.at({"CN=u1,OU=VIP,DC=corp", "extensionAttribute1"}),
            "excluded");
  EXPECT_EQ(changed(report, 2), Numbers{2});
}

TEST(Scope, ASubtreeEndsAtAComma) {
  World world = users(1);
  ad_user(world, 1).dn = "CN=u1,OU=notVIP,DC=corp";
  DiffOptions options;
  options.exclude = {"OU=VIP,DC=corp"};
  Trial trial;
  EXPECT_EQ(trial.plan(world, options).plan->changes.size(), 1U);
}

TEST(Scope, ProtectedAccountsAreHeldUnlessSwitchedOff) {
  World world = users(2);
  ad_user(world, 1).attributes["adminCount"] = {"1"};
  ad_user(world, 2).attributes["adminCount"] = {"0"};
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(planned_of(report).held.at({dn(1), "extensionAttribute1"}), "admin-count");
  EXPECT_EQ(changed(report, 2), Numbers{2});
  DiffOptions options;
  options.protect_admin_count = false;
  EXPECT_EQ(changed(trial.plan(world, options), 2), (Numbers{1, 2}));
}

TEST(Scope, UnmatchedMailboxesAndUsersAreListed) {
  World world = users(3);
  std::erase_if(world.ad, [](const AdObject& o) { return o.dn == dn(1); });
  std::erase_if(world.graph, [](const GraphUser& u) { return u.id == id_of(2); });
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(report.diff->cloud_only, 1U);
  EXPECT_EQ(report.diff->ad_only, 1U);
  const std::string csv = read_file(report.folder + "/unmatched.csv");
  EXPECT_NE(csv.find("cloud," + base64_of(guid_octets(1)) + "," + id_of(1)), std::string::npos);
  EXPECT_NE(csv.find(base64_of(guid_octets(2))), std::string::npos);
}

}  // namespace
}  // namespace trueup::world
