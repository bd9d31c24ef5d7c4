// SPDX-License-Identifier: Apache-2.0
// Mailboxes that take addresses from each other in a circle.
#include <gtest/gtest.h>

#include "engine/plan/plan.h"
#include "tests/support/ldap_model.h"
#include "tests/support/trial.h"

namespace trueup::world {
namespace {

std::string dn(unsigned n) { return "CN=u" + std::to_string(n) + ",OU=people,DC=corp"; }

World users(unsigned count) {
  World world;
  for (unsigned n = 1; n <= count; ++n) add_user(world, n, "p" + std::to_string(n) + "@x");
  return world;
}

// User n has secondary sN, and takes that of the next one, in a circle.
World circle_of_secondaries(unsigned count) {
  World world = users(count);
  for (unsigned n = 1; n <= count; ++n) {
    const std::string primary = "SMTP:p" + std::to_string(n) + "@x";
    set_ad_addresses(world, n, {primary, "smtp:s" + std::to_string(n) + "@x"});
    set_cloud_addresses(world, n, {primary, "smtp:s" + std::to_string(n % count + 1) + "@x"});
  }
  return world;
}

// Applies the records one by one; nobody may ever take what another still has.
World applied(const World& world, const std::vector<ChangeRecord>& plan) {
  World then = world;
  for (const ChangeRecord& r : plan) {
    EXPECT_EQ(modify(r, then), "");
    for (const auto& [address, dns] : holders_of(then)) {
      EXPECT_EQ(dns.size(), 1U) << address << " after change " << r.number;
    }
  }
  return then;
}

TEST(PlanCycles, ACycleOfTwoIsCutIntoTwoRecordsOfOneObject) {
  const World world = circle_of_secondaries(2);
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_TRUE(report.plan->rejected.empty());
  EXPECT_EQ(report.plan->mailboxes, 2U);
  const auto plan = parse_plan(trial.plan_text(report));
  ASSERT_EQ(plan.size(), 3U);
  EXPECT_EQ(plan[0].dn, plan[2].dn);
  ASSERT_EQ(plan[0].modifications.size(), 1U);
  EXPECT_EQ(plan[0].modifications[0].operation, "delete") << "gives its secondary up first";
  EXPECT_EQ(plan[1].after, std::vector<unsigned>{1});
  EXPECT_EQ(plan[2].after, (std::vector<unsigned>{1, 2})) << "an edge to its own first record";
  Trial again;
  EXPECT_TRUE(again.plan(applied(world, plan)).plan->changes.empty());
}

TEST(PlanCycles, ACycleOfThreeIsCutOnce) {
  const World world = circle_of_secondaries(3);
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(report.plan->mailboxes, 3U);
  const auto plan = parse_plan(trial.plan_text(report));
  EXPECT_EQ(plan.size(), 4U);
  Trial again;
  EXPECT_TRUE(again.plan(applied(world, plan)).plan->changes.empty());
}

TEST(PlanCycles, ACycleOfPrimariesAloneIsRefused) {
  for (const unsigned count : {2U, 3U}) {
    World world = users(count);
    for (unsigned n = 1; n <= count; ++n) {
      set_cloud_addresses(world, n, {"SMTP:p" + std::to_string(n % count + 1) + "@x"});
      exo_mailbox(world, n).properties["CustomAttribute1"] = Values{"v"};
    }
    Trial trial;
    const Report report = trial.plan(world);
    const Planned p = planned_of(report);
    for (unsigned n = 1; n <= count; ++n) {
      EXPECT_EQ(p.refused.at({dn(n), "proxyAddresses"}), "primary-cycle");
      EXPECT_EQ(p.refused.at({dn(n), "mail"}), "primary-cycle");
      EXPECT_TRUE(p.planned.at(dn(n)).contains("extensionAttribute1"));
    }
    EXPECT_EQ(report.plan->changes.size(), count) << "other edits go on";
  }
}

TEST(PlanCycles, ACycleOfAPrimaryAndASecondaryIsCutAtTheSecondary) {
  World world = users(2);
  // 1 takes p2, the primary of 2; 2 takes s1, a secondary of 1.
  set_ad_addresses(world, 1, {"SMTP:p1@x", "smtp:s1@x"});
  set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:p2@x"});
  set_cloud_addresses(world, 2, {"SMTP:s1@x"});
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_TRUE(report.plan->rejected.empty());
  const auto plan = parse_plan(trial.plan_text(report));
  ASSERT_EQ(plan.size(), 3U);
  EXPECT_EQ(plan[0].dn, dn(1));
  Trial again;
  EXPECT_TRUE(again.plan(applied(world, plan)).plan->changes.empty());
}

TEST(PlanCycles, ASecondaryThatIsAlsoMailIsNotCut) {
  World world = users(2);
  // What 2 takes is a secondary of 1, but also its mail: it cannot go ahead of the rest.
  for (unsigned n : {1U, 2U}) {
    const std::string own = "s" + std::to_string(n) + "@x";
    const std::string other = "s" + std::to_string(3 - n) + "@x";
    const std::string primary = "SMTP:p" + std::to_string(n) + "@x";
    set_ad_addresses(world, n, {primary, "smtp:" + own});
    ad_user(world, n).attributes["mail"] = {own};
    set_cloud_addresses(world, n, {primary, "smtp:" + other});
  }
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_TRUE(report.plan->changes.empty());
  for (unsigned n : {1U, 2U}) {
    EXPECT_EQ(planned_of(report).refused.at({dn(n), "proxyAddresses"}), "primary-cycle");
  }
}

TEST(PlanCycles, TakersOfARefusedCycleDependOnIt) {
  World world = users(3);
  set_ad_addresses(world, 1, {"SMTP:p1@x", "smtp:s@x"});
  set_cloud_addresses(world, 1, {"SMTP:p2@x"});
  set_cloud_addresses(world, 2, {"SMTP:p1@x"});
  set_cloud_addresses(world, 3, {"SMTP:p3@x", "smtp:s@x"});
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_EQ(planned_of(report).refused.at({dn(1), "proxyAddresses"}), "primary-cycle");
  EXPECT_EQ(planned_of(report).refused.at({dn(3), "proxyAddresses"}), "depends-on");
}

TEST(PlanCycles, TwoCyclesThroughOneMailboxAreBothCut) {
  World world = users(3);
  // 1 swaps secondaries with 2 and with 3.
  set_ad_addresses(world, 1, {"SMTP:p1@x", "smtp:a@x", "smtp:b@x"});
  set_ad_addresses(world, 2, {"SMTP:p2@x", "smtp:c@x"});
  set_ad_addresses(world, 3, {"SMTP:p3@x", "smtp:d@x"});
  set_cloud_addresses(world, 1, {"SMTP:p1@x", "smtp:c@x", "smtp:d@x"});
  set_cloud_addresses(world, 2, {"SMTP:p2@x", "smtp:a@x"});
  set_cloud_addresses(world, 3, {"SMTP:p3@x", "smtp:b@x"});
  Trial trial;
  const Report report = trial.plan(world);
  EXPECT_TRUE(report.plan->rejected.empty());
  const auto plan = parse_plan(trial.plan_text(report));
  Trial again;
  EXPECT_TRUE(again.plan(applied(world, plan)).plan->changes.empty());
}

TEST(PlanCycles, AMailboxOfTwoRecordsCountsOnce) {
  const World world = circle_of_secondaries(2);
  Trial trial;
  const Report report = trial.plan(world);
  const auto& c = report.plan->counts[static_cast<std::size_t>(index(Attribute::kProxyAddresses))];
  EXPECT_EQ(c.replace, 2U);
  EXPECT_EQ(c.remove, 0U);
  EXPECT_EQ(report.plan->losing, 2U);
}

}  // namespace
}  // namespace trueup::world
