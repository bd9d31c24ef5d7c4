// SPDX-License-Identifier: Apache-2.0
// graph_sim's GET /users/delta as Graph documents it.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/tools/graph_sim/graph_pages.h"

namespace trueup {
namespace {

using nlohmann::json;

const std::string kDelta = "/v1.0/users/delta";
const std::string kSelect =
    "?$select=id,userPrincipalName,displayName,mail,mailNickname,proxyAddresses,"
    "onPremisesImmutableId,onPremisesSyncEnabled,onPremisesExtensionAttributes";
const GraphService::Headers kMinimal = {{"Prefer", "return=minimal"}};

json set_of(int index, const std::string& property, const json& value) {
  return {{"do", "set"}, {"index", index}, {"property", property}, {"value", value}};
}

/// Puts a round on top of what is known; with minimal rounds, property by property.
void take_in(const GraphRound& round, std::map<std::string, json>& known) {
  for (const json& user : round.users) {
    const std::string id = user.at("id");
    if (user.contains("@removed")) {
      known.erase(id);
    } else {
      for (const auto& [name, value] : user.items()) known[id][name] = value;
    }
  }
}

/// What the tenant holds of the properties that kSelect names.
std::map<std::string, json> selected_truth(GraphService& service) {
  std::map<std::string, json> users = whole_tenant(service);
  for (auto& [id, user] : users) {
    for (auto it = user.begin(); it != user.end();) {
      it = kSelect.find(it.key()) == std::string::npos || it.key() == "userType" ? user.erase(it)
                                                                                 : std::next(it);
    }
  }
  return without_empty(users);
}

TEST(GraphSimDelta, PagesHoldAtMost200AndSomeAreEmpty) {
  GraphService service(1000);
  const GraphRound round = read_pages(service, kDelta + "?$select=id,mail&$top=999");
  EXPECT_EQ(*std::max_element(round.page_sizes.begin(), round.page_sizes.end()), 200U);
  EXPECT_EQ(std::count(round.page_sizes.begin(), round.page_sizes.end(), 0U), 1);
  EXPECT_FALSE(round.delta_link.empty());
  EXPECT_GT(round.users.size(), round.by_id().size()) << "somebody comes twice, or as removed";
  const GraphRound small =
      read_pages(service, kDelta + "?$select=id", {{"Prefer", "odata.maxpagesize=50"}});
  EXPECT_EQ(*std::max_element(small.page_sizes.begin(), small.page_sizes.end()), 50U);
  EXPECT_EQ(small.by_id().size(), round.by_id().size());
}

TEST(GraphSimDelta, OnlyChangesOfSelectedPropertiesShowUp) {
  GraphService service(100);
  const std::string link = read_pages(service, kDelta + "?$select=mail").delta_link;
  service.post("/sim/changes",
               {{"changes", {set_of(1, "displayName", "x"), set_of(2, "mail", "m")}}});
  const GraphRound round = read_pages(service, link);
  ASSERT_EQ(round.users.size(), 1U);
  EXPECT_EQ(round.users[0].at("mail"), "m");
  EXPECT_TRUE(read_pages(service, round.delta_link).users.empty());
}

TEST(GraphSimDelta, NeverSetIsAbsentAndClearedIsNull) {
  GraphService service(100);
  const GraphRound first = read_pages(service, kDelta + "?$select=mail,jobTitle");
  EXPECT_FALSE(first.users[0].contains("jobTitle"));
  service.post("/sim/changes", {{"changes", {set_of(2, "mail", nullptr)}}});
  const GraphRound round = read_pages(service, first.delta_link);
  ASSERT_EQ(round.users.size(), 1U);
  EXPECT_TRUE(round.users[0].at("mail").is_null());
  EXPECT_FALSE(round.users[0].contains("jobTitle"));
}

TEST(GraphSimDelta, RemovedUsersSayHowAndRestoredOnesComeWhole) {
  GraphService service(100);
  const std::string link = read_pages(service, kDelta + kSelect).delta_link;
  service.post("/sim/changes", {{"changes",
                                 {{{"do", "remove"}, {"index", 1}},
                                  {{"do", "remove"}, {"index", 2}, {"permanent", true}}}}});
  const GraphRound gone = read_pages(service, link, kMinimal);
  ASSERT_EQ(gone.users.size(), 2U);
  EXPECT_EQ(gone.users[0].at("@removed"), json({{"reason", "changed"}}));
  EXPECT_EQ(gone.users[0].size(), 2U) << "only the id and why";
  EXPECT_EQ(gone.users[1].at("@removed"), json({{"reason", "deleted"}}));
  service.post("/sim/changes", {{"changes", {{{"do", "restore"}, {"index", 1}}}}});
  const GraphRound back = read_pages(service, gone.delta_link, kMinimal);
  ASSERT_EQ(back.users.size(), 1U);
  EXPECT_FALSE(back.users[0].contains("@removed"));
  EXPECT_TRUE(back.users[0].contains("proxyAddresses"));
  EXPECT_THROW(service.post("/sim/changes", {{"changes", {{{"do", "restore"}, {"index", 2}}}}}),
               std::runtime_error);
}

TEST(GraphSimDelta, MinimalShowsWhatChangedOnly) {
  GraphService service(100);
  const std::string link = read_pages(service, kDelta + kSelect).delta_link;
  service.post("/sim/changes", {{"changes", {set_of(3, "extensionAttribute4", "x")}}});
  const GraphReply minimal = service.graph(link, kMinimal);
  EXPECT_EQ(minimal.header("preference-applied"), "return=minimal");
  const json user = minimal.json()["value"][0];
  EXPECT_EQ(user.size(), 2U) << user;
  EXPECT_EQ(user["onPremisesExtensionAttributes"]["extensionAttribute4"], "x");
  const GraphReply whole = service.graph(link);
  EXPECT_EQ(whole.header("preference-applied"), "");
  EXPECT_TRUE(whole.json()["value"][0].contains("mail"));
  const GraphReply first = service.graph(kDelta + kSelect, kMinimal);
  EXPECT_EQ(first.header("preference-applied"), "") << "of a deltaLink only";
}

TEST(GraphSimDelta, TokensTakeNoSelectAndLatestHasNoData) {
  GraphService service(100);
  const json latest = service.graph(kDelta + "?$deltatoken=latest&$select=mail").json();
  EXPECT_TRUE(latest["value"].empty());
  const std::string link = latest["@odata.deltaLink"];
  EXPECT_EQ(service.graph(link + "&$select=mail").status, 400);
  EXPECT_EQ(service.graph(link + "x").status, 400);
  service.post("/sim/changes", {{"changes", {set_of(5, "mail", "m")}}});
  EXPECT_EQ(read_pages(service, link).users.size(), 1U);
}

TEST(GraphSimDelta, FollowsUpToFiftyIds) {
  GraphService service(100);
  const auto users = whole_tenant(service);
  const std::string id = users.begin()->first;
  const GraphRound round = read_pages(
      service, kDelta + "?$select=mail&$filter=" + percent_encoded("id eq '" + id + "'"));
  EXPECT_EQ(round.by_id().size(), 1U);
  service.post("/sim/random", {{"count", 30}, {"kinds", {"remove"}}});
  for (const json& user : read_pages(service, round.delta_link).users) EXPECT_EQ(user["id"], id);
  EXPECT_EQ(service.graph(kDelta + "?$filter=" + percent_encoded("startswith(mail,'a')")).status,
            400);
}

TEST(GraphSimDelta, OldTokensEndInSyncStateNotFound) {
  GraphService service(50, {"--delta-lifetime", "-1"});
  const GraphReply first = service.graph(kDelta + "?$deltatoken=latest");
  const GraphReply reply = service.graph(first.json()["@odata.deltaLink"]);
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.json()["error"]["code"], "syncStateNotFound");
}

TEST(GraphSimDelta, TokensEndOnDemand) {
  GraphService service(50);
  std::string link = read_pages(service, kDelta + "?$select=id,mail").delta_link;
  service.post("/sim/expire-deltas", {{"status", 410}});
  EXPECT_EQ(service.graph(link).status, 410);
  EXPECT_EQ(service.graph(link).json()["error"]["code"], "syncStateNotFound");
  link = read_pages(service, kDelta + "?$select=id,mail").delta_link;
  service.post("/sim/resync");
  const GraphReply reply = service.graph(link);
  EXPECT_EQ(reply.status, 410);
  EXPECT_EQ(reply.header("location"), service.url() + kDelta + "?$select=id,mail&$deltatoken=");
  EXPECT_EQ(read_pages(service, reply.header("location")).by_id().size(),
            whole_tenant(service).size());
}

TEST(GraphSimDelta, RepeatsWhatItSaidBefore) {
  GraphService service(50);
  service.post("/sim/random", {{"count", 20}, {"kinds", {"set"}}});
  const std::string link = read_pages(service, kDelta + kSelect).delta_link;
  EXPECT_TRUE(read_pages(service, link).users.empty());
  service.post("/sim/replay", {{"count", 20}});
  EXPECT_FALSE(read_pages(service, link).users.empty());
  EXPECT_TRUE(read_pages(service, link).users.empty());
}

void expect_same(const std::map<std::string, json>& a, const std::map<std::string, json>& b) {
  EXPECT_EQ(a.size(), b.size());
  for (const auto& [id, user] : a) {
    const auto other = b.find(id);
    ASSERT_NE(other, b.end()) << user;
    ASSERT_EQ(user, other->second);
  }
}

// The tenant changes between any two pages, in every way: after one more round, when it has come to
// rest, a client that did as documented knows all of it. Both ways of asking for rounds.
TEST(GraphSimDelta, RoundsOnAChangingTenantEndInTheTruth) {
  for (const std::string preference : {"", "return=minimal"}) {
    GraphService service(1500);
    GraphService::Headers prefer = {{"Prefer", "odata.maxpagesize=3"}};
    if (!preference.empty()) prefer.emplace("Prefer", preference);
    service.post(
        "/sim/while-reading",
        {{"every_requests", 1},
         {"count", 6},
         {"seed", 3},
         {"kinds", {"set", "clear", "rename", "remove", "delete", "restore", "add", "anchor"}}});
    GraphRound round = read_pages(service, kDelta + kSelect);
    std::map<std::string, json> known;
    take_in(round, known);
    for (int night = 0; night < 5; ++night) {
      round = read_pages(service, round.delta_link, prefer);
      take_in(round, known);
    }
    EXPECT_GT(round.page_sizes.size(), 3U) << "changes came between its pages";
    service.post("/sim/while-reading", {{"every_requests", 0}});
    service.post("/sim/random", {{"count", 20}});
    EXPECT_TRUE(without_empty(known) != selected_truth(service));
    round = read_pages(service, round.delta_link, prefer);
    take_in(round, known);
    expect_same(without_empty(known), selected_truth(service));
  }
}

// The fast full read: a token first, then lists in ranges, then what changed since the token:
// whole, because who was renamed into a range that had been read already is in none of the lists.
TEST(GraphSimDelta, LatestThenListsThenTheRoundIsTheTruth) {
  GraphService service(900);
  service.post("/sim/while-reading",
               {{"every_requests", 1},
                {"count", 8},
                {"seed", 5},
                {"kinds", {"set", "clear", "rename", "remove", "delete", "restore", "add"}}});
  const std::string link =
      service.graph(kDelta + kSelect + "&$deltatoken=latest").json()["@odata.deltaLink"];
  std::map<std::string, json> known;
  for (const char* range :
       {"userPrincipalName le 'k'", "userPrincipalName ge 'k' and userPrincipalName le 'p'",
        "userPrincipalName ge 'p'"}) {
    take_in(
        read_pages(service, "/v1.0/users" + kSelect + "&$top=60&$filter=" + percent_encoded(range)),
        known);
  }
  service.post("/sim/while-reading", {{"every_requests", 0}});
  EXPECT_TRUE(without_empty(known) != selected_truth(service));
  take_in(read_pages(service, link), known);
  expect_same(without_empty(known), selected_truth(service));
}

}  // namespace
}  // namespace trueup
