// SPDX-License-Identifier: Apache-2.0
// DNs that an operator named: whatever their spelling they hold what they mean, and one that holds
// nothing stops the run and says what is there.
#include "engine/compare/named_dns.h"

#include <gtest/gtest.h>

#include "snapshots/model/errors.h"
#include "tests/support/trial.h"

namespace trueup::world {
namespace {

// Users 1 and 2 below OU=people, user 3 on the board, each with one edit.
World board_world(const std::string& unit = "OU=Board", const std::string& boss = "CN=boss") {
  World world;
  for (unsigned n = 1; n <= 3; ++n) {
    add_user(world, n, "p" + std::to_string(n) + "@x");
    graph_user(world, n).properties["extensionAttribute1"] = Values{"v"};
  }
  ad_user(world, 3).dn = boss + "," + unit + ",DC=contoso,DC=com";
  return world;
}

std::size_t held(const Report& report) { return report.plan->held_mailboxes; }

Report planned(Trial& trial, const World& world, const std::string& exclude) {
  DiffOptions options;
  options.exclude = {exclude};
  return trial.plan(world, options);
}

TEST(NamedDns, AnExcludeHoldsHoweverItIsSpelled) {
  for (const char* exclude :
       {"OU=Board,DC=contoso,DC=com", "OU=Board, DC=contoso, DC=com", "ou=board,dc=CONTOSO,dc=com",
        "OU = Board , DC=contoso , DC=com", "OU=Board;DC=contoso;DC=com", "contoso.com/Board",
        "OU=\"Board\",DC=contoso,DC=com", "OU=\\42oard,DC=contoso,DC=com",
        "2.5.4.11=Board,DC=contoso,DC=com", "DC=contoso,DC=com", "contoso.com/",
        "CN=boss,OU=Board,DC=contoso,DC=com", "contoso.com/Board/boss"}) {
    Trial trial;
    EXPECT_EQ(held(planned(trial, board_world(), exclude)), 1U) << exclude;
  }
}

TEST(NamedDns, EscapesAndUnicodeFormsAreOneName) {
  const World comma = board_world("OU=Sales\\, EMEA");
  for (const char* exclude :
       {"OU=Sales\\, EMEA,DC=contoso,DC=com", "OU=Sales\\2C EMEA,DC=contoso,DC=com",
        "OU=\"Sales, EMEA\",DC=contoso,DC=com", "contoso.com/Sales, EMEA"}) {
    Trial trial;
    EXPECT_EQ(held(planned(trial, comma, exclude)), 1U) << exclude;
  }
  const World composed = board_world("OU=Vorst\xC3\xA4nde");
  for (const char* exclude :
       {"OU=Vorsta\xCC\x88nde,DC=contoso,DC=com", "OU=VORST\xC3\x84NDE,DC=contoso,DC=com",
        "OU=Vorstande,DC=contoso,DC=com", "OU=Vorst\\C3\\A4nde,DC=contoso,DC=com"}) {
    Trial trial;
    EXPECT_EQ(held(planned(trial, composed, exclude)), 1U) << exclude;
  }
}

TEST(NamedDns, AnExcludeThatHoldsNothingNamesTheNearestThatIsThere) {
  for (const char* exclude :
       {"OU=Bord,DC=contoso,DC=com", "contoso.com/Bord", "CN=nobody,OU=Board,DC=contoso,DC=com",
        "OU=Board,DC=fabrikam,DC=com"}) {
    Trial trial;
    try {
      planned(trial, board_world(), exclude);
      ADD_FAILURE() << exclude;
    } catch (const UsageError& e) {
      EXPECT_NE(std::string(e.what()).find(exclude), std::string::npos) << e.what();
      EXPECT_NE(std::string(e.what()).find("OU=Board,DC=contoso,DC=com"), std::string::npos)
          << e.what();
    }
  }
}

TEST(NamedDns, AContainerWithoutUsersMayBeNamed) {
  Trial trial;
  EXPECT_EQ(held(planned(trial, board_world(), "OU=VIP,DC=corp")), 0U) << "an empty OU";
  World world = board_world();
  AdObject group;
  group.dn = "CN=list,OU=Groups,DC=contoso,DC=com";
  group.classes = {"top", "group"};
  group.attributes = {{"mail", {"list@x"}}};
  world.ad.push_back(group);
  EXPECT_EQ(held(planned(trial, world, "OU=Groups,DC=contoso,DC=com")), 0U) << "groups only";
}

TEST(NamedDns, AnExcludeThatHeldSomethingBeforeStopsAsAGuard) {
  Trial trial;
  EXPECT_FALSE(planned(trial, board_world(), "OU=Board,DC=contoso,DC=com").guards.empty());
  Trial again;
  DiffOptions options;
  options.exclude = {"OU=Board,DC=contoso,DC=com"};
  options.attributes = kAddressAttributes;  // nothing differs, so the first load is accepted
  ASSERT_FALSE(again.plan(board_world(), options).stopped_by_guard());
  World moved = board_world("OU=Former");
  const Report report = again.plan(moved, options);
  EXPECT_TRUE(guard(report, "held-count OU=Board,DC=contoso,DC=com").fired);
}

TEST(NamedDns, ATextThatIsNoNameIsRefused) {
  Trial trial;
  for (const char* exclude : {"Board", "OU=Board,DC=contoso,", "OU=\"Board,DC=contoso", ""}) {
    EXPECT_THROW(planned(trial, board_world(), exclude), UsageError) << exclude;
  }
}

// The list

Report listed(Trial& trial, const std::string& lines) {
  DiffOptions options;
  options.scope = ScopeKind::kList;
  options.scope_list = trial.folder().write("ring.txt", lines);
  return trial.plan(board_world(), options);
}

TEST(NamedDns, AListMayNameSubtrees) {
  Trial trial;
  EXPECT_EQ(listed(trial, "OU=Board, DC=contoso,DC=com\n").diff->in_scope, 1U);
  EXPECT_EQ(listed(trial, "contoso.com/Board\n").diff->in_scope, 1U);
  EXPECT_EQ(listed(trial, "OU=people,DC=corp   # the rest\n" + id_of(3) + "\n").diff->in_scope, 3U);
  EXPECT_EQ(listed(trial, "CN=boss,OU=Board,DC=contoso,DC=com\n").diff->in_scope, 1U);
}

TEST(NamedDns, AListIsReadAsEditorsWriteIt) {
  Trial trial;
  World world = board_world();
  set_cloud_addresses(world, 1, {"SMTP:guest#EXT#@x"});
  DiffOptions options;
  options.scope = ScopeKind::kList;
  options.scope_list =
      trial.folder().write("ring.txt",
                           "\xEF\xBB\xBF"
                           "guest#EXT#@x\t# a guest\r\n# all of the board\r\np3@x #\r\n");
  EXPECT_EQ(trial.plan(world, options).diff->in_scope, 2U);
}

TEST(NamedDns, AListThatNamesNothingThatIsThereIsRefused) {
  Trial trial;
  for (const char* line : {"OU=Bord,DC=contoso,DC=com\n", "contoso.com/Nowhere\n",
                           "00000000-0000-0000-0000-0000000000ff\n", "nobody@x\n"}) {
    EXPECT_THROW(listed(trial, line), UsageError) << line;
  }
  const Report report = listed(trial, "nobody@x\n" + id_of(3) + "\n");
  EXPECT_EQ(report.diff->in_scope, 1U) << "one that is not there is told, and the rest goes on";
}

// The base

Report in_base(Trial& trial, const World& world, const std::string& base, const char* files) {
  LoadOptions load = write_files(world, trial.folder(), files);
  load.base = base;
  DiffOptions options;
  options.base = base;
  return trial.plan(load, options);
}

TEST(NamedDns, ABaseHoldsForAnExport) {
  Trial trial;
  int number = 0;
  for (const char* base :
       {"OU=Board,DC=contoso,DC=com", "ou=board, dc=contoso,dc=com", "contoso.com/Board",
        "OU=\\42oard,DC=contoso,DC=com", "CN=boss,OU=Board,DC=contoso,DC=com"}) {
    const std::string files = "files" + std::to_string(++number);
    const Report report = in_base(trial, board_world(), base, files.c_str());
    EXPECT_EQ(report.ad.mailboxes, 1U) << base;
    EXPECT_EQ(report.diff->matched, 1U) << base;
    EXPECT_EQ(report.plan->changes.size(), 1U) << base;
    EXPECT_NE(trial.plan_text(report).find("# base: " + std::string(base)), std::string::npos);
  }
}

TEST(NamedDns, ObjectsOutsideOfTheBaseStillHoldTheirAddressesAndCarry) {
  World world = board_world();
  world.carriers = false;
  set_cloud_addresses(world, 3, {"SMTP:p3@x", "smtp:p1@x"});  // user 1 has it, outside
  ad_user(world, 1).attributes["adminCount"] = {"1"};
  ad_user(world, 2).attributes["homeMDB"] = {"CN=db"};
  ad_user(world, 2).consistency_guid = ad_user(world, 2).object_guid;
  Trial trial;
  const Report report = in_base(trial, world, "contoso.com/Board", "f");
  EXPECT_EQ(report.ad.mailboxes, 1U);
  EXPECT_EQ(planned_of(report).refused.at({ad_user(world, 3).dn, "proxyAddresses"}),
            "address-taken");
  for (const char* key : {"adminCount", "homeMDB", "mS-DS-ConsistencyGuid"}) {
    EXPECT_FALSE(has_guard(report, "unseen-protection " + std::string(key))) << key;
  }
  EXPECT_TRUE(guard(report, "unseen-protection others").fired);
}

TEST(NamedDns, AnAnchorThatAnObjectOutsideOfTheBaseHasTooIsAmbiguous) {
  Trial trial;
  World world = board_world();
  ad_user(world, 1).consistency_guid = ad_user(world, 3).object_guid;  // a copy of the boss's
  const Report report = in_base(trial, world, "contoso.com/Board", "f");
  EXPECT_EQ(report.ad.ambiguous, 1U);
  EXPECT_TRUE(report.plan->changes.empty()) << "which of the two it is, nobody knows";
}

TEST(NamedDns, AMailboxWhoseObjectIsOutsideOfTheBaseIsNotWithoutOne) {
  Trial trial;
  World world = board_world();
  ad_user(world, 1).consistency_guid = guid_octets(77);  // known by its anchor, whichever that is
  graph_user(world, 1).immutable_id = base64_of(guid_octets(77));
  add_user(world, 4, "p4@x");
  std::erase_if(world.ad, [](const AdObject& o) { return o.dn.starts_with("CN=u4,"); });
  const Report report = in_base(trial, world, "contoso.com/Board", "f");
  EXPECT_EQ(report.diff->outside_base, 2U);
  EXPECT_EQ(report.diff->cloud_only, 1U) << "user 4 has none at all";
}

TEST(NamedDns, ABaseThatHoldsNoUserIsRefused) {
  Trial trial;
  EXPECT_THROW(in_base(trial, board_world(), "OU=Bord,DC=contoso,DC=com", "a"), UsageError);
  EXPECT_THROW(in_base(trial, board_world(), "no name", "b"), UsageError);
  EXPECT_FALSE(newest_snapshot(trial.store(), Side::kAd, false)) << "nothing is kept";
}

}  // namespace
}  // namespace trueup::world
