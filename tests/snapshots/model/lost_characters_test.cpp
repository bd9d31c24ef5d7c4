// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/lost_characters.h"

#include <gtest/gtest.h>

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

TEST(LostCharacters, AConsolesCodePage) {
  const char* const whole = "Z\xC3\xBCrich";
  EXPECT_TRUE(has_lost_characters("Z\xE2\x94\x9C\xE2\x95\x9Drich", whole)) << "UTF-8 as 437 or 850";
  EXPECT_TRUE(has_lost_characters("Z\xC2\x81rich", whole)) << "437 or 850 as Latin-1";
  EXPECT_TRUE(has_lost_characters("Z\xE2\x81\xBFrich", whole)) << "Windows-1252 as 437";
  EXPECT_TRUE(has_lost_characters("Z\xC2\xB3rich", whole)) << "Windows-1252 as 850";
  EXPECT_TRUE(has_lost_characters("K\xE2\x80\x9Dln", "K\xC3\xB6ln")) << "437 as Windows-1252";
  // Other pages than those we know, and what went wrong twice.
  EXPECT_TRUE(has_lost_characters("Z\xC4\x82\xC4\xBDrich", whole)) << "UTF-8 as Windows-1250";
  EXPECT_TRUE(has_lost_characters("Z\xD0\x93\xD1\x98rich", whole)) << "UTF-8 as Windows-1251";
  EXPECT_TRUE(has_lost_characters("Z\xE2\x88\x9A\xC2\xBArich", whole)) << "UTF-8 as Mac Roman";
  EXPECT_TRUE(has_lost_characters("Z\xC3\x83\xC6\x92\xC3\x82\xC2\xBCrich", whole)) << "twice";
  // One that is certain makes the others so.
  EXPECT_TRUE(
      has_lost_characters("S\xC2\xB0ren \xC3\xA3r\xC2\xB0", "S\xC3\xB8ren \xC3\x86r\xC3\xB8"));
  EXPECT_FALSE(has_lost_characters("P\xC3\xB5rnu", "P\xC3\xA4rnu"))
      << "850 has it so; a correction";
}

}  // namespace
}  // namespace trueup
