// SPDX-License-Identifier: Apache-2.0
// Values that an export damaged, and sets of addresses that it left empty: what the plan says.
#include <gtest/gtest.h>

#include "tests/support/trial.h"

namespace trueup::world {
namespace {

TEST(DamagedValues, LostCharactersAreRefusedAndTheOtherEditsGoOn) {
  World world;
  add_user(world, 1, "p1@x");
  ad_user(world, 1).attributes["extensionAttribute1"] = {"K\xC3\xB6ln"};
  ad_user(world, 1).attributes["extensionAttribute2"] = {"old"};
  graph_user(world, 1).properties["extensionAttribute1"] = Values{"K?ln"};
  graph_user(world, 1).properties["extensionAttribute2"] = Values{"really?"};
  Trial trial;
  const Report report = trial.plan(world);
  const std::string dn = ad_user(world, 1).dn;
  EXPECT_EQ(planned_of(report).refused.at({dn, "extensionAttribute1"}), "lost-characters");
  EXPECT_EQ(edits_of(report, dn).count("extensionAttribute2"), 1U);
}

}  // namespace
}  // namespace trueup::world
