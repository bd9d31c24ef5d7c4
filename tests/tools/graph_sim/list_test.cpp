// SPDX-License-Identifier: Apache-2.0
// graph_sim's GET /users as Graph documents it.
#include <gtest/gtest.h>

#include <cctype>
#include <set>

#include "tests/support/process.h"
#include "tests/tools/graph_sim/graph_pages.h"

namespace trueup {
namespace {

using nlohmann::json;

const std::string kUsers = "/v1.0/users";
const std::string kEverything =
    "$select=id,accountEnabled,displayName,userPrincipalName,userType,mail,mailNickname,"
    "proxyAddresses,onPremisesImmutableId,onPremisesSyncEnabled,onPremisesDistinguishedName,"
    "onPremisesDomainName,onPremisesSamAccountName,onPremisesUserPrincipalName,"
    "onPremisesExtensionAttributes";

std::string filter(const std::string& text) { return "&$filter=" + percent_encoded(text); }

std::string name_of(const json& user) { return user.at("userPrincipalName"); }

TEST(GraphSimList, ServesTheUsersOfMakeTenant) {
  GraphService service(700, {"--seed", "5", "--drift", "0.2"});
  const TempFolder folder;
  ASSERT_EQ(run_process({MAKE_TENANT_BINARY, "--out", folder.path() + "/t", "--mailboxes", "700",
                         "--seed", "5", "--drift", "0.2", "--feeds", "graph", "--no-truth"})
                .exit_code,
            0);
  std::map<std::string, json> made;
  for (int page = 1; page <= 4; ++page) {
    const json body =
        json::parse(read_file(folder / ("t/graph/page-00000" + std::to_string(page) + ".json")));
    for (const json& user : body.at("value")) made[user.at("id")] = user;
  }
  const GraphRound list = read_pages(service, kUsers + "?$top=300&" + kEverything);
  EXPECT_EQ(list.users.size(), made.size());
  EXPECT_EQ(without_empty(list.by_id()), without_empty(made));
  const GraphRound delta = read_pages(service, kUsers + "/delta?" + kEverything);
  EXPECT_EQ(delta.by_id(), made);
}

TEST(GraphSimList, PagesHaveTheSizeAskedFor) {
  GraphService service(450);
  const std::size_t users = service.get("/sim/counts").at("users");
  const GraphRound usual = read_pages(service, kUsers + "?$select=id");
  EXPECT_EQ(usual.page_sizes.front(), 100U);
  EXPECT_EQ(usual.by_id().size(), users);
  const GraphRound large = read_pages(service, kUsers + "?$select=id&$top=300");
  EXPECT_EQ(large.page_sizes, (std::vector<std::size_t>{300, users - 300}));
  EXPECT_EQ(service.graph(kUsers + "?$top=1000").status, 400);
  EXPECT_EQ(service.graph(kUsers + "?$top=0").status, 400);
}

TEST(GraphSimList, RangesThatShareTheirBoundsCoverTheTenant) {
  for (const std::string order : {"id", "name"}) {
    GraphService service(900, {"--list-order", order});
    const std::string query = kUsers + "?$select=id,userPrincipalName&$top=40";
    const GraphRound all = read_pages(service, query);
    std::set<std::string> seen;
    std::string last = "";
    for (const std::string bound : {"D", "john", "maria.o'neil", "team"}) {
      std::string condition = "userPrincipalName le '" + bound + "'";
      if (const std::size_t quote = condition.find("o'n"); quote != std::string::npos) {
        condition.insert(quote + 1, "'");
      }
      if (!last.empty()) condition = "userPrincipalName ge '" + last + "' and " + condition;
      for (const json& user : read_pages(service, query + filter(condition)).users) {
        std::string folded = bound;
        for (char& c : folded) c = static_cast<char>(std::tolower(c));
        EXPECT_LE(name_of(user), folded);
        seen.insert(user.at("id"));
      }
      last = bound == "maria.o'neil" ? "maria.o''neil" : bound;
    }
    for (const json& user :
         read_pages(service, query + filter("userPrincipalName ge 'team'")).users) {
      seen.insert(user.at("id"));
    }
    EXPECT_EQ(seen.size(), all.by_id().size()) << order;
    const bool by_name =
        std::is_sorted(all.users.begin(), all.users.end(),
                       [](const json& a, const json& b) { return name_of(a) < name_of(b); });
    EXPECT_EQ(by_name, order == "name");
  }
}

TEST(GraphSimList, FiltersByPrefixAndIdAndRefusesOthers) {
  GraphService service(300);
  const GraphRound some = read_pages(service, kUsers + "?$select=id,userPrincipalName" +
                                                  filter("startswith(userPrincipalName,'J')"));
  ASSERT_FALSE(some.users.empty());
  for (const json& user : some.users) EXPECT_EQ(name_of(user).front(), 'j');
  const std::string id = some.users.front().at("id");
  EXPECT_EQ(read_pages(service, kUsers + "?$select=id" + filter("id eq '" + id + "'")).users.size(),
            1U);
  for (const char* other : {"mail eq 'x'", "endsWith(userPrincipalName,'m')",
                            "userPrincipalName ge 'a' or userPrincipalName le 'b'"}) {
    const GraphReply reply = service.graph(kUsers + "?$select=id" + filter(other));
    EXPECT_EQ(reply.status, 400) << other;
    EXPECT_EQ(reply.json()["error"]["code"], "Request_UnsupportedQuery");
  }
  EXPECT_EQ(service.graph(kUsers + "?$select=id" + filter("userPrincipalName ge 'a")).status, 400);
}

TEST(GraphSimList, ShowsWhatIsSelectedAndNoMore) {
  GraphService service(50);
  const GraphReply reply = service.graph(kUsers + "?$select=mail,onPremisesImmutableId&$top=5");
  const json page = reply.json();
  EXPECT_EQ(page.at("@odata.context"),
            service.url() + "/v1.0/$metadata#users(mail,onPremisesImmutableId)");
  EXPECT_FALSE(page["value"][0].contains("id"));
  EXPECT_EQ(page["value"][0].size(), 2U);
  EXPECT_TRUE(service.graph(kUsers + "?$top=5").json()["value"][0].contains("id"));
  EXPECT_EQ(service.graph(kUsers + "?$select=nonsense").status, 400);
}

TEST(GraphSimList, UnsetPropertiesAreNullInAList) {
  GraphService service(50);
  service.post("/sim/changes",
               {{"changes",
                 {{{"do", "set"}, {"index", 3}, {"property", "mail"}, {"value", nullptr}},
                  {{"do", "set"}, {"index", 3}, {"property", "proxyAddresses"}, {"value", nullptr}},
                  {{"do", "rename"}, {"index", 3}, {"userPrincipalName", "No.One@contoso.com"}}}}});
  const json user =
      service.graph(kUsers + "/no.one@CONTOSO.com?$select=id,mail,proxyAddresses,givenName").json();
  EXPECT_TRUE(user.at("mail").is_null());
  EXPECT_TRUE(user.at("givenName").is_null());
  EXPECT_EQ(user.at("proxyAddresses"), json::array());
}

TEST(GraphSimList, RenamedRemovedAndAddedUsersStandWhereTheyBelong) {
  GraphService service(200);
  const json before = service.graph(kUsers + "?$top=999&$select=id,userPrincipalName").json();
  const std::string renamed = before["value"][0]["id"];
  const std::string removed = before["value"][1]["id"];
  service.post("/sim/changes",
               {{"changes",
                 {{{"do", "rename"}, {"id", renamed}, {"userPrincipalName", "zzz@contoso.com"}},
                  {{"do", "remove"}, {"id", removed}},
                  {{"do", "add"},
                   {"user",
                    {{"id", "00000000-0000-4000-8000-000000000001"},
                     {"userPrincipalName", "zzzz@contoso.com"}}}}}}});
  const GraphRound last = read_pages(
      service, kUsers + "?$select=id,userPrincipalName" + filter("userPrincipalName ge 'zzz'"));
  EXPECT_EQ(last.by_id().size(), 2U);
  EXPECT_TRUE(last.by_id().contains(renamed));
  const GraphRound all = read_pages(service, kUsers + "?$top=50&$select=id");
  EXPECT_EQ(all.users.size(), before["value"].size());
  EXPECT_FALSE(all.by_id().contains(removed));
  EXPECT_EQ(service.graph(kUsers + "/" + removed).status, 404);
  EXPECT_EQ(service.graph(kUsers + "/$count").status, 400);
  const GraphReply count = service.graph(kUsers + "/$count", {{"ConsistencyLevel", "eventual"}});
  EXPECT_EQ(count.body, std::to_string(all.users.size()));
  EXPECT_EQ(service
                .graph(kUsers + "/$count?$filter=" + percent_encoded("userPrincipalName ge 'zzz'"),
                       {{"ConsistencyLevel", "eventual"}})
                .body,
            "2");
}

TEST(GraphSimList, AReplicaMayLagBehind) {
  GraphService service(50);
  service.post("/sim/delay", {{"list_ms", 3'600'000}, {"delta_ms", 0}});
  const std::string link =
      service.graph(kUsers + "/delta?$deltatoken=latest&$select=mail").json()["@odata.deltaLink"];
  service.post(
      "/sim/changes",
      {{"changes", {{{"do", "set"}, {"index", 0}, {"property", "mail"}, {"value", "n@x"}}}}});
  const GraphRound round = read_pages(service, link);
  ASSERT_EQ(round.users.size(), 1U);
  const std::string user = kUsers + "/" + round.users[0]["id"].get<std::string>() + "?$select=mail";
  EXPECT_NE(service.graph(user).json()["mail"], "n@x");
  service.post("/sim/delay", {{"list_ms", 0}});
  EXPECT_EQ(service.graph(user).json()["mail"], "n@x");
}

}  // namespace
}  // namespace trueup
