// SPDX-License-Identifier: Apache-2.0
// What the reads make of odd answers, over a PageFetcher that says what the test wants.
#include "engine/load/cloud/delta_read.h"

#include <gtest/gtest.h>

#include <deque>
#include <functional>

#include "engine/load/cloud/list_read.h"
#include "engine/load/cloud/unsettled_users.h"
#include "snapshots/model/errors.h"
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
    if (asked.size() > kFarTooMany) throw std::runtime_error("it does not end");
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

  static constexpr std::size_t kFarTooMany = 20'000;
  std::vector<std::string> asked;
  int repeated = 0;

 private:
  std::function<Answer(const std::string& url)> answer_;
  std::deque<PageRequest> open_;
  PageRequest last_;
  FetchCounts counts_;
};

class DeltaRead : public testing::Test {
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
    ReadContext context{graph, pages_, progress_, kRoot, {}, 0};
    return follow_delta(context, kRoot + "/users/delta",
                        changes ? DeltaKind::kSinceGeneration : DeltaKind::kAll);
  }
  ReadSoFar read() {
    pages_.flush();
    return find_unsettled(by_id_, pages_, true);
  }

  TempFolder folder_;
  BlockPool pool_{std::size_t{16} << 20};
  Spool by_id_{pool_, folder_.path()};
  Progress progress_;
  PageIngest pages_{by_id_, nullptr, progress_};
};

TEST_F(DeltaRead, FollowsADeltaOverAnEmptyPageToItsEnd) {
  ScriptedGraph graph([](const std::string& url) -> Answer {
    if (url.ends_with("/delta")) return {200, page({user("a")}, next(kRoot + "/2"))};
    if (url.ends_with("/2")) return {200, page({}, next(kRoot + "/3"))};
    return {200, page({user("b"), user("a")}, delta(kRoot + "/end"))};
  });
  EXPECT_EQ(follow(graph), kRoot + "/end");
  EXPECT_EQ(read().users, 2U);
}

TEST_F(DeltaRead, ALinkToAnotherHostIsNotFollowed) {
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

TEST_F(DeltaRead, AReadThatDoesNotEndIsEnded) {
  ScriptedGraph same([](const std::string&) -> Answer {
    return {200, page({user("a")}, next(kRoot + "/users/delta"))};
  });
  EXPECT_THROW(follow(same), SourceError);
  ScriptedGraph without([](const std::string&) -> Answer { return {200, page({}, "")}; });
  EXPECT_THROW(follow(without), SourceError) << "a page with neither link";
}

/// A next page each time, of another name, with the users that `users_of` gives for its number.
class Endless : public ScriptedGraph {
 public:
  explicit Endless(std::function<std::vector<std::string>(std::size_t number)> users_of)
      : ScriptedGraph([this, users_of](const std::string&) -> Answer {
          std::string text = "{\"value\":[";
          for (const std::string& user : users_of(asked.size())) {
            text += std::string(text.ends_with('[') ? "" : ",") + user;
          }
          return {200, text + "],\"@odata.nextLink\":\"" + kRoot +
                           "/users?$skiptoken=" + std::to_string(asked.size()) + "\"}"};
        }) {}
};

TEST_F(DeltaRead, PagesWithoutAnythingNewAreNotFollowedForEver) {
  const std::vector<std::function<std::vector<std::string>(std::size_t)>> kinds = {
      [](std::size_t) {
        return std::vector<std::string>{user("a"), user("b")};
      },
      [](std::size_t n) { return std::vector<std::string>{user("u" + std::to_string(n % 7))}; },
      // What is said of the user changes, and it is the same one.
      [](std::size_t n) {
        return std::vector<std::string>{R"({"id":"a","mail":")" + std::to_string(n) + R"(@x"})"};
      },
      [](std::size_t) { return std::vector<std::string>{}; },
      [](std::size_t n) {
        return std::vector<std::string>(n % 2, R"({"id":"a","@removed":{"reason":"changed"}})");
      }};
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    SCOPED_TRACE(kind);
    const auto expect_end = [&](const auto& read) {
      Endless graph(kinds[kind]);
      try {
        read(graph);
        ADD_FAILURE() << "it must not be taken for an end";
      } catch (const SourceError& error) {
        const std::string text = error.what();
        EXPECT_NE(text.find("without an end"), std::string::npos) << text;
        EXPECT_NE(text.find("nothing was taken over"), std::string::npos) << text;
        EXPECT_NE(text.find("request-id r"), std::string::npos) << text;
      } catch (const std::runtime_error& error) {
        ADD_FAILURE() << error.what();
      }
      EXPECT_GT(graph.asked.size(), 50U) << "Graph may repeat itself a little";
    };
    expect_end([&](ScriptedGraph& graph) { follow(graph); });
    expect_end([&](ScriptedGraph& graph) { follow(graph, true); });
    if (kind == 4) continue;  // a list has no such records
    expect_end([&](ScriptedGraph& graph) {
      ReadContext context{graph, pages_, progress_, kRoot, {}, 0};
      read_list(context, 10, {});
    });
  }
}

