// SPDX-License-Identifier: Apache-2.0
// trueup fetch: a read kept as a dump, also one that was killed and gone on with.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "tests/cli/live_graph.h"

namespace trueup::cli {
namespace {

namespace fs = std::filesystem;

std::string digest_of_dump(const std::string& dump, const std::string& store) {
  return trueup_json({"load", "--graph", dump, "--store", store}).at("cloud").at("digest");
}

std::size_t pages_in(const std::string& dump) {
  std::size_t pages = 0;
  if (!fs::exists(dump)) return 0;
  for (const auto& entry : fs::directory_iterator(dump)) {
    if (entry.path().extension() == ".zst") ++pages;
  }
  return pages;
}

Arguments fetch(const LiveGraph& graph, const std::string& dump, const Arguments& more = {}) {
  return Arguments{"fetch", "--out", dump} + graph.reach() + more;
}

TEST(CliFetch, ADumpLoadsAsTheLiveReadDoes) {
  LiveGraph graph(4000);
  const std::string live = graph.cloud("live").at("digest");
  for (const std::string how : {"full", "sequential"}) {
    const std::string dump = graph.folder() / how;
    const Json told = trueup_json(fetch(graph, dump, {"--graph-read", how}));
    EXPECT_EQ(told.at("pages").get<std::size_t>(), pages_in(dump));
    EXPECT_EQ(digest_of_dump(dump, graph.store("store-" + how)), live) << how;
    const Json manifest = Json::parse(read_file(dump + "/manifest.json"));
    EXPECT_EQ(manifest.at("users"), told.at("users"));
    EXPECT_FALSE(fs::exists(dump + "/fetch.journal"));
  }
}

TEST(CliFetch, WhatChangedSinceADumpIsPutOnIt) {
  LiveGraph graph(1500);
  const std::string first = graph.folder() / "first";
  const std::string second = graph.folder() / "second";
  must(fetch(graph, first));
  digest_of_dump(first, graph.store("kept"));
  graph.change(80, 3);
  must(fetch(graph, second, {"--follow", first}));
  const Arguments put_on = {"load", "--graph-delta", second, "--store", graph.store("kept")};
  const ProcessResult out_of_order =
      trueup({"load", "--graph", second, "--store", graph.store("kept")});
  EXPECT_TRUE(fails(out_of_order, 1, {"--graph-delta"}));
  const Json cloud = trueup_json(put_on).at("cloud");
  const Json fresh = graph.cloud("fresh");
  EXPECT_EQ(cloud.at("mailboxes"), fresh.at("mailboxes"));
  EXPECT_EQ(cloud.at("graph_users"), fresh.at("graph_users"));
  EXPECT_TRUE(fails(trueup(put_on), 1, {"loaded already"}));
}

TEST(CliFetch, AKilledOneGoesOnBehindItsLastPage) {
  LiveGraph graph(6000, {"--latency-ms", "40"});
  const std::string whole = graph.cloud("live").at("digest");
  for (const std::string how : {"full", "sequential"}) {
    const std::string dump = graph.folder() / how;
    const Arguments arguments = fetch(graph, dump, {"--graph-read", how, "--graph-parallel", "2"});
    std::size_t had = 0;
    for (std::size_t stop_at : {2U, 5U, 8U}) {
      std::vector<std::string> argv = {TRUEUP_BINARY};
      argv.insert(argv.end(), arguments.begin(), arguments.end());
      Process process(argv);
      while (process.running() && pages_in(dump) < stop_at) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
      process.signal(SIGKILL);
      process.wait();
      EXPECT_GE(pages_in(dump), had);
      had = pages_in(dump);
    }
    EXPECT_FALSE(fs::exists(dump + "/manifest.json")) << "it was cut off";
    EXPECT_TRUE(fails(trueup({"load", "--graph", dump, "--store", graph.store("cut")}), 1,
                      {"cut off", "trueup fetch"}));
    graph.service().post("/sim/forget-requests");
    const ProcessResult ended = must(arguments);
    EXPECT_NE(ended.out.find("went on"), std::string::npos) << ended.out;
    EXPECT_EQ(graph.asked("latest"), 0U) << "the token is that of the beginning";
    EXPECT_EQ(digest_of_dump(dump, graph.store("store-" + how)), whole) << how;
  }
}

TEST(CliFetch, ADamagedJournalOrPageIsReadAgainFromThere) {
  LiveGraph graph(3000);
  const std::string whole = graph.cloud("live").at("digest");
  const std::string good = graph.folder() / "good";
  // A read that fails in the middle leaves its journal.
  graph.service().post("/sim/faults",
                       {{"path", "/users/delta"}, {"nth", 8}, {"times", 100}, {"kind", "503"}});
  EXPECT_TRUE(
      fails(trueup(fetch(graph, good, {"--graph-read", "sequential", "--graph-tries", "1"})), 1,
            {"503"}));
  graph.service().post("/sim/faults", {{"clear", true}});
  const std::string journal = read_file(good + "/fetch.journal");
  ASSERT_GE(pages_in(good), 5U);
  int number = 0;
  for (const std::size_t cut : {journal.size() - 1, journal.size() / 2, std::size_t{10}}) {
    const std::string dump = graph.folder() / ("cut" + std::to_string(++number));
    fs::copy(good, dump);
    fs::resize_file(dump + "/fetch.journal", cut);
    must(fetch(graph, dump, {"--graph-read", "sequential"}));
    EXPECT_EQ(digest_of_dump(dump, graph.store(std::to_string(number))), whole) << cut;
  }
  fs::resize_file(good + "/page-000003.json.zst", 100);
  must(fetch(graph, good, {"--graph-read", "sequential"}));
  EXPECT_EQ(digest_of_dump(good, graph.store("page")), whole);
}

TEST(CliFetch, OneThatDiedBehindTheDeltaReadsWhatHasChangedSince) {
  LiveGraph graph(1200);
  int seed = 0;
  for (const std::string how : {"full", "sequential"}) {
    const std::string dump = graph.folder() / how;
    const Arguments arguments = fetch(graph, dump, {"--graph-read", how, "--graph-tries", "1"});
    graph.service().post(
        "/sim/faults",
        {{"path", "$count"}, {"nth", how == "full" ? 2 : 1}, {"times", 100}, {"kind", "503"}});
    EXPECT_TRUE(fails(trueup(arguments), 1, {"503"}));
    graph.service().post("/sim/faults", {{"clear", true}});
    EXPECT_NE(read_file(dump + "/fetch.journal").find("deltatoken"), std::string::npos);
    graph.service().post("/sim/random",
                         {{"count", 60}, {"seed", ++seed}, {"kinds", {"set", "clear"}}});
    must(arguments);
    EXPECT_EQ(digest_of_dump(dump, graph.store("store-" + how)), graph.sequential_digest()) << how;
  }
}

TEST(CliFetch, AnotherReadOrAForeignFolderIsLeftAlone) {
  LiveGraph graph(300);
  const std::string dump = graph.folder() / "dump";
  must(fetch(graph, dump));
  EXPECT_TRUE(fails(trueup(fetch(graph, dump)), 2, {"complete dump"}));
  const TempFolder other;
  other.write("page-1.json", "{}");
  EXPECT_TRUE(fails(trueup(fetch(graph, other.path())), 2, {"another folder"}));
  EXPECT_EQ(read_file(other / "page-1.json"), "{}");
}

TEST(CliFetch, AChangedPageOfADumpIsRefused) {
  LiveGraph graph(300);
  const std::string dump = graph.folder() / "dump";
  must(fetch(graph, dump));
  fs::remove(dump + "/page-000001.json.zst");
  EXPECT_TRUE(fails(trueup({"load", "--graph", dump, "--store", graph.store("s")}), 1,
                    {"page-000001", "manifest"}));
}

TEST(CliFetch, ALoadKeepsItsPagesIfToldTo) {
  LiveGraph graph(1000);
  const std::string kept = graph.folder() / "pages";
  const std::string digest = graph.cloud("live", {"--keep-pages", kept}).at("digest");
  ASSERT_EQ(std::distance(fs::directory_iterator(kept), fs::directory_iterator()), 1);
  EXPECT_EQ(digest_of_dump(fs::directory_iterator(kept)->path(), graph.store("again")), digest);
}

}  // namespace
}  // namespace trueup::cli
