// SPDX-License-Identifier: Apache-2.0
// What the reads make of odd answers, over a PageFetcher that says what the test wants.
#include "engine/graph_pull.h"

#include <gtest/gtest.h>

#include <deque>
#include <functional>

#include "engine/doubtful_users.h"
#include "snapshots/errors.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

const std::string kRoot = "https://graph.example/v1.0";

struct Answer {
  int status = 200;
  std::string body;
};

/// Answers each URL by the test's function, at once.
class ScriptedGraph : public PageFetcher {
 public:
  explicit ScriptedGraph(std::function<Answer(const std::string& url)> answer)
      : answer_(std::move(answer)) {}

  void start(PageRequest request) override { open_.push_back(std::move(request)); }
  std::optional<FetchedPage> next(std::chrono::milliseconds) override {
    if (open_.empty()) return std::nullopt;
    last_ = std::move(open_.front());
    open_.pop_front();
    asked.push_back(last_.url);
    Answer answer = answer_(last_.url);
    auto text = std::make_shared<std::string>(std::move(answer.body));
    const std::size_t size = text->size();
    text->append(kChunkPadding, '\0');
    FetchedPage page;
    page.tag = last_.tag;
    page.status = answer.status;
    page.body = std::string_view(*text).substr(0, size);
    page.owner = text;
    page.date = 1'700'000'000;
    page.request_id = "r" + std::to_string(asked.size());
    return page;
  }
  void again(const FetchedPage&, const std::string& why) override {
    if (++repeated > 3) throw SourceError("tries spent: " + why);
    open_.push_back(last_);
  }
  std::size_t open_requests() const override { return open_.size(); }
  std::size_t useful_requests() const override { return 4; }
  const FetchCounts& counts() const override { return counts_; }

  std::vector<std::string> asked;
  int repeated = 0;

 private:
  std::function<Answer(const std::string& url)> answer_;
  std::deque<PageRequest> open_;
  PageRequest last_;
  FetchCounts counts_;
};

class GraphPull : public testing::Test {
 protected:
  /// A page of `users` ("id" each) with `link`, a property and its value, or none.
  static std::string page(const std::vector<std::string>& users, const std::string& link) {
    std::string text = "{\"value\":[";
    for (const std::string& user : users) text += (text.ends_with('[') ? "" : ",") + user;
    return text + "]" + (link.empty() ? "" : "," + link) + "}";
  }
  static std::string user(const std::string& id) {
    return R"({"id":")" + id + R"(","userPrincipalName":")" + id + R"(@x"})";
  }
  static std::string next(const std::string& url) { return "\"@odata.nextLink\":\"" + url + "\""; }
  static std::string delta(const std::string& url) {
    return "\"@odata.deltaLink\":\"" + url + "\"";
  }

  std::string follow(ScriptedGraph& graph, bool changes = false) {
    PullContext context{graph, pages_, progress_, kRoot, {}, 0};
    return follow_delta(context, kRoot + "/users/delta",
                        changes ? DeltaKind::kSinceGeneration : DeltaKind::kAll);
  }
  ReadSoFar read() {
    pages_.flush();
    return look_over(by_id_, pages_, true);
  }

  TempFolder folder_;
  BlockPool pool_{std::size_t{16} << 20};
  Spool by_id_{pool_, folder_.path()};
  Progress progress_;
  PulledPages pages_{by_id_, nullptr, progress_};
};

TEST_F(GraphPull, FollowsADeltaOverAnEmptyPageToItsEnd) {
  ScriptedGraph graph([](const std::string& url) -> Answer {
    if (url.ends_with("/delta")) return {200, page({user("a")}, next(kRoot + "/2"))};
    if (url.ends_with("/2")) return {200, page({}, next(kRoot + "/3"))};
    return {200, page({user("b"), user("a")}, delta(kRoot + "/end"))};
  });
  EXPECT_EQ(follow(graph), kRoot + "/end");
  EXPECT_EQ(read().users, 2U);
}

TEST_F(GraphPull, ALinkToAnotherHostIsNotFollowed) {
  for (const std::string other : {"https://evil.example/v1.0/2", "https://graph.example:444/2",
                                  "http://graph.example/v1.0/2"}) {
    ScriptedGraph graph([&](const std::string&) -> Answer {
      return {200, page({user("a")}, next(other))};
    });
    EXPECT_THROW(follow(graph), SourceError) << other;
    EXPECT_EQ(graph.asked.size(), 1U);
    ScriptedGraph end([&](const std::string&) -> Answer {
      return {200, page({user("a")}, delta(other))};
    });
    EXPECT_THROW(follow(end), SourceError) << other;
  }
}

TEST_F(GraphPull, AReadThatDoesNotEndIsEnded) {
  ScriptedGraph same([](const std::string&) -> Answer {
    return {200, page({user("a")}, next(kRoot + "/users/delta"))};
  });
  EXPECT_THROW(follow(same), SourceError);
  ScriptedGraph without([](const std::string&) -> Answer { return {200, page({}, "")}; });
  EXPECT_THROW(follow(without), SourceError) << "a page with neither link";
}

