// SPDX-License-Identifier: Apache-2.0
// Berlin 2026: from 02:00 to 03:00 on 29 March, from 03:00 back to 02:00 on 25 October.
#include "engine/run/working_hours.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

class WorkingHoursTest : public ::testing::Test {
 protected:
  WorkingHoursTest() {
    if (const char* zone = std::getenv("TZ")) before_ = zone;
    set_zone("Europe/Berlin");
  }
  ~WorkingHoursTest() override { set_zone(before_); }

  static void set_zone(const std::optional<std::string>& zone) {
    if (zone) {
      ::setenv("TZ", zone->c_str(), 1);
    } else {
      ::unsetenv("TZ");
    }
    ::tzset();
  }

 private:
  std::optional<std::string> before_;
};

/// By UTC, without any zone: "2026-11-22T20:00:00".
std::time_t utc(const char* text) {
  std::tm tm{};
  EXPECT_NE(strptime(text, "%Y-%m-%dT%H:%M:%S", &tm), nullptr) << text;
  return timegm(&tm);
}

std::time_t stop_at(const char* hours, std::time_t now) {
  return stop_time(parse_hours(hours), std::nullopt, now)->at;
}

TEST_F(WorkingHoursTest, EndOnTheNextDayIfTheyGoOverMidnight) {
  // 22:00 in Berlin is 21:00 UTC in winter.
  EXPECT_EQ(stop_at("22:00-05:00", utc("2026-11-22T21:00:00")), utc("2026-11-23T04:00:00"));
  EXPECT_EQ(stop_at("22:00-05:00", utc("2026-11-22T23:30:00")), utc("2026-11-23T04:00:00"));
  EXPECT_EQ(stop_at("22:00-05:00", utc("2026-11-23T03:59:59")), utc("2026-11-23T04:00:00"));
}

TEST_F(WorkingHoursTest, OutsideOfThemWritingMayNotBegin) {
  for (const char* now : {"2026-11-23T04:00:00", "2026-11-23T12:00:00", "2026-11-23T20:59:59"}) {
    const auto stop = stop_time(parse_hours("22:00-05:00"), std::nullopt, utc(now));
    EXPECT_LE(stop->at, utc(now)) << now;
    EXPECT_NE(stop->reason.find("22:00-05:00"), std::string::npos);
  }
}

TEST_F(WorkingHoursTest, WithinADay) {
  EXPECT_EQ(stop_at("09:00-17:00", utc("2026-11-22T08:00:00")), utc("2026-11-22T16:00:00"));
  EXPECT_LE(stop_at("09:00-17:00", utc("2026-11-22T07:59:59")), utc("2026-11-22T07:59:59"));
  EXPECT_LE(stop_at("09:00-17:00", utc("2026-11-22T16:00:00")), utc("2026-11-22T16:00:00"));
  EXPECT_EQ(stop_at("00:00-23:59", utc("2026-11-21T23:00:00")), utc("2026-11-22T22:59:00"));
}

TEST_F(WorkingHoursTest, UntilMidnight) {
  EXPECT_EQ(stop_at("18:00-00:00", utc("2026-11-22T18:00:00")), utc("2026-11-22T23:00:00"));
  EXPECT_LE(stop_at("18:00-00:00", utc("2026-11-22T23:00:00")), utc("2026-11-22T23:00:00"));
}

TEST_F(WorkingHoursTest, ANightWithoutAnHourEndsByTheClockOnTheWall) {
  // 05:00 of 29 March is 03:00 UTC, of any day before it 04:00.
  EXPECT_EQ(stop_at("22:00-05:00", utc("2026-03-28T21:30:00")), utc("2026-03-29T03:00:00"));
  EXPECT_EQ(stop_at("22:00-05:00", utc("2026-03-29T01:30:00")), utc("2026-03-29T03:00:00"));
}

TEST_F(WorkingHoursTest, ANightWithAnHourMoreEndsByTheClockOnTheWall) {
  EXPECT_EQ(stop_at("22:00-05:00", utc("2026-10-24T20:30:00")), utc("2026-10-25T04:00:00"));
  EXPECT_EQ(stop_at("22:00-05:00", utc("2026-10-25T01:30:00")), utc("2026-10-25T04:00:00"));
}

