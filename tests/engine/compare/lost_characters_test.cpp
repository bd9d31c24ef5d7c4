// SPDX-License-Identifier: Apache-2.0
#include "engine/compare/lost_characters.h"

#include <gtest/gtest.h>

#include "tests/support/trial.h"

namespace trueup {
namespace {

TEST(LostCharacters, OneMarkACharacterOrOneAnOctet) {
  for (const char* damaged :
       {"M?ller", "M??ller", "M\xEF\xBF\xBDller", "M\xEF\xBF\xBD\xEF\xBF\xBDller"}) {
    EXPECT_TRUE(has_lost_characters(damaged, "M\xC3\xBCller")) << damaged;
  }
  EXPECT_TRUE(has_lost_characters("????", "\xE4\xBD\xA0\xE5\xA5\xBD\xE4\xBD\xA0\xE5\xA5\xBD"));
  EXPECT_TRUE(has_lost_characters("?\xC3\xBC", "\xC5\x81\xC3\xBC")) << "the code page had one";
}

TEST(LostCharacters, Utf8ReadAsAnotherCodePage) {
  EXPECT_TRUE(has_lost_characters("M\xC3\x83\xC2\xBCller", "M\xC3\xBCller")) << "Windows-1252";
  EXPECT_TRUE(has_lost_characters("\xC3\x83\xC5\xB8", "\xC3\x9F")) << "sharp s, Windows-1252";
  EXPECT_TRUE(has_lost_characters("\xC3\x83\xC2\x9F", "\xC3\x9F")) << "sharp s, Latin-1";
  EXPECT_TRUE(has_lost_characters("Z\xC3\xAF\xC2\xBF\xC2\xBDrich", "Z\xC3\xBCrich")) << "U+FFFD";
  EXPECT_FALSE(has_lost_characters("M\xC3\xBCller", "M\xC3\x83\xC2\xBCller")) << "mended";
  EXPECT_FALSE(has_lost_characters("M\xC3\xB6ller", "M\xC3\xBCller")) << "another letter";
}

TEST(LostCharacters, WhatElseDiffersIsAnotherValue) {
  EXPECT_FALSE(has_lost_characters("M?ller", "Muller")) << "ASCII is never lost";
  EXPECT_FALSE(has_lost_characters("M?ller", "Maller"));
  EXPECT_FALSE(has_lost_characters("M???ller", "M\xC3\xBCller")) << "more marks than octets";
  EXPECT_FALSE(has_lost_characters("M?llers", "M\xC3\xBCller"));
  EXPECT_FALSE(has_lost_characters("Meller", "M\xC3\xBCller"));
  EXPECT_FALSE(has_lost_characters("why?", "why?"));
  EXPECT_FALSE(has_lost_characters("", "M\xC3\xBCller"));
  EXPECT_FALSE(has_lost_characters("?", ""));
}

}  // namespace

namespace world {
namespace {

TEST(LostCharacters, AreRefusedAndTheOtherEditsGoOn) {
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
}  // namespace world
}  // namespace trueup