TEST_F(GraphPull, ABodyThatIsNoPageIsAskedForAgainAndNothingOfItIsTaken) {
  int times = 0;
  ScriptedGraph graph([&](const std::string&) -> Answer {
    if (++times == 1) return {200, "{\"value\":[" + user("ghost") + ",{\"id\":\"x\""};
    if (times == 2) return {200, R"({"hello": "world"})"};
    return {200, page({user("a")}, delta(kRoot + "/end"))};
  });
  EXPECT_EQ(follow(graph), kRoot + "/end");
  EXPECT_EQ(graph.repeated, 2);
  EXPECT_EQ(read().users, 1U) << "the ghost is not there";
}

TEST_F(GraphPull, TokensThatAreNoUseAskForAFullRead) {
  for (const Answer& answer :
       {Answer{410, ""}, Answer{400, R"({"error":{"code":"SyncStateNotFound","message":""}})"},
        Answer{404, R"({"error":{"code":"resyncrequired"}})"}}) {
    ScriptedGraph graph([&](const std::string&) { return answer; });
    EXPECT_THROW(follow(graph, true), ResyncNeeded) << answer.status;
  }
  ScriptedGraph graph([](const std::string&) -> Answer {
    return {400, R"({"error":{"code":"Request_BadRequest","message":"no such property"}})"};
  });
  try {
    follow(graph);
    FAIL() << "it must not go on";
  } catch (const SourceError& error) {
    EXPECT_NE(std::string(error.what()).find("no such property"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("r1"), std::string::npos) << "the request id";
  }
}

TEST_F(GraphPull, AUserSeenTwiceDifferentlyIsDoubtfulUnlessTheDeltaHasIt) {
  const std::string other = R"({"id":"a","userPrincipalName":"z@x"})";
  const PageOrigin listed{.kind = PageOrigin::Kind::kListed, .piece = 0, .changes = false};
  const PageOrigin later{.kind = PageOrigin::Kind::kDelta, .piece = 0, .changes = false};
  const auto take = [&](const std::string& text, const PageOrigin& origin) {
    const std::string padded = text + std::string(kChunkPadding, '\0');
    FetchedPage fetched;
    fetched.body = std::string_view(padded).substr(0, text.size());
    pages_.take(fetched, origin);
  };
  take(page({user("a"), user("b")}, ""), listed);
  take(page({user("b")}, ""), listed);
  EXPECT_TRUE(read().doubtful.empty()) << "the same twice is no riddle";
  take(page({other}, ""), listed);
  EXPECT_EQ(read().doubtful, std::vector<std::string>{"a"});
  take(page({user("a")}, ""), later);
  EXPECT_TRUE(read().doubtful.empty()) << "the delta is later than both";
}

TEST_F(GraphPull, AUserChangedAfterItWasRemovedIsDoubtful) {
  const PageOrigin changes{.kind = PageOrigin::Kind::kDelta, .piece = 0, .changes = true};
  const std::string text =
      page({R"({"id":"a","@removed":{"reason":"changed"}})", R"({"id":"a","mail":"a@x"})"}, "");
  const std::string padded = text + std::string(kChunkPadding, '\0');
  FetchedPage fetched;
  fetched.body = std::string_view(padded).substr(0, text.size());
  pages_.take(fetched, changes);
  ASSERT_EQ(read().doubtful, std::vector<std::string>{"a"});
  ScriptedGraph graph([](const std::string& url) -> Answer {
    EXPECT_NE(url.find("id%20eq%20%27a%27"), std::string::npos);
    return {200, page({}, "")};
  });
  PullContext context{graph, pages_, progress_, kRoot, {}, 0};
  reread_users(context, {"a"});
  EXPECT_EQ(read().doubtful, std::vector<std::string>{"a"}) << "not found is not gone: it lags";
  ScriptedGraph later([](const std::string&) -> Answer {
    return {200, page({R"({"id":"a","userPrincipalName":"a@x","mail":"old@x"})"}, "")};
  });
  PullContext again{later, pages_, progress_, kRoot, {}, 0};
  reread_users(again, {"a"});
  EXPECT_TRUE(read().doubtful.empty());
  EXPECT_EQ(read().users, 1U);
}

TEST_F(GraphPull, NamesInAFilterAreQuoted) {
  ScriptedGraph graph([](const std::string&) -> Answer { return {200, page({}, "")}; });
  PullContext context{graph, pages_, progress_, kRoot, {}, 0};
  std::vector<std::string> names(40, "o'brien@x");
  for (std::size_t i = 0; i < 40; i += 2) names[i] = "a&b#" + std::to_string(i);
  read_list(context, 5000, names);
  std::size_t quoted = 0;
  for (const std::string& url : graph.asked) {
    EXPECT_EQ(url.find('#'), std::string::npos) << url;
    if (url.find("o%27%27brien%40x") != std::string::npos) ++quoted;
  }
  EXPECT_GT(quoted, 0U);
}

}  // namespace
}  // namespace trueup
