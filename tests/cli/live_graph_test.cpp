// SPDX-License-Identifier: Apache-2.0
// Graph read live: in pieces, in sequence, as changes; while the tenant changes, and while the
// service fails.
#include "tests/cli/live_graph.h"

#include <gtest/gtest.h>

namespace trueup::cli {
namespace {

TEST(CliLiveGraph, AllWaysOfReadingGiveWhatTheDumpGives) {
  LiveGraph graph(5000);
  const Tenant tenant = make_tenant(graph.folder(), "t", 5000, {"--feeds", "graph", "--no-truth"});
  const Json dump = trueup_json({"load", "--graph", tenant.graph, "--store", graph.store("dump")});
  const Json pieces = graph.cloud("pieces");
  EXPECT_EQ(pieces.at("digest"), dump.at("cloud").at("digest"));
  EXPECT_EQ(pieces.at("graph_users"), dump.at("cloud").at("graph_users"));
  EXPECT_GT(graph.asked("userPrincipalName%20ge"), 3U) << "the list is read in pieces";
  EXPECT_EQ(graph.sequential_digest(), dump.at("cloud").at("digest"));
  EXPECT_EQ(graph.warnings(), "");
}

TEST(CliLiveGraph, AListInTheOrderOfNamesIsReadWholeToo) {
  LiveGraph graph(8000, {"--list-order", "name"});
  EXPECT_EQ(graph.cloud("pieces").at("digest"), graph.sequential_digest());
}

TEST(CliLiveGraph, ChangesOnTheStoredGenerationGiveWhatAFullReadGives) {
  LiveGraph graph(1500);
  graph.cloud("kept");
  for (int night = 1; night <= 4; ++night) {
    graph.change(100, night);
    const Json kept = graph.cloud("kept");
    EXPECT_EQ(kept.at("digest"), graph.sequential_digest()) << "night " << night;
    EXPECT_EQ(kept.at("base").get<int>(), kept.at("generation").get<int>() - 1);
    EXPECT_LT(kept.at("records").get<int>(), 600) << "only what changed was read";
    EXPECT_EQ(graph.warnings().find("in full"), std::string::npos) << graph.warnings();
  }
  EXPECT_GT(graph.asked("return=minimal"), 3U);
}

TEST(CliLiveGraph, EveryNthLoadIsAFullRead) {
  LiveGraph graph(300);
  const auto full = [&] {
    return graph.cloud("kept", {"--graph-full-every", "3"}).at("base") == 0;
  };
  EXPECT_TRUE(full());
  EXPECT_FALSE(full());
  EXPECT_FALSE(full());
  EXPECT_TRUE(full());
  EXPECT_NE(graph.warnings().find("read in full"), std::string::npos) << "it says why";
}

TEST(CliLiveGraph, ReplaysChangeNothing) {
  LiveGraph graph(1000);
  graph.cloud("kept");
  graph.change(50, 1);
  const std::string digest = graph.cloud("kept").at("digest");
  graph.service().post("/sim/replay", {{"count", 100}});
  EXPECT_EQ(graph.cloud("kept").at("digest"), digest);
}

/// Renames take users from one piece to another while these are read; what ends up in none, or in
/// two, the delta since the token tells.
TEST(CliLiveGraph, ATenantThatChangesWhileItIsRead) {
  LiveGraph graph(6000);
  for (int seed = 1; seed <= 3; ++seed) {
    graph.service().post("/sim/while-reading",
                         {{"every_requests", 1},
                          {"count", 25},
                          {"total", 150},
                          {"seed", seed},
                          {"kinds", {"rename", "set", "clear", "remove", "add"}}});
    const std::string name = "kept" + std::to_string(seed);
    const Json pieces = graph.cloud(name);
    EXPECT_EQ(pieces.at("digest"), graph.sequential_digest())
        << "the changes ended before the delta was read";
  }
}

TEST(CliLiveGraph, ATenantThatNeverRestsIsRightOnceItDoes) {
  LiveGraph graph(4000);
  graph.service().post("/sim/while-reading", {{"every_requests", 1}, {"count", 20}, {"seed", 5}});
  graph.cloud("kept");
  graph.cloud("kept");
  graph.service().post("/sim/while-reading", {{"every_requests", 0}});
  EXPECT_EQ(graph.cloud("kept").at("digest"), graph.sequential_digest());
}

TEST(CliLiveGraph, AChangeThatShowsLateIsCaughtBySettling) {
  LiveGraph graph(1000);
  graph.service().post("/sim/delay", {{"list_ms", 900}, {"delta_ms", 0}});
  graph.service().post(
      "/sim/changes",
      {{"changes",
        {{{"do", "set"}, {"index", 12}, {"property", "mail"}, {"value", "late@contoso.com"}}}}});
  // The token is taken after the change, so the delta has it not; the list shows it a little later.
  const Json settled = graph.cloud("kept", {"--graph-settle", "2"});
  EXPECT_EQ(settled.at("digest"), graph.sequential_digest());
}

TEST(CliLiveGraph, ADeltaTokenThatIsNoUseMeansAFullRead) {
  LiveGraph graph(800);
  graph.cloud("kept");
  int seed = 0;
  for (const auto& [path, body] :
       std::vector<std::pair<std::string, Json>>{{"/sim/resync", Json::object()},
                                                 {"/sim/expire-deltas", {{"status", 400}}},
                                                 {"/sim/expire-deltas", {{"status", 410}}}}) {
    graph.change(40, ++seed);
    graph.service().post(path, body);
    const Json after = graph.cloud("kept");
    EXPECT_NE(graph.warnings().find("read in full"), std::string::npos) << graph.warnings();
    EXPECT_EQ(after.at("digest"), graph.sequential_digest());
  }
}

TEST(CliLiveGraph, FaultsChangeNothing) {
  LiveGraph graph(20'000, {"--faults", "0.2", "--retry-after", "0.05", "--fault-kinds",
                           "429,429-no-retry-after,503,504,cut,bad-json,401,reset"});
  const std::string pieces = graph.cloud("pieces").at("digest");
  EXPECT_EQ(graph.cloud("sequence", {"--graph-read", "sequential"}).at("digest"), pieces);
  LiveGraph sound(20'000);
  EXPECT_EQ(sound.cloud("pieces").at("digest"), pieces);
}

TEST(CliLiveGraph, ASpentBudgetFailsWithRequestIdsAndLeavesTheLastGeneration) {
  LiveGraph graph(500);
  graph.cloud("kept");
  graph.service().post("/sim/faults", {{"path", "/users"}, {"kind", "503"}, {"times", 1000}});
  const ProcessResult failed = graph.load("kept", {"--graph-tries", "2"});
  EXPECT_TRUE(fails(failed, 1, {"503", "request-id"}));
  const Json runs = trueup_json({"runs", "--store", graph.store("kept")});
  graph.service().post("/sim/faults", {{"clear", true}});
  EXPECT_EQ(graph.cloud("kept").at("generation").get<int>() >= 2, true);
}

TEST(CliLiveGraph, TokensAreRenewedWhileItReads) {
  LiveGraph graph(3000, {"--token-lifetime", "2", "--latency-ms", "150"});
  EXPECT_EQ(graph.cloud("kept", {"--graph-read", "sequential"}).at("graph_users"),
            graph.cloud("pieces").at("graph_users"));
  EXPECT_GT(graph.asked("/oauth2/v2.0/token"), 1U);
}

TEST(CliLiveGraph, LogsInWithACertificate) {
  LiveGraph graph(300);
  const GraphService& service = graph.service();
  const Json cloud = trueup_json(
      {"load", "--store", graph.store("kept"), "--graph", service.url(), "--tenant",
       GraphService::kTenant, "--client-id", GraphService::kClientId, "--graph-cert-file",
       service.cert_file(), "--graph-key-file", service.key_file(), "--token-url",
       service.token_url(), "--graph-ca-file", service.ca_file(), "--graph-settle", "0"});
  EXPECT_GT(cloud.at("cloud").at("mailboxes").get<int>(), 200);
}

TEST(CliLiveGraph, WhatIsMissingIsSaid) {
  const TempFolder folder;
  const Arguments load = {"load", "--store", folder / "store", "--graph"};
  EXPECT_TRUE(fails(trueup(load + Arguments{"https://graph.microsoft.com"}), 2, {"secret"}));
  EXPECT_TRUE(fails(trueup(load + Arguments{"http://graph.microsoft.com"}), 2, {"https"}));
  const std::string page = folder.write("g/page-1.json", "{}");
  EXPECT_TRUE(fails(trueup(load + Arguments{page, "--graph", "https://graph.microsoft.com"}), 2,
                    {"twice"}));
  EXPECT_TRUE(fails(trueup({"fetch", "--graph", "https://graph.microsoft.com"}), 2, {"--out"}));
}

/// Every byte that the command wrote anywhere, but for the database.
std::string all_that_was_written(const std::string& folder) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) all += read_file(entry.path());
  }
  return all;
}