TEST_F(WorkingHoursTest, AnEndThatDoesNotExistIsNotFarFromWhereItWouldBe) {
  // 02:30 of 29 March: the clock went from 02:00 to 03:00 at 01:00 UTC.
  const std::time_t stop = stop_at("22:00-02:30", utc("2026-03-28T23:00:00"));
  EXPECT_GE(stop, utc("2026-03-29T00:30:00"));
  EXPECT_LE(stop, utc("2026-03-29T01:30:00"));
}

TEST_F(WorkingHoursTest, AnEndThatComesTwiceIsOneOfTheTwo) {
  const std::time_t stop = stop_at("22:00-02:30", utc("2026-10-24T22:00:00"));
  EXPECT_TRUE(stop == utc("2026-10-25T00:30:00") || stop == utc("2026-10-25T01:30:00"));
  EXPECT_LE(stop_at("22:00-02:30", utc("2026-10-25T01:31:00")), utc("2026-10-25T01:31:00"));
}

TEST_F(WorkingHoursTest, BadHoursAreRefused) {
  for (const char* text :
       {"", "-", "22:00", "22:00-", "-05:00", "22-05", "22:00-24:00", "22:60-05:00", "2:00-5:00",
        "22:00-05:00 ", " 22:00-05:00", "22:00--5:00", "22:00--0:30", "22:00-05:-0",
        "22:00-05:00-06:00", "22:00-22:00", "+1:00-05:00", "aa:bb-cc:dd", "22.00-05.00"}) {
    EXPECT_THROW(parse_hours(text), UsageError) << text;
  }
}

TEST_F(WorkingHoursTest, ADeadlineIsTheNextTimeItIsThat) {
  const std::time_t now = utc("2026-11-22T20:00:00");  // 21:00
  EXPECT_EQ(parse_deadline("05:00", now), utc("2026-11-23T04:00:00"));
  EXPECT_EQ(parse_deadline("21:01", now), utc("2026-11-22T20:01:00"));
  EXPECT_EQ(parse_deadline("21:00", now), utc("2026-11-23T20:00:00"));
  EXPECT_EQ(parse_deadline("05:00", utc("2026-03-28T21:00:00")), utc("2026-03-29T03:00:00"));
}

TEST_F(WorkingHoursTest, ADeadlineWithADateIsThen) {
  const std::time_t now = utc("2026-11-22T20:00:00");
  EXPECT_EQ(parse_deadline("2026-11-23T05:00", now), utc("2026-11-23T04:00:00"));
  EXPECT_EQ(parse_deadline("2026-11-20T05:00", now), utc("2026-11-20T04:00:00")) << "past";
  EXPECT_EQ(parse_deadline("2026-07-01T05:00", now), utc("2026-07-01T03:00:00")) << "summer";
  EXPECT_EQ(parse_deadline("2028-02-29T05:00", now), utc("2028-02-29T04:00:00"));
}

TEST_F(WorkingHoursTest, BadDeadlinesAreRefused) {
  for (const char* text :
       {"", "5", "5:00", "24:00", "05:60", "05:-0", "05:00 ", "tomorrow", "2026-11-23",
        "2026-11-23T05:00:00", "2026-11-23 05:00", "2026-13-01T05:00", "2026-02-30T05:00",
        "2026-11-31T05:00", "2027-02-29T05:00"}) {
    EXPECT_THROW(parse_deadline(text, utc("2026-11-22T20:00:00")), UsageError) << text;
  }
}

TEST_F(WorkingHoursTest, TheFirstEndCounts) {
  const std::time_t now = utc("2026-11-22T22:00:00");
  const WorkingHours hours = parse_hours("22:00-05:00");
  EXPECT_FALSE(stop_time(std::nullopt, std::nullopt, now));
  EXPECT_EQ(stop_time(hours, utc("2026-11-23T02:00:00"), now)->at, utc("2026-11-23T02:00:00"));
  EXPECT_EQ(stop_time(hours, utc("2026-11-23T06:00:00"), now)->at, utc("2026-11-23T04:00:00"));
  EXPECT_EQ(stop_time(std::nullopt, utc("2026-11-23T02:00:00"), now)->at,
            utc("2026-11-23T02:00:00"));
  EXPECT_NE(stop_time(hours, utc("2026-11-23T02:00:00"), now)->reason,
            stop_time(hours, std::nullopt, now)->reason);
}

}  // namespace
}  // namespace trueup
