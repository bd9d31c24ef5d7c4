// SPDX-License-Identifier: Apache-2.0
#include "io/bytes/time_text.h"

#include <gtest/gtest.h>

namespace trueup {
namespace {

constexpr std::uint64_t kThen = 1'795'169'472;  // 2026-11-20 10:11:12 UTC

TEST(TimeText, WhenChangedOfAd) {
  EXPECT_EQ(seconds_of_generalized_time("20261120101112.0Z"), kThen);
  EXPECT_EQ(seconds_of_generalized_time("20261120101112Z"), kThen);
  EXPECT_EQ(seconds_of_generalized_time("19700101000001.0Z"), 1U);
  for (const char* other :
       {"", "2026", "20261320101112.0Z", "20261120251112.0Z", "today", "2026112010111x.0Z"}) {
    EXPECT_EQ(seconds_of_generalized_time(other), 0U) << other;
  }
}

TEST(TimeText, WhenChangedUtcOfExchange) {
  for (const char* text :
       {"2026-11-20T10:11:12Z", "2026-11-20T10:11:12.345Z", "2026-11-20T10:11:12",
        "2026-11-20T11:11:12+01:00", "/Date(1795169472345)/", "2026-11-20T10:11:12.0000000Z"}) {
    EXPECT_EQ(seconds_of_json_time(text), kThen) << text;
  }
  for (const char* other :
       {"", "20.11.2026 10:11:12", "2026-11-20", "/Date(x)/", "2026-13-20T10:11:12Z"}) {
    EXPECT_EQ(seconds_of_json_time(other), 0U) << other;
  }
}

}  // namespace
}  // namespace trueup
