// SPDX-License-Identifier: Apache-2.0
// Each guard stops above its limit and not at it. Most readings are taken from counts, so that
// floors and percentages can be told apart without ten thousand mailboxes.
#include "engine/guards.h"

#include <gtest/gtest.h>

#include "tests/support/trial.h"

namespace trueup {
namespace {

class GuardCase {
 public:
  SnapshotDescription cloud, ad;
  DiffResult diff;
  Plan plan;
  DiffOptions diff_options;
  std::optional<SnapshotDescription> last_cloud, last_ad;
  std::optional<std::uint64_t> last_in_scope;

  // The one with this name; a guard that is not read has not fired.
  GuardReading read(const std::string& name) const {
    const GuardInputs inputs{cloud, ad, diff, plan, diff_options, last_cloud, last_ad,
                             last_in_scope};
    for (const GuardReading& g : read_guards(inputs, GuardOptions{})) {
      if (g.guard == name) return g;
    }
    return {};
  }
  bool fired(const std::string& name) const { return read(name).fired; }
};

// Sets the count that a guard looks at to `value`, with `matched` mailboxes.
template <typename Set>
bool fires_at(const std::string& name, std::uint64_t matched, std::uint64_t value, Set set) {
  GuardCase c;
  c.diff.matched = c.diff.in_scope = matched;
  set(c, value);
  return c.fired(name);
}

template <typename Set>
void check_limit(const std::string& name, std::uint64_t floor, unsigned per_cent, Set set) {
  EXPECT_FALSE(fires_at(name, 10, floor, set)) << name << " at its floor";
  EXPECT_TRUE(fires_at(name, 10, floor + 1, set)) << name << " over its floor";
  const std::uint64_t many = 1'000'000;
  const std::uint64_t limit = many / 100 * per_cent;
  EXPECT_FALSE(fires_at(name, many, limit, set)) << name << " at its share";
  EXPECT_TRUE(fires_at(name, many, limit + 1, set)) << name << " over its share";
}

TEST(Guards, ChangedOverFiveHundredOrFivePercentStops) {
  check_limit("changed", 500, 5, [](GuardCase& c, std::uint64_t n) { c.plan.mailboxes = n; });
}

TEST(Guards, ClearedAttributeOverOnePercentStops) {
  for (const Attribute a : {Attribute::kMail, Attribute::kProxyAddresses, extension_attribute(3),
                            extension_custom_attribute(5), Attribute::kRecipientTypeDetails}) {
    check_limit("cleared " + std::string(traits(a).name), 50, 1,
                [a](GuardCase& c, std::uint64_t n) {
                  c.plan.counts[static_cast<std::size_t>(index(a))].clear = n;
                });
  }
}

TEST(Guards, ClearsAreCountedAttributeByAttribute) {
  GuardCase c;
  c.diff.matched = 10;
  for (int n = 1; n <= 15; ++n) {
    c.plan.counts[static_cast<std::size_t>(index(extension_attribute(n)))].clear = 50;
  }
  for (int n = 1; n <= 15; ++n) {
    EXPECT_FALSE(c.fired("cleared " + std::string(traits(extension_attribute(n)).name)));
  }
}

TEST(Guards, LosingOverTwoPercentStops) {
  check_limit("losing", 100, 2, [](GuardCase& c, std::uint64_t n) { c.plan.losing = n; });
}

TEST(Guards, ReplacedOverTwoPercentStops) {
  check_limit("replaced", 200, 2, [](GuardCase& c, std::uint64_t n) { c.plan.replaced = n; });
}

TEST(Guards, UnmatchedOverFivePercentStops) {
  check_limit("unmatched", 50, 5, [](GuardCase& c, std::uint64_t n) { c.diff.cloud_only = n; });
}

TEST(Guards, PercentagesAreOfTheMailboxesInScopeAndMatched) {
  GuardCase c;
  c.cloud.mailboxes = c.ad.mailboxes = 1'000'000;
  c.diff.in_scope = 1'000'000;
  c.diff.matched = 20'000;
  c.plan.mailboxes = 1'001;
  EXPECT_TRUE(c.fired("changed"));
  c.plan.mailboxes = 1'000;
  EXPECT_FALSE(c.fired("changed"));
}

TEST(Guards, WithoutHistoryCountsPass) {
  const GuardCase c;
  for (const char* name : {"cloud-count", "graph-count", "exo-count", "ad-count", "scope-count"}) {
    EXPECT_TRUE(c.read(name).no_history) << name;
    EXPECT_FALSE(c.fired(name)) << name;
  }
}

template <typename Set>
void check_floor(const std::string& name, Set set) {
  for (const std::uint64_t last : {10ULL, 1'000ULL, 200'000ULL, 9'999'990ULL}) {
    for (const bool enough : {true, false}) {
      GuardCase c;
      c.last_cloud.emplace();
      c.last_ad.emplace();
      set(c, last, last / 10 * 9 - (enough ? 0 : 1));
      EXPECT_EQ(c.fired(name), !enough) << name << " of " << last;
      EXPECT_FALSE(c.read(name).no_history);
    }
  }
}

TEST(Guards, CountsUnderNinetyPercentOfTheLastAcceptedStop) {
  check_floor("cloud-count", [](GuardCase& c, std::uint64_t last, std::uint64_t now) {
    c.last_cloud->mailboxes = last;
    c.cloud.mailboxes = now;
  });
  check_floor("graph-count", [](GuardCase& c, std::uint64_t last, std::uint64_t now) {
    c.last_cloud->graph_users = last;
    c.cloud.graph_users = now;
  });
  check_floor("exo-count", [](GuardCase& c, std::uint64_t last, std::uint64_t now) {
    c.last_cloud->exo_mailboxes = last;
    c.cloud.exo_mailboxes = now;
  });
  check_floor("ad-count", [](GuardCase& c, std::uint64_t last, std::uint64_t now) {
    c.last_ad->mailboxes = last;
    c.ad.mailboxes = now;
  });
  check_floor("scope-count", [](GuardCase& c, std::uint64_t last, std::uint64_t now) {
    c.last_in_scope = last;
    c.diff.in_scope = now;
  });
}

TEST(Guards, AFeedThatIsMissingThisTimeStops) {
  GuardCase c;
  c.last_cloud.emplace();
  c.last_cloud->exo_mailboxes = 1;
  EXPECT_TRUE(c.fired("exo-count"));
}

TEST(Guards, TimesMoreThanADayApartStop) {
  GuardCase c;
  c.cloud.taken_at = 1'000'000'000;
  c.ad.taken_at = c.cloud.taken_at + 86'400;
  EXPECT_FALSE(c.fired("time-apart"));
  ++c.ad.taken_at;
  EXPECT_TRUE(c.fired("time-apart"));
  std::swap(c.ad.taken_at, c.cloud.taken_at);
  EXPECT_TRUE(c.fired("time-apart"));
}

TEST(Guards, ATimeThatIsNotKnownSaysNothing) {
  GuardCase c;
  c.ad.taken_at = 1'000'000'000;
  EXPECT_FALSE(c.fired("time-apart"));
}

TEST(Guards, AnAttributeUnseenInAdStops) {
  const Attribute a = extension_attribute(7);
  const std::string name = "unseen-in-ad extensionAttribute7";
  GuardCase c;
  EXPECT_FALSE(c.fired(name));
  c.diff.filled_in_cloud.add(a);
  EXPECT_TRUE(c.fired(name));
  c.diff_options.attributes.remove(a);
  EXPECT_FALSE(c.fired(name)) << "not managed";
  c.diff_options.attributes.add(a);
  c.ad.filled[static_cast<std::size_t>(index(a))] = 1;
  EXPECT_FALSE(c.fired(name)) << "seen";
  c.ad.filled.fill(0);
  c.ad.live = true;
  EXPECT_FALSE(c.fired(name)) << "a live read's schema settles it";
}

}  // namespace

namespace world {
namespace {

std::string dn(unsigned n) { return "CN=u" + std::to_string(n) + ",OU=people,DC=corp"; }

// 60 users; the first 51 of them are cleared of one attribute.
World cleared_world(unsigned cleared) {
  World world;
  for (unsigned n = 1; n <= 60; ++n) {
    add_user(world, n, "p" + std::to_string(n) + "@x");
    ad_user(world, n).attributes["extensionAttribute1"] = {"v"};
    if (n > cleared) graph_user(world, n).properties["extensionAttribute1"] = Values{"v"};
  }
  return world;
}

TEST(GuardedRun, StopsWithThePlanWrittenAndTheFirstTenObjectsNamed) {
  Trial trial;
  trial.out = trial.folder() / "plan.ldif";
  const Report report = trial.plan(cleared_world(51));
  const GuardReading& g = guard(report, "cleared extensionAttribute1");
  EXPECT_TRUE(g.fired);
  EXPECT_EQ(g.value, 51U);
  EXPECT_EQ(g.limit, 50U);
  EXPECT_EQ(g.examples.size(), 10U);
  EXPECT_TRUE(report.stopped_by_guard());
  EXPECT_EQ(report.exit_code(), 3);
  EXPECT_FALSE(report.accepted);
  EXPECT_FALSE(report.plan_digest.empty());
  EXPECT_NE(read_file(trial.out).find(dn(1)), std::string::npos);
  EXPECT_FALSE(newest_snapshot(trial.store(), Side::kCloud, true)) << "nothing was accepted";
}

TEST(GuardedRun, PassesAtTheLimitAndAcceptsTheGenerations) {
  Trial trial;
  const Report report = trial.plan(cleared_world(50));
  EXPECT_FALSE(report.stopped_by_guard());
  EXPECT_EQ(report.exit_code(), 0);
  EXPECT_TRUE(newest_snapshot(trial.store(), Side::kCloud, true));
  EXPECT_TRUE(newest_snapshot(trial.store(), Side::kAd, true));
}

TEST(GuardedRun, HistoryIsTheLastAcceptedGeneration) {
  World world;
  for (unsigned n = 1; n <= 20; ++n) add_user(world, n, "p" + std::to_string(n) + "@x");
  World half = world;
  half.graph.resize(10);
  half.exo.resize(10);
  Trial trial;
  EXPECT_TRUE(guard(trial.plan(world), "cloud-count").no_history);
  for (int night = 0; night < 2; ++night) {  // the stopped one does not become the measure
    const Report report = trial.plan(half);
    EXPECT_TRUE(guard(report, "cloud-count").fired);
    EXPECT_TRUE(guard(report, "graph-count").fired);
    EXPECT_TRUE(guard(report, "exo-count").fired);
    EXPECT_TRUE(guard(report, "scope-count").fired);
    EXPECT_FALSE(guard(report, "ad-count").fired);
  }
}

TEST(GuardedRun, InScopeIsComparedWithRunsOfTheSameScope) {
  World world;
  for (unsigned n = 1; n <= 20; ++n) {
    add_user(world, n, "p" + std::to_string(n) + "@x");
    if (n > 5) graph_user(world, n).sync_enabled = false;
  }
  Trial trial;
  trial.plan(world);
  DiffOptions synced;
  synced.scope = ScopeKind::kSynced;
  const Report report = trial.plan(world, synced);
  EXPECT_TRUE(guard(report, "scope-count").no_history);
}

TEST(GuardedRun, AMissingExportStops) {
  World world;
  for (unsigned n = 1; n <= 3; ++n) add_user(world, n, "p" + std::to_string(n) + "@x");
  DiffOptions synced;
  synced.scope = ScopeKind::kSynced;
  Trial trial;
  trial.plan(world, synced);
  world.exo.clear();
  EXPECT_TRUE(guard(trial.plan(world, synced), "exo-count").fired);
}

TEST(GuardedRun, AnAttributeThatNoAdRecordCarriesStops) {
  World world;
  for (unsigned n = 1; n <= 3; ++n) {
    add_user(world, n, "p" + std::to_string(n) + "@x");
    graph_user(world, n).properties["extensionAttribute1"] = Values{"v"};
  }
  Trial trial;
  EXPECT_TRUE(guard(trial.plan(world), "unseen-in-ad extensionAttribute1").fired);
  ad_user(world, 1).attributes["extensionAttribute1"] = {"w"};
  EXPECT_FALSE(has_guard(trial.plan(world), "unseen-in-ad extensionAttribute1"));
}

TEST(GuardedRun, PrefixCaseAloneIsNoLoss) {
  World world;
  for (unsigned n = 1; n <= 150; ++n) {
    const std::string name = "p" + std::to_string(n) + "@x";
    add_user(world, n, name);
    set_ad_addresses(world, n, {"SMTP:" + name, "smtp:s" + name});
    set_cloud_addresses(world, n, {"SMTP:s" + name, "smtp:" + name});
  }
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(guard(report, "losing").value, 0U);
  EXPECT_EQ(guard(report, "replaced").value, 150U);
}

}  // namespace
}  // namespace world
}  // namespace trueup
