// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/reconnect_backoff.h"

#include <gtest/gtest.h>

namespace trueup {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Clock::TimePoint kStart = Clock::TimePoint{} + seconds(1000);

TEST(Outage, TheFirstTryIsAtOnce) {
  const Outage outage(seconds(60));
  EXPECT_TRUE(outage.due(kStart));
  EXPECT_FALSE(outage.too_long(kStart + seconds(1000)));
  EXPECT_FALSE(outage.hopeless());
}

TEST(Outage, TriesComeFartherAndFartherApartUpToABound) {
  Outage outage(seconds(3600));
  Clock::TimePoint now = kStart;
  Clock::Duration before{};
  for (int i = 0; i < 20; ++i) {
    outage.failed("refused", true, now);
    EXPECT_FALSE(outage.due(now));
    const Clock::Duration pause = outage.next_try() - now;
    EXPECT_GT(pause, Clock::Duration{});
    EXPECT_GE(pause, before);
    EXPECT_LE(pause, seconds(10));
    EXPECT_FALSE(outage.due(outage.next_try() - milliseconds(1)));
    EXPECT_TRUE(outage.due(outage.next_try()));
    before = pause;
    now = outage.next_try();
  }
  EXPECT_EQ(outage.why(), "refused");
}

TEST(Outage, IsTooLongOnlyWhileNothingIsReachable) {
  Outage outage(seconds(60));
  outage.failed("refused", false, kStart);
  EXPECT_FALSE(outage.too_long(kStart + seconds(600))) << "other connections work";
  outage.failed("refused", true, kStart + seconds(600));
  outage.failed("refused again", true, kStart + seconds(630));
  EXPECT_FALSE(outage.too_long(kStart + seconds(659)));
  EXPECT_TRUE(outage.too_long(kStart + seconds(660)));
  EXPECT_EQ(outage.why(), "refused again");
  outage.failed("refused", false, kStart + seconds(661));
  EXPECT_FALSE(outage.too_long(kStart + seconds(700)));
}

TEST(Outage, ANewOneIsMeasuredFromItsOwnBegin) {
  Outage outage(seconds(60));
  outage.failed("refused", true, kStart);
  outage.over(kStart + seconds(50));
  EXPECT_FALSE(outage.too_long(kStart + seconds(100)));
  outage.failed("refused", true, kStart + seconds(100));
  EXPECT_FALSE(outage.too_long(kStart + seconds(159)));
  EXPECT_TRUE(outage.too_long(kStart + seconds(160)));
}

TEST(Outage, OneThatIsLostAtOnceAgainIsNotOpenedAgainAtOnce) {
  Outage outage(seconds(60));
  outage.over(kStart);
  EXPECT_FALSE(outage.due(kStart));
  EXPECT_TRUE(outage.due(kStart + seconds(1)));
}

TEST(Outage, GivenUpItIsNotTriedAgain) {
  Outage outage(seconds(60));
  outage.give_up("another server");
  EXPECT_TRUE(outage.hopeless());
  EXPECT_FALSE(outage.due(kStart + seconds(1000)));
  EXPECT_EQ(outage.why(), "another server");
}

}  // namespace
}  // namespace trueup
