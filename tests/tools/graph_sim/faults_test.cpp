// SPDX-License-Identifier: Apache-2.0
// What graph_sim does wrong when asked to, its quota, and what it tells about requests.
#include <gtest/gtest.h>

#include <chrono>
#include <ctime>

#include "tests/tools/graph_sim/graph_pages.h"

namespace trueup {
namespace {

using nlohmann::json;

const std::string kList = "/v1.0/users?$select=id,mail&$top=50";

TEST(GraphSimFaults, ScriptsHitExactlyTheRequestsTheyName) {
  GraphService service(100);
  service.post(
      "/sim/faults",
      {{"path", "/users?"}, {"nth", 2}, {"times", 2}, {"kind", "503"}, {"retry_after", "2.128"}});
  EXPECT_EQ(service.graph(kList).status, 200);
  EXPECT_EQ(service.graph("/v1.0/users/delta?$select=id").status, 200);
  const GraphReply refused = service.graph(kList);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("retry-after"), "2.128");
  EXPECT_EQ(service.graph(kList).status, 503);
  EXPECT_EQ(service.graph(kList).status, 200);
}

TEST(GraphSimFaults, RetryAfterComesInSecondsAsADateOrNotAtAll) {
  GraphService service(100);
  service.post("/sim/faults", {{"path", "/v1.0"}, {"kind", "429"}});
  EXPECT_EQ(service.graph(kList).header("retry-after"), "1");
  service.post("/sim/faults", {{"path", "/v1.0"}, {"kind", "429-no-retry-after"}});
  const GraphReply silent = service.graph(kList);
  EXPECT_EQ(silent.status, 429);
  EXPECT_EQ(silent.headers.count("retry-after"), 0U);
  service.post("/sim/faults", {{"path", "/v1.0"}, {"kind", "429"}, {"retry_after_date", 100}});
  std::tm utc{};
  const std::string date = service.graph(kList).header("retry-after");
  ASSERT_NE(strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &utc), nullptr) << date;
  EXPECT_NEAR(static_cast<double>(timegm(&utc) - std::time(nullptr)), 100, 20);
}

TEST(GraphSimFaults, BodiesAreCutOrWrongAndConnectionsReset) {
  GraphService service(100);
  ASSERT_EQ(service.graph(kList).status, 200);
  service.post("/sim/faults", {{"kind", "cut"}});
  EXPECT_EQ(service.graph(kList).status, 0);
  service.post("/sim/faults", {{"kind", "reset"}});
  EXPECT_EQ(service.graph(kList).status, 0);
  service.post("/sim/faults", {{"kind", "bad-json"}});
  const GraphReply wrong = service.graph(kList);
  EXPECT_EQ(wrong.status, 200);
  EXPECT_FALSE(json::accept(wrong.body));
  EXPECT_EQ(service.graph(kList).status, 200);
}

TEST(GraphSimFaults, ASlowBodyTakesItsTime) {
  GraphService service(100);
  service.post("/sim/faults", {{"kind", "slow"}, {"slow_ms", 300}, {"path", "$top"}});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(service.graph(kList).status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(250));
}

TEST(GraphSimFaults, TheRateAndTheSeedDecideWhichFail) {
  std::vector<int> patterns[2];
  for (std::vector<int>& pattern : patterns) {
    GraphService service(100, {"--faults", "0.3", "--fault-kinds", "503,504,429", "--fault-seed",
                               "8", "--retry-after", "0.1"});
    for (int i = 0; i < 60; ++i) pattern.push_back(service.graph(kList).status);
  }
  EXPECT_EQ(patterns[0], patterns[1]);
  const auto good = std::count(patterns[0].begin(), patterns[0].end(), 200);
  EXPECT_GT(good, 30);
  EXPECT_LT(good, 54);
}

TEST(GraphSimFaults, TheQuotaIsThatOfTheDocumentation) {
  GraphService service(60);
  EXPECT_EQ(service.graph("/v1.0/users").header("x-ms-resource-unit"), "2");
  EXPECT_EQ(service.graph("/v1.0/users?$select=id").header("x-ms-resource-unit"), "1");
  EXPECT_EQ(service.graph("/v1.0/users?$select=id&$top=5").header("x-ms-resource-unit"), "1");
  EXPECT_EQ(service.graph("/v1.0/users?$select=id").header("x-ms-throttle-limit-percentage"), "");
}

TEST(GraphSimFaults, TellsWhatItWasAsked) {
  GraphService service(60);
  const GraphReply reply =
      service.graph(kList, {{"client-request-id", "5c0b3b0e-0000-4000-8000-000000000001"},
                            {"x-ms-throttle-priority", "Low"},
                            {"User-Agent", "a test"}});
  EXPECT_EQ(reply.header("client-request-id"), "5c0b3b0e-0000-4000-8000-000000000001");
  EXPECT_EQ(reply.header("request-id").size(), 36U);
  EXPECT_FALSE(reply.header("date").empty());
  const json asked = service.get("/sim/requests").back();
  EXPECT_EQ(asked["target"], kList);
  EXPECT_EQ(asked["client_request_id"], "5c0b3b0e-0000-4000-8000-000000000001");
  EXPECT_EQ(asked["priority"], "Low");
  EXPECT_EQ(asked["user_agent"], "a test");
  EXPECT_EQ(asked["objects"], 50);
  EXPECT_EQ(service.get("/sim/counts")["list"], 1);
}

TEST(GraphSimFaults, GzipIsTheSameText) {
  GraphService service(60);
  const GraphReply plain = service.graph(kList, {{"Accept-Encoding", "identity"}});
  const GraphReply packed = service.graph(kList, {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(packed.header("content-encoding"), "gzip");
  EXPECT_EQ(plain.header("content-encoding"), "");
  EXPECT_EQ(packed.body, plain.body);
}

TEST(GraphSimFaults, EndsAtOnceWhenAsked) {
  GraphService service(60);
  EXPECT_EQ(service.graph(kList).status, 200);  // its connection stays open
  EXPECT_EQ(service.stop(), 0);
}

}  // namespace
}  // namespace trueup
