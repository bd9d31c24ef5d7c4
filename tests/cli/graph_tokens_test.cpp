// SPDX-License-Identifier: Apache-2.0
// Tokens of Graph that are no good any more, and waits that are too long, through the command.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <chrono>

#include "tests/cli/live_graph.h"
#include "tests/support/servers/https_stub.h"

namespace trueup::cli {
namespace {

/// The next request whose target has `path` gets `kind`, from the `nth` on, `times` times.
void expect_fault(LiveGraph& graph, const std::string& path, const std::string& kind, int nth = 1,
                  int times = 1) {
  graph.service().post("/sim/faults",
                       {{"path", path}, {"kind", kind}, {"nth", nth}, {"times", times}});
}

bool said(const LiveGraph& graph, std::string_view what) {
  return graph.warnings().find(what) != std::string::npos;
}

TEST(CliGraphTokens, AKeptDeltaLinkThatIsRefusedMeansOneFullReadAndAWarning) {
  LiveGraph graph(600);
  graph.cloud("kept");
  int seed = 0;
  for (const char* kind : {"403", "404", "501", "bad-token", "410", "sync-state-not-found"}) {
    graph.change(30, ++seed);
    expect_fault(graph, "deltatoken=", kind);
    const Json after = graph.cloud("kept");
    EXPECT_EQ(after.at("base"), 0) << kind;
    EXPECT_TRUE(said(graph, "read in full")) << kind << ": " << graph.warnings();
    EXPECT_EQ(after.at("digest"), graph.sequential_digest()) << kind;
    EXPECT_NE(graph.cloud("kept").at("base"), 0) << kind << ": one full read, not one each night";
  }
}

TEST(CliGraphTokens, AMissingPermissionIsStillNamed) {
  LiveGraph graph(300);
  graph.cloud("kept");
  graph.service().post("/sim/faults", {{"path", "/v1.0/"}, {"kind", "403"}, {"times", 100}});
  EXPECT_TRUE(fails(graph.load("kept"), 1, {"User.Read.All"}));
}

TEST(CliGraphTokens, AnExpiredPageTokenBeginsThatPieceAgain) {
  LiveGraph graph(20'000, {"--list-order", "name"});
  const std::string digest = graph.sequential_digest();
  for (const int nth : {1, 3}) {
    expect_fault(graph, "&$skiptoken=", "expired-page-token", nth);
    EXPECT_EQ(graph.cloud("list" + std::to_string(nth)).at("digest"), digest);
    EXPECT_TRUE(said(graph, "Directory_ExpiredPageToken")) << nth << graph.warnings();
    EXPECT_TRUE(said(graph, "again from its beginning")) << nth << graph.warnings();
  }
}

TEST(CliGraphTokens, AnExpiredPageTokenBeginsTheChangesAgain) {
  LiveGraph graph(1500);
  graph.cloud("kept");
  graph.change(900, 1);
  expect_fault(graph, "delta?$skiptoken=", "expired-page-token", 2);
  const Json kept = graph.cloud("kept");
  EXPECT_EQ(kept.at("base").get<int>(), kept.at("generation").get<int>() - 1) << graph.warnings();
  EXPECT_TRUE(said(graph, "again from their beginning")) << graph.warnings();
  EXPECT_EQ(kept.at("digest"), graph.sequential_digest());
}

TEST(CliGraphTokens, AnExpiredPageTokenBeginsASequentialReadAgain) {
  LiveGraph graph(1500);
  const std::string digest = graph.sequential_digest();
  expect_fault(graph, "delta?$skiptoken=", "expired-page-token", 3);
  EXPECT_EQ(graph.sequential_digest(), digest);
  EXPECT_TRUE(said(graph, "read again from the beginning")) << graph.warnings();
  // It does so a few times, then it gives up.
  expect_fault(graph, "delta?$skiptoken=", "expired-page-token", 1, 1000);
  EXPECT_TRUE(fails(graph.load("never", {"--graph-read", "sequential"}), 1,
                    {"Directory_ExpiredPageToken", "in a row"}));
}

TEST(CliGraphTokens, AFetchBeginsAgainToo) {
  LiveGraph graph(1500);
  expect_fault(graph, "delta?$skiptoken=", "expired-page-token", 3);
  const std::string dump = graph.folder() / "dump";
  const ProcessResult fetched =
      trueup(Arguments{"fetch", "--graph-read", "sequential", "--out", dump} + graph.reach());
  EXPECT_EQ(fetched.exit_code, 0) << fetched.err;
  EXPECT_NE(fetched.err.find("read again from the beginning"), std::string::npos) << fetched.err;
  const Json loaded = trueup_json({"load", "--graph", dump, "--store", graph.store("from-dump")});
  EXPECT_EQ(loaded.at("cloud").at("digest"), graph.sequential_digest());
}

TEST(CliGraphTokens, AWaitThatIsTooLongIsSaidAndEndsTheRead) {
  LiveGraph graph(300);
  graph.service().post("/sim/faults",
                       {{"path", "/users"}, {"kind", "429"}, {"retry_after", "7200"}});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(fails(graph.load("kept"), 1, {"7200 s", "Retry-After", "--graph-outage-wait"}));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

/// A service that names a next page each time, for the path that is asked for.
HttpsStub::Reply endless(const std::string& url, const HttpsStub::Request& request, int number) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (path.ends_with("/$count")) return {.headers = {"Content-Type: text/plain"}, .body = "2"};
  if (request.target.ends_with("$deltatoken=latest")) {
    return {.body = R"({"value":[],"@odata.deltaLink":")" + url + path + R"(?$deltatoken=1"})"};
  }
  return {.body = R"({"value":[{"id":"a","userPrincipalName":"a@x"},{"id":"b"}],)"
                  R"("@odata.nextLink":")" +
                  url + path + "?$skiptoken=" + std::to_string(number) + "\"}"};
}

TEST(CliGraphTokens, AReadThatComesToNothingNewEnds) {
  setenv("no_proxy", "localhost", 1);
  HttpsStub stub;
  std::atomic<int> number = 0;
  stub.on_request(
      [&](const HttpsStub::Request& request) { return endless(stub.url(), request, ++number); });
  const TempFolder folder;
  for (const char* how : {"full", "sequential"}) {
    const ProcessResult ended = trueup({"load",
                                        "--store",
                                        folder / "store",
                                        "--no-progress",
                                        "--graph",
                                        stub.url(),
                                        "--graph-read",
                                        how,
                                        "--graph-settle",
                                        "0",
                                        "--tenant",
                                        "t",
                                        "--client-id",
                                        "c",
                                        "--secret-file",
                                        folder.write("secret", "s\n"),
                                        "--token-url",
                                        stub.token_url(),
                                        "--graph-ca-file",
                                        stub.ca_file()});
    EXPECT_TRUE(fails(ended, 1, {"page after page", "without an end", "nothing was taken over"}));
  }
}

}  // namespace
}  // namespace trueup::cli
