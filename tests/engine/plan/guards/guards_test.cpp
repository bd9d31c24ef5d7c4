// SPDX-License-Identifier: Apache-2.0
// Each guard on the plan stops above its limit and not at it, in small tenants and in large ones.
#include "engine/plan/guards/guards.h"

#include <gtest/gtest.h>

#include "tests/engine/plan/guards/guard_case.h"

namespace trueup {
namespace {

// Sets the count that a guard looks at to `value`, with `matched` mailboxes.
template <typename Set>
bool fires_at(const std::string& name, std::uint64_t matched, std::uint64_t value, Set set) {
  GuardCase c;
  c.diff.matched = c.diff.in_scope = matched;
  set(c, value);
  return c.fired(name);
}

/// Limits of small tenants: mailboxes, and how many may be.
using Floors = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
const Floors kFloors = {{3, 3}, {4, 3}, {10, 5}, {30, 10}};
const Floors kSevereFloors = {{3, 3}, {4, 3}, {10, 3}, {30, 7}, {40, 10}};

template <typename Set>
void check_limit(const std::string& name, std::uint64_t count, unsigned per_cent, Set set,
                 const Floors& floors = kFloors) {
  const std::uint64_t both = count * 100 / per_cent;  // count and share are the same
  EXPECT_FALSE(fires_at(name, both, count, set)) << name << " at its count";
  EXPECT_TRUE(fires_at(name, both, count + 1, set)) << name << " over its count";
  for (const auto& [all, limit] : floors) {
    EXPECT_FALSE(fires_at(name, all, limit, set)) << name << " at the floor of " << all;
    EXPECT_TRUE(fires_at(name, all, limit + 1, set)) << name << " over the floor of " << all;
  }
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
  c.diff.matched = 10'000;
  for (int n = 1; n <= 15; ++n) {
    c.plan.counts[static_cast<std::size_t>(index(extension_attribute(n)))].clear = 50;
  }
  c.diff.holders.fill(1000);
  EXPECT_EQ(c.all_fired(), "");
}

TEST(Guards, LosingOverTwoPercentStops) {
  check_limit(
      "losing", 100, 2, [](GuardCase& c, std::uint64_t n) { c.plan.losing = n; }, kSevereFloors);
}

TEST(Guards, ReplacedOverTwoPercentStops) {
  check_limit(
      "replaced", 200, 2, [](GuardCase& c, std::uint64_t n) { c.plan.replaced = n; },
      kSevereFloors);
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

Attribute department() { return extension_attribute(3); }

TEST(Guards, OneValueForAnotherStopsAboveThreePerCent) {
  const auto fires = [](std::uint64_t all, std::uint64_t overwritten) {
    GuardCase c;
    c.diff.matched = all;
    c.diff.holders.fill(all * 10);
    for (std::uint64_t n = 0; n < overwritten; ++n) c.add_change({.overwrites = {department()}});
    return c.fired("overwritten extensionAttribute3");
  };
  EXPECT_FALSE(fires(4, 3));
  EXPECT_TRUE(fires(4, 4));
  EXPECT_FALSE(fires(430, 43));
  EXPECT_TRUE(fires(430, 44));
  EXPECT_FALSE(fires(5'000, 200));
  EXPECT_TRUE(fires(5'000, 201));
  EXPECT_FALSE(fires(100'000, 3'000));
  EXPECT_TRUE(fires(100'000, 3'001));
}

TEST(Guards, MoreThanHalfOfAnAttributesHoldersStop) {
  const auto fired = [](std::uint64_t holders, std::uint64_t lose, bool empty) {
    GuardCase c;
    c.diff.matched = 100'000;
    const auto at = static_cast<std::size_t>(index(department()));
    c.diff.holders[at] = holders;
    for (std::uint64_t n = 0; n < lose; ++n) c.add_change({.rewrites = {department()}});
    if (empty) c.plan.facts.assign(lose, {.clears = {department()}});
    if (empty) c.plan.counts[at].clear = lose;
    return c.fired(empty ? "emptied extensionAttribute3" : "rewritten extensionAttribute3");
  };
  for (const bool empty : {true, false}) {
    EXPECT_TRUE(fired(45, 45, empty)) << "all holders";
    EXPECT_TRUE(fired(45, 23, empty));
    EXPECT_FALSE(fired(45, 22, empty)) << "half of them";
    EXPECT_FALSE(fired(3, 3, empty)) << "a few";
    EXPECT_TRUE(fired(4, 4, empty));
    EXPECT_FALSE(fired(4, 3, empty));
  }
}

TEST(Guards, TypesThatBecomeOthersStop) {
  GuardCase c;
  c.diff.matched = 30;
  for (int n = 0; n < 7; ++n) c.add_change({.retypes = true});
  EXPECT_FALSE(c.fired("types"));
  c.add_change({.retypes = true});
  EXPECT_TRUE(c.fired("types"));
}

TEST(Guards, OneValueForManyStopsAndIsNamed) {
  GuardCase c;
  c.diff.matched = 430;
  c.plan.same_value[static_cast<std::size_t>(index(department()))] = {44, "#REF!"};
  const GuardReading reading = c.read("same-value extensionAttribute3");
  EXPECT_TRUE(reading.fired);
  EXPECT_NE(reading.meaning.find("'#REF!'"), std::string::npos);
}

TEST(Guards, LostCharactersStop) {
  GuardCase c;
  c.diff.matched = 430;
  for (unsigned n = 1; n <= 11; ++n) {
    Change change;
    change.anchor = Anchor::from_bytes(world::guid_octets(n));
    change.dn = "CN=u,DC=corp";
    Rejected r{change.anchor, Refusal::kLostCharacters, Hold::kNone, "M?ller", {}};
    encode(change, r.change);
    c.plan.rejected.push_back(r);
    EXPECT_EQ(c.fired("lost-characters"), n > 10) << n;
  }
}

std::vector<PlanFact> facts(unsigned first, unsigned last, PlanFact like) {
  std::vector<PlanFact> all;
  for (unsigned n = first; n <= last; ++n) {
    like.anchor = fact(n).anchor;
    all.push_back(like);
  }
  merge_facts(all);
  return all;
}

TEST(Guards, NightsThatAddUpStop) {
  PlanFact overwritten;
  overwritten.overwrites = AttributeSet{department()}.bits();
  GuardCase c;
  c.diff.matched = 100;
  const std::string name = "creep overwritten extensionAttribute3";
  c.history.written = facts(1, 8, overwritten);
  c.plan.by_mailbox = facts(5, 12, overwritten);
  EXPECT_EQ(c.read(name).value, 12U) << "distinct mailboxes";
  EXPECT_EQ(c.read(name).limit, 12U);
  EXPECT_FALSE(c.fired(name));
  c.plan.by_mailbox = facts(5, 13, overwritten);
  EXPECT_TRUE(c.fired(name));
  c.plan.by_mailbox = facts(11, 20, {});
  EXPECT_FALSE(c.fired(name)) << "this plan adds nothing of the kind";
  c.plan.by_mailbox = facts(1, 60, overwritten);
  c.history.written.clear();
  EXPECT_FALSE(c.fired(name)) << "nothing before it: the guards of a night are for that";
}

TEST(Guards, ChangesOfAllKindsMayAddUpToThirtyPerCent) {
  GuardCase c;
  c.diff.matched = 10'000;
  c.history.written = facts(1, 2'500, {});
  c.plan.by_mailbox = facts(2'501, 3'000, {});
  EXPECT_FALSE(c.fired("creep changed"));
  c.plan.by_mailbox = facts(2'501, 3'001, {});
  EXPECT_TRUE(c.fired("creep changed"));
}

TEST(Guards, WhatOneNightMayDoSeveralMayToo) {
  PlanFact overwritten;
  overwritten.overwrites = AttributeSet{department()}.bits();
  const std::string name = "creep overwritten extensionAttribute3";
  for (const auto& [all, limit] : {std::pair<std::uint64_t, std::uint64_t>{10, 5},
                                   {30, 8},
                                   {40, 10},
                                   {100, 12},
                                   {430, 51},
                                   {5'000, 600},
                                   {200'000, 18'000}}) {
    GuardCase c;
    c.diff.matched = all;
    c.history.written = facts(1, 1, overwritten);
    c.plan.by_mailbox = facts(2, 2, overwritten);
    EXPECT_EQ(c.read(name).limit, limit) << all;
  }
}

TEST(Guards, CreepCountsEachKindForItself) {
  PlanFact losing, replaced, types, cleared;
  losing.kinds = kFactLosing;
  replaced.kinds = kFactReplaced;
  types.kinds = kFactTypes;
  cleared.clears = AttributeSet{department()}.bits();
  for (const auto& [like, name] : {std::pair<PlanFact, std::string>{losing, "creep losing"},
                                   {replaced, "creep replaced"},
                                   {types, "creep types"},
                                   {cleared, "creep cleared extensionAttribute3"}}) {
    GuardCase c;
    c.diff.matched = 100;
    c.history.written = facts(1, 8, like);
    c.plan.by_mailbox = facts(9, 16, like);
    EXPECT_EQ(c.all_fired(), name);
  }
}

TEST(Guards, EachNamesItsSettingWhenItFires) {
  for (const GuardLimit& limit : guard_limits())
    EXPECT_EQ(setting_of(limit.key.substr(7)), limit.key);
  EXPECT_EQ(setting_of("input-age graph"), "guards.max_input_age");
  EXPECT_EQ(setting_of("cleared mail"), "guards.cleared");
  EXPECT_EQ(setting_of("creep cleared mail"), "guards.creep");
  EXPECT_EQ(setting_of("time-apart"), "guards.time_apart");
  GuardCase c;
  c.plan.mailboxes = 1'000'000;
  EXPECT_EQ(c.read("changed").remedy, "set by guards.changed");
}

TEST(Guards, AnOperatorsLimitOfZeroStopsAtOne) {
  GuardCase c;
  c.options.changed = {0, 0};
  c.plan.mailboxes = 1;
  c.diff.matched = 100;
  EXPECT_TRUE(c.fired("changed"));
}

}  // namespace
}  // namespace trueup
