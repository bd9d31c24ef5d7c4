// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/guards/forest_guard.h"

#include <gtest/gtest.h>

namespace trueup {
namespace {

const std::vector<std::string> kTwo = {"DC=a", "DC=b"};

TEST(ForestGuard, FiresWhereAddressesAreGainedAndOtherDomainsAreNotSeen) {
  EXPECT_TRUE(forest_unseen({.domains = kTwo, .gains_addresses = true}).fired);
  EXPECT_FALSE(forest_unseen({.domains = kTwo, .gains_addresses = false}).fired);
  EXPECT_FALSE(forest_unseen({.domains = {"DC=a"}, .gains_addresses = true}).fired);
  EXPECT_FALSE(
      forest_unseen({.domains = kTwo, .global_catalog = true, .gains_addresses = true}).fired);
  EXPECT_FALSE(
      forest_unseen({.domains = kTwo, .other_domains_seen = true, .gains_addresses = true}).fired);
}

TEST(ForestGuard, FiresWhereTheServerDoesNotTellHowManyDomainsThereAre) {
  const GuardReading reading = forest_unseen({.domains = {}, .gains_addresses = true});
  EXPECT_TRUE(reading.fired);
  EXPECT_NE(reading.meaning.find("may not read"), std::string::npos) << reading.meaning;
}

TEST(ForestGuard, SaysHowItIsSet) {
  const GuardReading reading =
      forest_unseen({.domains = {"DC=a", "DC=b", "DC=c"}, .own = "dc=A", .gains_addresses = true});
  EXPECT_EQ(reading.guard, "forest-unseen");
  EXPECT_EQ(reading.value, 3U);
  EXPECT_EQ(reading.examples, (std::vector<std::string>{"DC=b", "DC=c"}));
  EXPECT_NE(reading.remedy.find("ad_gc"), std::string::npos);
  EXPECT_NE(reading.remedy.find("ad_extra"), std::string::npos);
}

}  // namespace
}  // namespace trueup
