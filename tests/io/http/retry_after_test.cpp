// SPDX-License-Identifier: Apache-2.0
#include "io/http/retry_after.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "io/http/service_pace.h"

namespace trueup {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr std::int64_t kNow = 1'000'000'000;  // Sun, 09 Sep 2001 01:46:40 GMT

std::optional<milliseconds> parse(std::string_view value,
                                  std::optional<std::int64_t> answered = std::nullopt) {
  return parse_retry_after(value, answered, kNow);
}

TEST(RetryAfter, TakesSecondsAndTheirFractions) {
  EXPECT_EQ(parse("10"), 10s);
  EXPECT_EQ(parse(" 2.128 "), 2128ms);
  EXPECT_EQ(parse("0"), 0ms);
  EXPECT_EQ(parse(".5"), 500ms);
  EXPECT_EQ(parse("0.0001"), 1ms);  // never earlier than told
}

TEST(RetryAfter, TakesDatesByTheClockOfTheService) {
  EXPECT_EQ(parse("Sun, 09 Sep 2001 01:47:00 GMT"), 20s);
  EXPECT_EQ(parse("Sun, 09 Sep 2001 01:47:00 GMT", kNow + 15), 5s);
  EXPECT_EQ(parse("Sunday, 09-Sep-01 01:47:00 GMT"), 20s);
  EXPECT_EQ(parse("Sun Sep  9 01:47:00 2001"), 20s);
  EXPECT_EQ(parse("Sun, 09 Sep 2001 01:46:00 GMT"), 0ms);  // past
}

TEST(RetryAfter, IsAsLongAsItSaysUpToAYear) {
  EXPECT_EQ(parse("601"), 601s);
  EXPECT_EQ(parse("86400"), 24h);
  EXPECT_EQ(parse("99999999999999999999999"), 365 * 24h);
  EXPECT_EQ(parse("Sun, 09 Sep 2040 01:47:00 GMT"), 365 * 24h);
}

TEST(RetryAfter, IsNothingWhereItIsNeither) {
  for (const char* value : {"", " ", "soon", "-5", "1e3", "1.2.3", "nan", "inf", "0x10"}) {
    EXPECT_EQ(parse(value), std::nullopt) << value;
  }
}

TEST(Backoff, DoublesWithFullJitter) {
  std::mt19937_64 random(7);
  for (int failures = 1; failures <= 12; ++failures) {
    const milliseconds most = std::min<milliseconds>(100ms * (1 << (failures - 1)), 5s);
    milliseconds longest = 0ms;
    milliseconds shortest = most;
    for (int i = 0; i < 2000; ++i) {
      const milliseconds wait = backoff(failures, 100ms, 5s, random);
      ASSERT_LE(wait, most);
      longest = std::max(longest, wait);
      shortest = std::min(shortest, wait);
    }
    EXPECT_GT(longest, most * 9 / 10);
    EXPECT_LT(shortest, most / 10);
  }
}

using MonotonicClock = ServicePace::MonotonicClock;

TEST(ServicePace, HalvesOnceForRequestsThatWereUnderWayTogether) {
  const MonotonicClock::time_point t0 = MonotonicClock::now();
  ServicePace pace(32, 300s);
  for (int i = 0; i < 32; ++i) pace.throttled(t0, t0 + 1s);
  EXPECT_EQ(pace.limit(), 16U);
  pace.throttled(t0 + 2s, t0 + 3s);
  EXPECT_EQ(pace.limit(), 8U);
  for (int i = 4; i < 20; ++i) pace.throttled(t0 + i * 1s, t0 + i * 1s);
  EXPECT_EQ(pace.limit(), 1U);
}

TEST(ServicePace, GrowsAgainUpToTheMost) {
  const MonotonicClock::time_point t0 = MonotonicClock::now();
  ServicePace pace(4, 300s);
  pace.throttled(t0, t0);
  ASSERT_EQ(pace.limit(), 2U);
  for (int i = 0; i < 8; ++i) pace.succeeded(t0);
  EXPECT_EQ(pace.limit(), 3U);
  for (int i = 0; i < 100; ++i) pace.succeeded(t0);
  EXPECT_EQ(pace.limit(), 4U);
}

TEST(ServicePace, DoesNotCountWaitsThatWereAskedForAsAnOutage) {
  const MonotonicClock::time_point t0 = MonotonicClock::now();
  ServicePace pace(4, 300s);
  pace.begin(t0);
  EXPECT_FALSE(pace.out(t0 + 300s));
  EXPECT_TRUE(pace.out(t0 + 301s));
  pace.hold(100s, t0 + 10s);
  pace.hold(60s, t0 + 20s);   // lies within
  pace.hold(100s, t0 + 60s);  // 50 s more
  EXPECT_EQ(pace.held_until(), t0 + 160s);
  EXPECT_FALSE(pace.out(t0 + 450s));
  EXPECT_TRUE(pace.out(t0 + 451s));
  pace.succeeded(t0 + 400s);
  EXPECT_FALSE(pace.out(t0 + 700s));
}

}  // namespace
}  // namespace trueup