TEST_F(DeltaRead, ManyUsersAndAFewEmptyPagesAreProgress) {
  constexpr std::size_t kPages = 6'000;
  ScriptedGraph* asked = nullptr;
  ScriptedGraph graph([&](const std::string&) -> Answer {
    const std::size_t n = asked->asked.size();
    if (n == kPages) return {200, page({}, delta(kRoot + "/end"))};
    // One user a page, each told thrice, then a while of none.
    const bool none = n % 1000 < 300;
    return {200, page(none ? std::vector<std::string>{}
                           : std::vector<std::string>{user("u" + std::to_string(n / 3))},
                      next(kRoot + "/users/delta?$skiptoken=" + std::to_string(n)))};
  });
  asked = &graph;
  EXPECT_EQ(follow(graph), kRoot + "/end");
}

TEST_F(DeltaRead, ABodyThatIsNoPageIsAskedForAgainAndNothingOfItIsTaken) {
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

TEST_F(DeltaRead, TokensThatAreNoUseAskForAFullRead) {
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

TEST_F(DeltaRead, AKeptDeltaLinkThatIsRefusedAsksForAFullRead) {
  const std::string kept = kRoot + "/users/delta?$deltatoken=kept";
  for (const Answer& answer :
       {Answer{403, R"({"error":{"code":"Authorization_RequestDenied"}})"},
        Answer{404, R"({"error":{"code":"Request_ResourceNotFound"}})"},
        Answer{501, R"({"error":{"code":"NotImplemented"}})"},
        Answer{400, R"({"error":{"code":"Request_BadRequest","message":"Badly formed"}})"}}) {
    ScriptedGraph graph([&](const std::string&) { return answer; });
    ReadContext context{graph, pages_, progress_, kRoot, {}, 0};
    EXPECT_THROW(follow_delta(context, kept, DeltaKind::kSinceGeneration), ResyncNeeded)
        << answer.status;
    // Of a next page it is a refusal as any other.
    if (answer.status == 400) continue;
    ScriptedGraph later([&](const std::string& url) -> Answer {
      if (url != kept) return answer;
      return {200, page({user("a")}, next(kRoot + "/users/delta?$skiptoken=2"))};
    });
    ReadContext other{later, pages_, progress_, kRoot, {}, 0};
    EXPECT_THROW(follow_delta(other, kept, DeltaKind::kSinceGeneration), SourceError)
        << answer.status;
  }
}

/// The token of the second page has expired, the first `times` times.
class Expiring : public ScriptedGraph {
 public:
  Expiring(int times, std::string last)
      : ScriptedGraph([this, times, last](const std::string& url) -> Answer {
          if (url.find("skiptoken") == std::string::npos) {
            return {200, R"({"value":[{"id":"a","userPrincipalName":"a@x"}],"@odata.nextLink":")" +
                             kRoot + R"(/users/delta?$skiptoken=2"})"};
          }
          if (++refused <= times) {
            return {400, R"({"error":{"code":"Directory_ExpiredPageToken","message":"expired"}})"};
          }
          return {200, R"({"value":[{"id":"b","userPrincipalName":"b@x"}])" + last + "}"};
        }) {}
  int refused = 0;
};

