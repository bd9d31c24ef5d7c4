// SPDX-License-Identifier: Apache-2.0
// What the Graph client does about pages, throttling and failures.
#include "io/graph/graph_client.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>

#include "io/files/input_file.h"
#include "tests/io/graph/graph_trial.h"
#include "tests/support/gzip_text.h"

namespace trueup {
namespace {

using MonotonicClock = std::chrono::steady_clock;
using Reply = HttpsStub::Reply;
using Request = HttpsStub::Request;
using AfterBody = HttpsStub::AfterBody;
using namespace std::chrono_literals;

class GraphClientTest : public GraphTrial {
 protected:
  /// Answers each request with the next of `replies`, then with {"ok":1}.
  void script(std::vector<Reply> replies) {
    stub.on_request([replies, n = std::make_shared<std::atomic<std::size_t>>(0)](const Request&) {
      const std::size_t i = (*n)++;
      return i < replies.size() ? replies[i] : Reply{.body = R"({"ok":1})"};
    });
  }
  /// How often it takes until the page is there.
  std::size_t tries_with(const Reply& first) {
    script({first});
    const std::size_t before = stub.requests().size();
    const FetchedPage page = fetch("/v1.0/users");
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.body, R"({"ok":1})");
    return stub.requests().size() - before;
  }
};

TEST_F(GraphClientTest, AsksAsGraphWantsToBeAsked) {
  script({{.headers = {"Date: Sun, 09 Sep 2001 01:46:40 GMT", "request-id: r-1"},
           .body = R"({"value":[]})"}});
  const auto graph = open();
  EXPECT_TRUE(stub.token_requests().empty());  // nothing before the first start()
  PageRequest request = page("/v1.0/users/delta?$deltatoken=skip-me", 7);
  request.minimal = true;
  request.eventual = true;
  graph->start(request);
  EXPECT_EQ(graph->open_requests(), 1U);
  const FetchedPage got = take(*graph);
  EXPECT_EQ(graph->open_requests(), 0U);
  EXPECT_EQ(got.tag, 7U);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, R"({"value":[]})");
  EXPECT_EQ(got.date, 1'000'000'000U);
  EXPECT_EQ(got.request_id, "r-1");
  EXPECT_EQ(graph->counts().requests, 2U);
  EXPECT_GT(graph->counts().bytes, 100U);

  const Request sent = stub.requests()[0];
  EXPECT_EQ(sent.method, "GET");
  EXPECT_EQ(sent.target, "/v1.0/users/delta?$deltatoken=skip-me");
  EXPECT_EQ(sent.headers.at("accept-encoding"), "gzip");
  EXPECT_EQ(sent.headers.at("accept"), "application/json");
  EXPECT_EQ(sent.headers.at("prefer"), "return=minimal");
  EXPECT_EQ(sent.headers.at("consistencylevel"), "eventual");
  EXPECT_EQ(sent.headers.at("x-ms-throttle-priority"), "Low");
  EXPECT_EQ(sent.headers.at("user-agent").substr(0, 21), "NONISV|trueup|trueup/");
  EXPECT_EQ(sent.headers.at("client-request-id").size(), 36U);

  struct stat status {};
  ASSERT_EQ(::stat(options.log_file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const std::string log = read_file(options.log_file);
  EXPECT_TRUE(has(log, "GET /v1.0/users/delta?$deltatoken=... 200 ")) << log;
  EXPECT_TRUE(has(log, "request-id=r-1 client-request-id=" + sent.headers.at("client-request-id")));
}

TEST_F(GraphClientTest, BodiesArePaddedAndOutliveTheClient) {
  script({{.body = "{" + std::string(100'000, ' ') + "}"}});
  const FetchedPage page = fetch("/v1.0/users");
  ASSERT_EQ(page.body.size(), 100'002U);
  const char* const end = page.body.data() + page.body.size();
  EXPECT_TRUE(std::all_of(end, end + kChunkPadding, [](char c) { return c == 0; }));
}

TEST_F(GraphClientTest, ManyAreUnderWayAtOnceAndComeBackAsTheyEnd) {
  options.parallel = 64;
  std::mutex mutex;
  std::condition_variable all_there;
  int there = 0;
  // None is answered before all have come.
  stub.on_request([&](const Request& request) {
    std::unique_lock lock(mutex);
    if (++there >= 64) all_there.notify_all();
    const bool all = all_there.wait_for(lock, 30s, [&] { return there >= 64; });
    return Reply{.body =
                     "{\"all\":" + std::string(all ? "1" : "0") + ",\"" + request.target + "\":0}"};
  });
  const auto graph = open();
  for (std::uint64_t i = 0; i < 64; ++i) graph->start(page("/p" + std::to_string(i), i));
  std::set<std::uint64_t> tags;
  for (int i = 0; i < 64; ++i) {
    const FetchedPage got = take(*graph);
    EXPECT_EQ(got.body, "{\"all\":1,\"/p" + std::to_string(got.tag) + "\":0}");
    tags.insert(got.tag);
  }
  EXPECT_EQ(tags.size(), 64U);
  EXPECT_EQ(stub.token_requests().size(), 1U);
}

TEST_F(GraphClientTest, NextGivesUpWhenItsTimeIsOver) {
  script({{.body = "{}", .body_bytes = 1, .then = AfterBody::kStall}});
  const auto graph = open();
  EXPECT_FALSE(graph->next(1h));  // none is open
  graph->start(page("/v1.0/users"));
  EXPECT_FALSE(graph->next(50ms));
  EXPECT_EQ(graph->open_requests(), 1U);
}

TEST_F(GraphClientTest, RepeatsWhatMayGoBetter) {
  for (const int status : {408, 429, 500, 502, 503, 504, 509}) {
    EXPECT_EQ(tries_with({.status = status, .body = "{}"}), 2U) << status;
  }
  const std::string body = "{" + std::string(50'000, ' ') + "}";
  for (const AfterBody then : {AfterBody::kClose, AfterBody::kReset}) {
    EXPECT_EQ(tries_with({.body = body, .body_bytes = 30'000, .then = then}), 2U);
    EXPECT_EQ(tries_with({.body = body, .body_bytes = 0, .then = then}), 2U);
  }
  for (const char* bad : {"", "<html></html>", "{\"value\":[", "null"}) {
    EXPECT_EQ(tries_with({.body = bad}), 2U) << bad;
  }
}

TEST_F(GraphClientTest, RepeatsWhatFallsSilent) {
  options.request_timeout = 1s;
  EXPECT_EQ(tries_with({.body = "{  }", .body_bytes = 2, .then = AfterBody::kStall}), 2U);
  EXPECT_EQ(tries_with({.body = "{  }", .body_bytes = 0, .then = AfterBody::kStall}), 2U);
}

TEST_F(GraphClientTest, UnpacksGzip) {
  const std::vector<std::string> encoding = {"Content-Encoding: gzip"};
  const std::string text = "{" + std::string(300'000, ' ') + "}";
  script({{.headers = encoding, .body = gzip(text)},
          {.headers = encoding, .body = gzip("{") + gzip(text.substr(1))}});
  EXPECT_EQ(fetch("/one").body, text);
  EXPECT_EQ(fetch("/two").body, text);
  std::string corrupt = gzip(text);
  corrupt[corrupt.size() / 2] = static_cast<char>(corrupt[corrupt.size() / 2] ^ 1);
  EXPECT_EQ(tries_with({.headers = encoding, .body = corrupt}), 2U);
  EXPECT_EQ(tries_with({.headers = encoding, .body = gzip(text).substr(0, 100)}), 2U);
  EXPECT_EQ(tries_with({.headers = {"Content-Encoding: br"}, .body = "{}"}), 2U);
  script({{.status = 400,
           .headers = encoding,
           .body = gzip(R"({"error":{"code":"Request_BadRequest"}})")}});
  EXPECT_EQ(fetch("/bad").body, R"({"error":{"code":"Request_BadRequest"}})");
}

TEST_F(GraphClientTest, TakesANumberWhereItIsAskedForOne) {
  script({{.headers = {"Content-Type: text/plain"},
           .body = "\xef\xbb\xbf"
                   "200000"}});
  EXPECT_EQ(fetch("/v1.0/users/$count?x=1").body,
            "\xef\xbb\xbf"
            "200000");
  EXPECT_EQ(stub.requests()[0].headers.at("accept"), "text/plain");
}

TEST_F(GraphClientTest, GivesBackRefusalsThatTheCallerKnowsWhatToDoAbout) {
  for (const int status : {400, 403, 404, 410, 501}) {
    script({{.status = status, .headers = {"Location: /again"}, .body = R"({"error":{}})"}});
    const FetchedPage page = fetch("/v1.0/users");
    EXPECT_EQ(page.status, status);
    EXPECT_EQ(page.location, "/again");
    EXPECT_EQ(page.body, R"({"error":{}})");
  }
}

TEST_F(GraphClientTest, AMissingPermissionIsNamed) {
  script({{.status = 403,
           .body = R"({"error":{"code":"Authorization_RequestDenied","message":"No"}})"}});
  const std::string error = fetch_error();
  EXPECT_TRUE(has(error, "SourceError")) << error;
  EXPECT_TRUE(has(error, "User.Read.All")) << error;
}

TEST_F(GraphClientTest, NeitherFollowsNorAsksOtherHosts) {
  HttpsStub other;
  script({{.status = 302, .headers = {"Location: " + other.url() + "/?$skiptoken=skip-me"}}});
  const std::string error = fetch_error();
  EXPECT_TRUE(has(error, "SourceError")) << error;
  EXPECT_TRUE(has(error, other.url())) << error;
  const auto graph = open();
  for (const std::string& url :
       {other.url() + "/v1.0/users", std::string("https://localhost/"),
        "https://x@" + stub.url().substr(8) + "/", "http://" + stub.url().substr(8) + "/"}) {
    EXPECT_TRUE(has(error_of([&] { graph->start({.url = url}); }), "UsageError")) << url;
  }
  EXPECT_EQ(graph->open_requests(), 0U);
  EXPECT_TRUE(other.requests().empty());
  EXPECT_TRUE(other.token_requests().empty());
}

TEST_F(GraphClientTest, AServerThatIsNotTrustedIsTheEndAtOnce) {
  HttpsStub other;
  options.ca_file = other.ca_file();
  const std::string error = fetch_error();
  EXPECT_TRUE(has(error, "SourceError")) << error;
  EXPECT_TRUE(has(error, other.ca_file())) << error;
  EXPECT_TRUE(stub.token_requests().empty());
  // A name that is not in the certificate.
  options.ca_file = stub.ca_file();
  options.token_url = "https://127.0.0.1" + stub.url().substr(17) + "/token";
  setenv("no_proxy", "localhost,127.0.0.1", 1);
  EXPECT_TRUE(has(fetch_error(), "not trusted"));
  EXPECT_TRUE(stub.token_requests().empty());
}

TEST_F(GraphClientTest, WaitsAsLongAsItIsTold) {
  for (const char* header : {"Retry-After: 0.3", "Retry-After: Sun, 09 Sep 2001 01:46:41 GMT"}) {
    script({{.status = 503,
             .headers = {header, "Date: Sun, 09 Sep 2001 01:46:40 GMT"},
             .body = "{}"}});
    const MonotonicClock::time_point start = MonotonicClock::now();
    EXPECT_EQ(fetch("/v1.0/users").status, 200);
    EXPECT_GE(MonotonicClock::now() - start, has(header, "0.3") ? 300ms : 1000ms) << header;
    EXPECT_LT(MonotonicClock::now() - start, 20s) << header;
  }
}

TEST_F(GraphClientTest, AWaitThatIsLongerThanAnOutageMayLastIsTheEndAtOnce) {
  options.longest_outage = 30s;
  for (const auto& [status, header] : std::vector<std::pair<int, std::string>>{
           {429, "Retry-After: 31"},
           {503, "Retry-After: 7200"},
           {504, "Retry-After: Sun, 09 Sep 2001 03:46:40 GMT"}}) {
    script({{.status = status,
             .headers = {header, "Date: Sun, 09 Sep 2001 01:46:40 GMT", "request-id: r-9"},
             .body = "{}"}});
    const MonotonicClock::time_point start = MonotonicClock::now();
    const std::string error = fetch_error();
    EXPECT_LT(MonotonicClock::now() - start, 20s) << header;
    EXPECT_TRUE(has(error, "HTTP " + std::to_string(status))) << error;
    EXPECT_TRUE(has(error, "(Retry-After)")) << error;
    EXPECT_TRUE(has(error, header.ends_with("31") ? "31 s" : "7200 s")) << error;
    EXPECT_TRUE(has(error, "graph_outage_wait is 30 s")) << error;
    EXPECT_TRUE(has(error, "r-9")) << error;
  }
}

TEST_F(GraphClientTest, WaitsThatAddUpWithoutAnySuccessAreTheEnd) {
  options.longest_outage = 1s;
  stub.on_request([](const Request&) {
    return Reply{.status = 429, .headers = {"Retry-After: 0.9"}, .body = "{}"};
  });
  const MonotonicClock::time_point start = MonotonicClock::now();
  const std::string error = fetch_error();
  EXPECT_TRUE(has(error, "after many others")) << error;
  EXPECT_GE(MonotonicClock::now() - start, 8s) << "ten times the longest outage, nearly";
}

TEST_F(GraphClientTest, ATokenThatIsOnlyToBeHadMuchLaterIsTheEndAtOnce) {
  options.longest_outage = 30s;
  stub.on_token([](const Request&) {
    return Reply{.status = 503, .headers = {"Retry-After: 7200"}, .body = "{}"};
  });
  const MonotonicClock::time_point start = MonotonicClock::now();
  const std::string error = fetch_error();
  EXPECT_LT(MonotonicClock::now() - start, 20s);
  EXPECT_TRUE(has(error, "7200 s (Retry-After)")) << error;
  EXPECT_EQ(stub.token_requests().size(), 1U);
}

TEST_F(GraphClientTest, ARefusalOfALinkThatWasKeptIsNotTheEnd) {
  const Reply refusal{.status = 403,
                      .body = R"({"error":{"code":"Authorization_RequestDenied","message":"No"}})"};
  script({refusal});
  PageRequest request = page("/v1.0/users/delta?$deltatoken=skip-me");
  request.kept_link = true;
  const auto graph = open();
  graph->start(request);
  EXPECT_EQ(take(*graph).status, 403);
  graph->start(page("/v1.0/users"));
  EXPECT_EQ(take(*graph).status, 200) << "another request may be taken";
}

TEST_F(GraphClientTest, ThrottlingHoldsBackTheOthersAndHalvesTheNumber) {
  options.parallel = 4;
  std::atomic<int> count = 0;
  std::mutex mutex;
  std::vector<MonotonicClock::time_point> times;
  stub.on_request([&](const Request&) {
    const std::lock_guard lock(mutex);
    times.push_back(MonotonicClock::now());
    if (++count == 1) return Reply{.status = 429, .headers = {"Retry-After: 0.4"}, .body = "{}"};
    return Reply{.body = "{}"};
  });
  const auto graph = open();
  graph->start(page("/first", 1));
  while (count == 0) EXPECT_FALSE(graph->next(5ms));
  // The answer may be under way still; it is there when the number is halved.
  while (graph->useful_requests() == 4) graph->next(5ms);
  EXPECT_EQ(graph->useful_requests(), 2U);
  for (std::uint64_t i = 2; i < 10; ++i) graph->start(page("/other", i));
  std::vector<std::uint64_t> tags;
  for (int i = 0; i < 9; ++i) tags.push_back(take(*graph).tag);
  EXPECT_EQ(graph->counts().throttled, 1U);
  EXPECT_EQ(graph->counts().repeated, 1U);
  EXPECT_EQ(graph->useful_requests(), 3U);  // nine successes later
  for (std::size_t i = 1; i < times.size(); ++i) EXPECT_GE(times[i] - times[0], 390ms) << i;
}

TEST_F(GraphClientTest, AsksAgainForAPageThatItsReaderRejects) {
  script({{.body = R"({"bad":})"}});
  const auto graph = open();
  graph->start(page("/v1.0/users", 3));
  FetchedPage got = take(*graph);
  ASSERT_EQ(got.body, R"({"bad":})");
  graph->again(got, "no JSON at byte 7");
  EXPECT_EQ(graph->open_requests(), 1U);
  got = take(*graph);
  EXPECT_EQ(got.body, R"({"ok":1})");
  EXPECT_EQ(got.tag, 3U);
  EXPECT_EQ(graph->counts().repeated, 1U);
  EXPECT_TRUE(has(read_file(options.log_file), "no JSON at byte 7"));
  // Each costs a try.
  const std::string error = error_of([&] {
    for (int i = 0; i < options.tries; ++i) {
      graph->again(got, "still bad");
      got = take(*graph);
    }
  });
  EXPECT_TRUE(has(error, "still bad")) << error;
}

TEST_F(GraphClientTest, ASpentBudgetNamesTheRequests) {
  options.tries = 7;
  std::atomic<int> count = 0;
  stub.on_request([&](const Request&) {
    return Reply{.status = 503,
                 .headers = {"request-id: r-" + std::to_string(++count),
                             "Date: Sun, 09 Sep 2001 01:46:40 GMT"},
                 .body = R"({"error":{"code":"ServiceUnavailable","message":"secret-token-1?"}})"};
  });
  const std::string error = fetch_error("/v1.0/users/delta?$skiptoken=skip-me");
  EXPECT_EQ(count, 7);
  EXPECT_TRUE(has(error, "SourceError " + stub.url() + "/v1.0/users/delta?$skiptoken=..."))
      << error;
  EXPECT_TRUE(has(error, "7 tries")) << error;
  EXPECT_TRUE(has(error, "HTTP 503 ServiceUnavailable")) << error;
  EXPECT_FALSE(has(error, "request-id r-2,")) << error;
  for (int i = 3; i <= 7; ++i) {
    EXPECT_TRUE(has(error, "request-id r-" + std::to_string(i) + ", client-request-id " +
                               stub.requests()[std::size_t(i) - 1].headers.at("client-request-id") +
                               ", Sun, 09 Sep 2001"))
        << error;
  }
}

TEST_F(GraphClientTest, ThrottlingHasABudgetOfItsOwn) {
  options.tries = 2;
  stub.on_request([](const Request&) {
    return Reply{.status = 429, .headers = {"Retry-After: 0.001"}, .body = "{}"};
  });
  EXPECT_TRUE(has(fetch_error(), "20 tries"));
  EXPECT_EQ(stub.requests().size(), 20U);
}

TEST_F(GraphClientTest, AServiceThatIsGoneForTooLongIsTheEnd) {
  options.tries = 1'000'000;
  options.longest_outage = 1s;
  stub.on_request([](const Request&) { return Reply{.status = 504, .body = "{}"}; });
  const MonotonicClock::time_point start = MonotonicClock::now();
  EXPECT_TRUE(has(fetch_error(), "nothing has succeeded for 1 s"));
  EXPECT_GE(MonotonicClock::now() - start, 1s);
}

TEST_F(GraphClientTest, FaultsAtAFifthOfTheRequestsAreRidden) {
  const std::string text = R"({"value":[1,2,3]})";
  std::atomic<unsigned> count = 0;
  stub.on_request([&](const Request&) -> Reply {
    const unsigned n = count++;
    if (n % 5 != 3) return {.body = text};
    switch (n / 5 % 6) {
      case 0: return {.status = 429, .headers = {"Retry-After: 0.01"}};
      case 1: return {.status = 503};
      case 2: return {.body = text, .body_bytes = 5, .then = AfterBody::kReset};
      case 3: return {.body = text, .body_bytes = 5, .then = AfterBody::kClose};
      case 4: return {.status = 401};
      default: return {.body = "<html>"};
    }
  });
  const auto graph = open();
  for (std::uint64_t i = 0; i < 300; ++i) graph->start(page("/p", i));
  std::set<std::uint64_t> tags;
  while (graph->open_requests() > 0) {
    const FetchedPage got = take(*graph);
    EXPECT_EQ(got.body, text);
    tags.insert(got.tag);
  }
  EXPECT_EQ(tags.size(), 300U);
  EXPECT_GT(graph->counts().repeated, 50U);
}

}  // namespace
}  // namespace trueup
