// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/token_bucket.h"

#include <gtest/gtest.h>

namespace trueup {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

int take_all(TokenBucket& bucket, Clock::TimePoint now) {
  int taken = 0;
  while (taken < 1000000 && bucket.take(now)) ++taken;
  return taken;
}

TEST(TokenBucket, ZeroIsNoLimit) {
  const Clock::TimePoint now{};
  TokenBucket bucket(0, now);
  EXPECT_EQ(take_all(bucket, now), 1000000);
  EXPECT_EQ(bucket.wait(now).count(), 0);
}

TEST(TokenBucket, KeepsTheRate) {
  for (const double rate : {0.5, 1.0, 7.0, 100.0, 25'000.0}) {
    Clock::TimePoint now{};
    TokenBucket bucket(rate, now);
    int taken = 0;
    for (; now < Clock::TimePoint{} + seconds(100); now += milliseconds(3)) {
      taken += take_all(bucket, now);
    }
    EXPECT_LE(taken, 100 * rate + 1) << rate;
    EXPECT_GE(taken, 100 * rate * 0.99 - 1) << rate;
  }
}

TEST(TokenBucket, DoesNotMakeUpForAStall) {
  Clock::TimePoint now{};
  TokenBucket bucket(1000, now);
  now += seconds(60);
  EXPECT_EQ(take_all(bucket, now), 50);
}

TEST(TokenBucket, TellsExactlyHowLongToWait) {
  Clock::TimePoint now{};
  for (const double rate : {0.3, 3.0, 333.0, 70'000.0}) {
    TokenBucket bucket(rate, now);
    for (int i = 0; i < 1000; ++i) {
      const Clock::Duration wait = bucket.wait(now);
      if (wait.count() > 1000) {
        EXPECT_FALSE(bucket.take(now + wait - wait / 100));
      }
      now += wait;
      EXPECT_TRUE(bucket.take(now));
    }
  }
}

TEST(TokenBucket, IgnoresAClockThatStands) {
  const Clock::TimePoint now = Clock::TimePoint{} + seconds(5);
  TokenBucket bucket(10, now);
  EXPECT_TRUE(bucket.take(now));
  EXPECT_FALSE(bucket.take(now));
  EXPECT_FALSE(bucket.take(now - seconds(1)));
}

}  // namespace
}  // namespace trueup
