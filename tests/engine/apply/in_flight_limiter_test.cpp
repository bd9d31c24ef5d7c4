// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/in_flight_limiter.h"

#include <gtest/gtest.h>

#include <random>

namespace trueup {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Answer = InFlightLimiter::Answer;

/// A server that answers all that is in flight after `latency`, in waves.
struct Waves {
  InFlightLimiter& limiter;
  Clock::TimePoint& now;
  Clock::Duration latency = milliseconds(5);

  void wave(Answer answer = Answer::kTaken, std::size_t at_most = 1'000'000) {
    const std::size_t in_flight = std::min(limiter.limit(now), at_most);
    now += latency;
    for (std::size_t i = 1; i <= in_flight; ++i) limiter.on_answer(answer, latency, i, now);
  }
  void refuse_until_left_alone() {
    for (int i = 0; i < 1000 && limiter.limit(now) > 0; ++i) wave(Answer::kOverloaded);
    ASSERT_EQ(limiter.limit(now), 0U);
  }
};

TEST(InFlightLimiter, StartsWhereTold) {
  const Clock::TimePoint now{};
  EXPECT_EQ(InFlightLimiter({.most = 128, .first = 8}, now).limit(now), 8U);
  EXPECT_EQ(InFlightLimiter({.most = 4, .first = 8}, now).limit(now), 4U);
  EXPECT_EQ(InFlightLimiter({.most = 0, .first = 0}, now).limit(now), 1U);
  EXPECT_LE(InFlightLimiter({}, now).wake(), now);
}

TEST(InFlightLimiter, FindsTheMaximumInAFewRoundTripsIfTheServerTakesAll) {
  Clock::TimePoint now{};
  InFlightLimiter limiter({.most = 200}, now);
  Waves waves{limiter, now, milliseconds(10)};
  for (int i = 0; i < 12; ++i) waves.wave();
  EXPECT_EQ(limiter.limit(now), 200U);
}

TEST(InFlightLimiter, LearnsNothingWhileTheLimitDoesNotBind) {
  Clock::TimePoint now{};
  InFlightLimiter limiter({.most = 128, .first = 8}, now);
  Waves waves{limiter, now};
  for (int i = 0; i < 20; ++i) waves.wave();
  const std::size_t base = limiter.base();
  ASSERT_GE(base, 64U);
  // The latency would make it go both ways.
  for (int i = 0; i < 4000; ++i) {
    waves.latency = microseconds(i % 1000 < 500 ? 1000 : 20'000);
    waves.wave(Answer::kTaken, base / 3);
    ASSERT_EQ(limiter.base(), base);
  }
}

TEST(InFlightLimiter, HalvesOncePerRoundTrip) {
  Clock::TimePoint now{};
  InFlightLimiter limiter({.most = 64, .first = 64}, now);
  Waves waves{limiter, now};
  waves.wave();
  ASSERT_EQ(limiter.limit(now), 64U);
  now += milliseconds(5);
  for (std::size_t i = 1; i <= 64; ++i) {
    limiter.on_answer(i % 2 == 0 ? Answer::kOverloaded : Answer::kTaken, milliseconds(5), i, now);
  }
  EXPECT_EQ(limiter.limit(now), 32U);
  EXPECT_EQ(limiter.halvings(), 1U);
}

TEST(InFlightLimiter, OneObjectsTroubleChangesNothing) {
  Clock::TimePoint now{};
  InFlightLimiter limiter({.most = 64}, now);
  for (int i = 0; i < 100'000; ++i) {
    const std::size_t in_flight = limiter.limit(now);
    ASSERT_GE(in_flight, 1U);
    now += microseconds(5000 / in_flight);
    limiter.on_answer(i % 50 == 0 ? Answer::kOverloaded : Answer::kTaken, milliseconds(5),
                      in_flight, now);
  }
  EXPECT_EQ(limiter.halvings(), 0U);
  EXPECT_EQ(limiter.pauses(), 0U);
  EXPECT_GE(limiter.base(), 40U);
}

TEST(InFlightLimiter, LeavesAServerAloneThatRefusesAllAndProbesWithOne) {
  Clock::TimePoint now{};
  InFlightLimiter limiter({.most = 128}, now);
  Waves waves{limiter, now};
  for (int i = 0; i < 50; ++i) waves.wave();
  const std::size_t base = limiter.base();
  waves.refuse_until_left_alone();
  for (const int pause_ms : {50, 100, 200, 400, 800, 1000, 1000}) {
    const Clock::TimePoint wake = limiter.wake();
    EXPECT_EQ(wake - now, milliseconds(pause_ms));
    // What was sent before the pause neither ends nor lengthens it.
    limiter.on_answer(Answer::kTaken, milliseconds(5), 9, now + milliseconds(2));
    limiter.on_answer(Answer::kOverloaded, milliseconds(5), 9, now + milliseconds(2));
    EXPECT_EQ(limiter.wake(), wake);
    EXPECT_EQ(limiter.limit(wake - Clock::Duration(1)), 0U);
    EXPECT_EQ(limiter.limit(wake), 1U);
    now = wake;
    waves.wave(Answer::kOverloaded);
  }
  now = limiter.wake();
  for (int i = 0; i < 9; ++i) waves.wave();
  EXPECT_LE(limiter.wake(), now);
  EXPECT_GE(limiter.limit(now), base / 2);
  EXPECT_EQ(limiter.pauses(), 8U);
  // The next time it begins with a short pause again.
  waves.refuse_until_left_alone();
  EXPECT_EQ(limiter.wake() - now, milliseconds(50));
}

TEST(InFlightLimiter, IsBetweenOneAndTheMaximumWhateverComes) {
  std::mt19937 random(7);
  for (int run = 0; run < 200; ++run) {
    Clock::TimePoint now{};
    const std::size_t most = 1 + random() % 300;
    InFlightLimiter limiter({.most = most, .first = 1 + random() % 20}, now);
    const unsigned refused_per_mille = run % 4 == 0 ? 500 : 20;
    for (int i = 0; i < 5000; ++i) {
      now += microseconds(random() % 300);
      const std::size_t limit = limiter.limit(now);
      ASSERT_LE(limit, most);
      ASSERT_EQ(limit == 0, limiter.wake() > now);
      if (limit == 0) now = limiter.wake();
      limiter.on_answer(random() % 1000 < refused_per_mille ? Answer::kOverloaded : Answer::kTaken,
                        microseconds(random() % 20'000), 1 + random() % (most + 5), now);
      ASSERT_GE(limiter.base(), 1U);
    }
    EXPECT_LE(limiter.peak(), most);
  }
}

}  // namespace
}  // namespace trueup