TEST_F(DeltaRead, AnExpiredTokenOfANextPageBeginsTheChangesAgain) {
  const std::string kept = kRoot + "/users/delta?$deltatoken=kept";
  for (const DeltaKind kind : {DeltaKind::kSinceGeneration, DeltaKind::kSinceToken}) {
    Expiring graph(2, "," + delta(kRoot + "/end"));
    std::vector<std::string> warnings;
    ReadContext context{graph, pages_, progress_, kRoot, {}, 0, &warnings};
    EXPECT_EQ(follow_delta(context, kept, kind), kRoot + "/end");
    EXPECT_EQ(graph.asked.size(), 6U);
    ASSERT_EQ(warnings.size(), 2U);
    EXPECT_NE(warnings[0].find("Directory_ExpiredPageToken"), std::string::npos) << warnings[0];
    Expiring never(1'000'000, "");
    ReadContext again{never, pages_, progress_, kRoot, {}, 0, &warnings};
    EXPECT_THROW(follow_delta(again, kept, kind), ResyncNeeded);
    EXPECT_LT(never.asked.size(), 20U);
  }
}

TEST_F(DeltaRead, AnExpiredTokenInADeltaOfAllUsersBeginsAllAgain) {
  Expiring graph(1, "," + delta(kRoot + "/end"));
  EXPECT_THROW(follow(graph), ResyncNeeded) << "users that are deleted meanwhile would stay";
}

TEST_F(DeltaRead, AnExpiredTokenOfANextPageBeginsThatPartOfTheListAgain) {
  Expiring graph(2, "");
  std::vector<std::string> warnings;
  ReadContext context{graph, pages_, progress_, kRoot, {}, 0, &warnings};
  read_list(context, 2, {"a@x", "b@x"});
  EXPECT_EQ(read().users, 2U);
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_NE(warnings[0].find("Directory_ExpiredPageToken"), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[0].find("read again"), std::string::npos) << warnings[0];
  Expiring never(1'000'000, "");
  ReadContext again{never, pages_, progress_, kRoot, {}, 0, &warnings};
  EXPECT_THROW(read_list(again, 2, {"a@x", "b@x"}), SourceError);
  EXPECT_LT(never.asked.size(), 20U);
}

TEST_F(DeltaRead, AUserSeenTwiceDifferentlyIsDoubtfulUnlessTheDeltaHasIt) {
  const std::string other = R"({"id":"a","userPrincipalName":"z@x"})";
  const PageOrigin listed{.kind = PageOrigin::Kind::kListed, .range = 0, .changes = false};
  const PageOrigin later{.kind = PageOrigin::Kind::kDelta, .range = 0, .changes = false};
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

TEST_F(DeltaRead, AUserChangedAfterItWasRemovedIsDoubtful) {
  const PageOrigin changes{.kind = PageOrigin::Kind::kDelta, .range = 0, .changes = true};
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
  ReadContext context{graph, pages_, progress_, kRoot, {}, 0};
  reread_users(context, {"a"});
  EXPECT_EQ(read().doubtful, std::vector<std::string>{"a"}) << "not found is not gone: it lags";
  ScriptedGraph later([](const std::string&) -> Answer {
    return {200, page({R"({"id":"a","userPrincipalName":"a@x","mail":"old@x"})"}, "")};
  });
  ReadContext again{later, pages_, progress_, kRoot, {}, 0};
  reread_users(again, {"a"});
  EXPECT_TRUE(read().doubtful.empty());
  EXPECT_EQ(read().users, 1U);
}

TEST_F(DeltaRead, NamesInAFilterAreQuoted) {
  ScriptedGraph graph([](const std::string&) -> Answer { return {200, page({}, "")}; });
  ReadContext context{graph, pages_, progress_, kRoot, {}, 0};
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
