// SPDX-License-Identifier: Apache-2.0
// The guards on what was loaded: against the last accepted load, and by itself.
#include "engine/plan/guards/input_guards.h"

#include <gtest/gtest.h>

#include "engine/plan/guards/kept_settings.h"
#include "tests/engine/plan/guards/guard_case.h"

namespace trueup {
namespace {

TEST(Guards, WithoutHistoryCountsPass) {
  const GuardCase c;
  for (const char* name :
       {"cloud-count", "graph-count", "exo-count", "ad-count", "scope-count", "others-count",
        "protection-count adminCount", "held-count adminCount", "held-count on-premises"}) {
    EXPECT_TRUE(c.read(name).no_history) << name;
    EXPECT_FALSE(c.fired(name)) << name;
  }
}

template <typename Set>
void check_drop(const std::string& name, Set set) {
  for (const auto& [last, least] : {std::pair<std::uint64_t, std::uint64_t>{1, 1},
                                    {3, 1},
                                    {4, 1},
                                    {10, 7},
                                    {30, 27},
                                    {1'000, 900},
                                    {200'000, 180'000}}) {
    for (const bool enough : {true, false}) {
      GuardCase c;
      c.add_history();
      set(c, last, least - (enough ? 0 : 1));
      EXPECT_EQ(c.fired(name), !enough) << name << " of " << last;
      EXPECT_FALSE(c.read(name).no_history);
    }
  }
}

TEST(Guards, FewerByMoreThanThreeAndTenPerCentOrNoneLeftStop) {
  check_drop("cloud-count", [](GuardCase& c, std::uint64_t last, std::uint64_t now) {
    c.history.cloud->mailboxes = last;
    c.cloud.mailboxes = now;
  });
  check_drop("graph-count", [](GuardCase& c, std::uint64_t last, std::uint64_t now) {
    c.history.cloud->graph_users = last;
    c.cloud.graph_users = now;
  });
  check_drop("exo-count", [](GuardCase& c, std::uint64_t last, std::uint64_t now) {
    c.history.cloud->exo_mailboxes = last;
    c.cloud.exo_mailboxes = now;
  });
  check_drop("ad-count", [](GuardCase& c, std::uint64_t last, std::uint64_t now) {
    c.history.ad->mailboxes = last;
    c.ad.mailboxes = now;
  });
  check_drop("scope-count", [](GuardCase& c, std::uint64_t last, std::uint64_t now) {
    c.history.run->in_scope = last;
    c.diff.in_scope = now;
  });
  check_drop("others-count", [](GuardCase& c, std::uint64_t last, std::uint64_t now) {
    c.history.ad->carriers[static_cast<int>(Carried::kOtherHolder)] = last;
    c.ad.carriers[static_cast<int>(Carried::kOtherHolder)] = now;
  });
  for (const Carried carried : {Carried::kAdminCount, Carried::kHome, Carried::kConsistencyGuid}) {
    check_drop("protection-count " + std::string(to_string(carried)),
               [carried](GuardCase& c, std::uint64_t last, std::uint64_t now) {
                 c.history.ad->carriers[static_cast<std::size_t>(carried)] = last;
                 c.ad.carriers[static_cast<std::size_t>(carried)] = now;
               });
  }
  check_drop("held-count adminCount", [](GuardCase& c, std::uint64_t last, std::uint64_t now) {
    c.history.ad->protected_admins = last;
    c.ad.protected_admins = now;
  });
  check_drop("held-count on-premises", [](GuardCase& c, std::uint64_t last, std::uint64_t now) {
    c.history.ad->on_premises = last;
    c.ad.on_premises = now;
  });
  check_drop("held-count OU=Board,DC=x", [](GuardCase& c, std::uint64_t last, std::uint64_t now) {
    c.history.excluded = {{"OU=Board,DC=x", now, last}};
  });
}

TEST(Guards, AFeedThatIsMissingThisTimeStops) {
  GuardCase c;
  c.add_history();
  c.history.cloud->exo_mailboxes = 1;
  EXPECT_TRUE(c.fired("exo-count"));
}

TEST(Guards, ManyMoreInScopeStopUnlessAListNamesThem) {
  for (const auto& [last, most] : {std::pair<std::uint64_t, std::uint64_t>{0, 3},
                                   {10, 15},
                                   {30, 40},
                                   {430, 473},
                                   {5'000, 5'500}}) {
    GuardCase c;
    c.add_history();
    c.history.run->in_scope = last;
    c.diff.in_scope = most;
    EXPECT_FALSE(c.fired("scope-growth")) << most << " after " << last;
    c.diff.in_scope = most + 1;
    EXPECT_TRUE(c.fired("scope-growth")) << most + 1 << " after " << last;
    c.diff_options.scope = ScopeKind::kList;
    EXPECT_FALSE(c.fired("scope-growth"));
  }
}

TEST(Guards, ANightlyJobWithoutHistoryStops) {
  GuardCase c;
  EXPECT_FALSE(c.fired("no-history")) << "a plan says so and passes";
  c.history.required = true;
  EXPECT_TRUE(c.fired("no-history"));
  c.add_history();
  EXPECT_FALSE(c.fired("no-history"));
}

TEST(Guards, AnObjectThatIsOlderThanInTheLastLoadStops) {
  const Anchor one = fact(1).anchor, two = fact(2).anchor;
  GuardCase c;
  c.add_history();
  c.history.cloud->exo.digest = "before";
  c.history.cloud->exo.newest = {{one, kNow}, {two, kNow - 9 * kDay}};
  c.cloud.exo.newest = {{one, kNow - kDay}};
  c.cloud.exo.watched = {{one, kNow - kDay}};
  EXPECT_FALSE(c.fired("older-than-last exo")) << "by a day";
  c.cloud.exo.watched = {{one, kNow - kDay - 1}};
  EXPECT_TRUE(c.fired("older-than-last exo"));
  c.cloud.exo.watched = {{two, kNow - 11 * kDay}};
  EXPECT_TRUE(c.fired("older-than-last exo")) << "the second newest is the one that tells";
  c.cloud.exo.watched = {};
  c.cloud.exo.newest = {{fact(3).anchor, kNow - 2 * kDay}};
  EXPECT_TRUE(c.fired("older-than-last exo")) << "those that came last are not there yet";
}

TEST(Guards, AFeedWithoutTimesSaysThatItCannotTell) {
  GuardCase c;
  c.add_history();
  c.history.cloud->graph.digest = "before";
  EXPECT_FALSE(c.fired("older-than-last graph"));
  EXPECT_FALSE(c.read("older-than-last graph").cannot_tell.empty());
}

TEST(Guards, AFeedThatToldTimesAndTellsNoneStops) {
  GuardCase c;
  c.add_history();
  c.history.ad->ad.newest = {{fact(1).anchor, kNow}};
  EXPECT_TRUE(c.fired("older-than-last ad"));
  c.ad.ad.newest = {{fact(2).anchor, kNow}};
  EXPECT_FALSE(c.fired("older-than-last ad"));
}

TEST(Guards, ADomainControllerThatWasPutBackStops) {
  GuardCase c;
  c.add_history();
  c.ad.invocation_id = c.history.ad->invocation_id = "same";
  c.ad.committed_usn = 999;
  c.history.ad->committed_usn = 1000;
  EXPECT_TRUE(c.fired("older-than-last ad"));
  c.ad.committed_usn = 1000;
  EXPECT_FALSE(c.fired("older-than-last ad"));
  c.ad.committed_usn = 5;
  c.ad.invocation_id = "another";
  EXPECT_FALSE(c.fired("older-than-last ad")) << "another one counts for itself";
}

TEST(Guards, AFeedThatWasThereBeforeStops) {
  GuardCase c;
  c.add_history();
  c.history.again = {{"graph", 7, kNow - 30 * kDay, 10, 430}};
  EXPECT_FALSE(c.fired("older-than-last graph"));
  c.history.again[0].differing = 11;
  EXPECT_TRUE(c.fired("older-than-last graph"));
}

TEST(Guards, AnOldInputStopsAndOneFromTheFutureToo) {
  for (FeedFacts SnapshotDescription::*feed :
       {&SnapshotDescription::graph, &SnapshotDescription::exo}) {
    const std::string name =
        feed == &SnapshotDescription::graph ? "input-age graph" : "input-age exo";
    GuardCase c;
    EXPECT_FALSE(c.fired(name)) << "read live";
    (c.cloud.*feed).dated = kNow - kDay;
    EXPECT_FALSE(c.fired(name));
    (c.cloud.*feed).dated = kNow - kDay - 1;
    EXPECT_TRUE(c.fired(name));
    (c.cloud.*feed).dated = kNow + kDay + 1;
    EXPECT_TRUE(c.fired(name)) << "a clock is wrong";
  }
  GuardCase c;
  c.ad.ad.dated = kNow - kDay - 1;
  EXPECT_TRUE(c.fired("input-age ad"));
}

TEST(Guards, AnInputThatCarriesNoProtectionStopsUntilThatIsAccepted) {
  for (int i = 0; i < kCarriedCount; ++i) {
    const auto carried = static_cast<Carried>(i);
    const std::string name = "unseen-protection " + std::string(to_string(carried));
    GuardCase c;
    EXPECT_EQ(c.all_fired(), "");
    c.ad.carriers[static_cast<std::size_t>(i)] = 0;
    EXPECT_EQ(c.all_fired(), name);
    c.ad.settled = std::uint64_t{1} << i;
    EXPECT_EQ(c.all_fired(), "") << "the server has it elsewhere";
    c.ad.settled = 0;
    c.history.unprotected[std::string(to_string(carried))] = kNow;
    EXPECT_EQ(c.all_fired(), "");
  }
}

TEST(Guards, ALiveReadThatSeesNoneOfItsCarriersAnyMoreStopsWhateverIsElsewhere) {
  GuardCase c;
  c.add_history();
  c.ad.live = c.history.ad->live = true;
  c.history.ad->carriers[0] = 40;
  c.ad.carriers[0] = 0;
  c.ad.settled = 1;
  EXPECT_TRUE(c.fired("protection-count adminCount"));
  c.history.ad->live = false;
  EXPECT_FALSE(c.fired("protection-count adminCount")) << "an export had those of groups, too";
}

TEST(Guards, AProtectionThatNoSettingRestsOnIsNotMissed) {
  GuardCase c;
  c.ad.carriers.fill(0);
  c.diff_options.protect_admin_count = false;
  c.diff_options.allow_on_prem_mailboxes = true;
  c.diff_options.attributes = kExtensionAttributes;
  EXPECT_EQ(c.all_fired(), "unseen-protection mS-DS-ConsistencyGuid") << "the join rests on it";
}

TEST(Guards, SettingsThatProtectLessThanLastTimeStop) {
  GuardCase c;
  c.add_history();
  DiffOptions diff;
  diff.exclude = {"OU=Board,DC=x"};
  c.history.run->settings = KeptSettings(LoadOptions{}, diff, c.options).text();
  c.history.settings = KeptSettings(LoadOptions{}, diff, c.options);
  EXPECT_FALSE(c.fired("settings-loosened"));
  c.history.settings = KeptSettings(LoadOptions{}, DiffOptions{}, c.options);
  const GuardReading reading = c.read("settings-loosened");
  EXPECT_TRUE(reading.fired);
  ASSERT_EQ(reading.examples.size(), 1U);
  EXPECT_NE(reading.examples[0].find("OU=Board,DC=x"), std::string::npos);
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
  c.plan.counts[static_cast<std::size_t>(index(a))].add = 1;
  EXPECT_TRUE(c.fired(name));
  c.ad.filled[static_cast<std::size_t>(index(a))] = 1;
  EXPECT_FALSE(c.fired(name)) << "seen";
  c.ad.filled.fill(0);
  c.ad.live = true;
  EXPECT_FALSE(c.fired(name)) << "a live read's schema settles it";
}

}  // namespace
}  // namespace trueup