TEST(CliLiveGraph, NoSecretAndNoTokenIsEverWrittenDown) {
  LiveGraph graph(
      400, {"--faults", "0.3", "--fault-kinds", "401,503,cut,bad-json", "--retry-after", "0.01"});
  std::string secret = read_file(graph.service().secret_file());
  while (secret.ends_with('\n')) secret.pop_back();
  const std::string log = graph.folder() / "requests.log";
  std::string said;
  for (const Arguments& more : std::vector<Arguments>{{},
                                                      {},
                                                      {"--graph-read", "sequential"},
                                                      {"--graph-tries", "1"},
                                                      {"--client-id", "wrong"}}) {
    const ProcessResult result = graph.load("kept", Arguments{"--graph-log", log} + more);
    said += result.out + result.err;
  }
  const ProcessResult fetched = trueup(
      Arguments{"fetch", "--out", graph.folder() / "dump", "--graph-log", log} + graph.reach());
  said += fetched.out + fetched.err + all_that_was_written(graph.folder().path());
  EXPECT_NE(said.find("request-id="), std::string::npos) << "there is a log";
  EXPECT_EQ(said.find(secret), std::string::npos);
  EXPECT_EQ(said.find("eyJ"), std::string::npos) << "tokens and assertions begin so";
  EXPECT_EQ(said.find("Bearer"), std::string::npos);
}

}  // namespace
}  // namespace trueup::cli
