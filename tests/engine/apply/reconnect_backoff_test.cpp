// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/reconnect_backoff.h"

#include <gtest/gtest.h>

namespace trueup {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Clock::TimePoint kStart = Clock::TimePoint{} + seconds(1000);

TEST(ReconnectBackoff, TheFirstTryIsAtOnce) {
  const ReconnectBackoff backoff(seconds(60));
  EXPECT_TRUE(backoff.due(kStart));
  EXPECT_FALSE(backoff.too_long(kStart + seconds(1000)));
  EXPECT_FALSE(backoff.hopeless());
}

TEST(ReconnectBackoff, TriesComeFartherAndFartherApartUpToABound) {
  ReconnectBackoff backoff(seconds(3600));
  Clock::TimePoint now = kStart;
  Clock::Duration before{};
  for (int i = 0; i < 20; ++i) {
    backoff.failed("refused", true, now);
    EXPECT_FALSE(backoff.due(now));
    const Clock::Duration pause = backoff.next_try() - now;
    EXPECT_GT(pause, Clock::Duration{});
    EXPECT_GE(pause, before);
    EXPECT_LE(pause, seconds(10));
    EXPECT_FALSE(backoff.due(backoff.next_try() - milliseconds(1)));
    EXPECT_TRUE(backoff.due(backoff.next_try()));
    before = pause;
    now = backoff.next_try();
  }
  EXPECT_EQ(backoff.why(), "refused");
}

TEST(ReconnectBackoff, IsTooLongOnlyWhileNothingIsReachable) {
  ReconnectBackoff backoff(seconds(60));
  backoff.failed("refused", false, kStart);
  EXPECT_FALSE(backoff.too_long(kStart + seconds(600))) << "other connections work";
  backoff.failed("refused", true, kStart + seconds(600));
  backoff.failed("refused again", true, kStart + seconds(630));
  EXPECT_FALSE(backoff.too_long(kStart + seconds(659)));
  EXPECT_TRUE(backoff.too_long(kStart + seconds(660)));
  EXPECT_EQ(backoff.why(), "refused again");
  backoff.failed("refused", false, kStart + seconds(661));
  EXPECT_FALSE(backoff.too_long(kStart + seconds(700)));
}

TEST(ReconnectBackoff, ANewOneIsMeasuredFromItsOwnBegin) {
  ReconnectBackoff backoff(seconds(60));
  backoff.failed("refused", true, kStart);
  backoff.over(kStart + seconds(50));
  EXPECT_FALSE(backoff.too_long(kStart + seconds(100)));
  backoff.failed("refused", true, kStart + seconds(100));
  EXPECT_FALSE(backoff.too_long(kStart + seconds(159)));
  EXPECT_TRUE(backoff.too_long(kStart + seconds(160)));
}

TEST(ReconnectBackoff, OneThatIsLostAtOnceAgainIsNotOpenedAgainAtOnce) {
  ReconnectBackoff backoff(seconds(60));
  backoff.over(kStart);
  EXPECT_FALSE(backoff.due(kStart));
  EXPECT_TRUE(backoff.due(kStart + seconds(1)));
}

TEST(ReconnectBackoff, GivenUpItIsNotTriedAgain) {
  ReconnectBackoff backoff(seconds(60));
  backoff.give_up("another server");
  EXPECT_TRUE(backoff.hopeless());
  EXPECT_FALSE(backoff.due(kStart + seconds(1000)));
  EXPECT_EQ(backoff.why(), "another server");
}

}  // namespace
}  // namespace trueup
