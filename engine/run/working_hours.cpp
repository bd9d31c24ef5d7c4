// SPDX-License-Identifier: Apache-2.0
#include "engine/run/working_hours.h"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <string_view>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

std::optional<int> two_digits(std::string_view text) {
  unsigned value = 0;  // no sign
  if (text.size() != 2) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 2, value);
  if (error != std::errc{} || end != text.data() + 2) return std::nullopt;
  return static_cast<int>(value);
}

// "HH:MM", as minutes since midnight.
std::optional<int> minutes(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = two_digits(text.substr(0, 2));
  const auto minute = two_digits(text.substr(3));
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  return *hour * 60 + *minute;
}

// That minute of the day that is `days` after the one of `now`; days need not have 24 hours.
std::time_t at_minute(std::time_t now, int days, int minute) {
  std::tm local{};
  localtime_r(&now, &local);
  local.tm_mday += days;
  local.tm_hour = minute / 60;
  local.tm_min = minute % 60;
  local.tm_sec = 0;
  local.tm_isdst = -1;
  return std::mktime(&local);
}

// mktime() would make the second of March of the thirtieth of February.
bool exists(const std::tm& day) {
  using namespace std::chrono;
  return year_month_day(year(day.tm_year + 1900), month(static_cast<unsigned>(day.tm_mon + 1)),
                        std::chrono::day(static_cast<unsigned>(day.tm_mday)))
      .ok();
}

std::time_t next_minute(std::time_t now, int minute) {
  const std::time_t today = at_minute(now, 0, minute);
  return today > now ? today : at_minute(now, 1, minute);
}

}  // namespace

WorkingHours parse_hours(const std::string& text) {
  const std::size_t dash = text.find('-');
  const auto from = minutes(std::string_view(text).substr(0, dash));
  const auto until =
      dash == std::string::npos ? std::nullopt : minutes(std::string_view(text).substr(dash + 1));
  if (!from || !until || *from == *until) {
    throw UsageError("'" + text + "' are no hours of work; write them as 22:00-05:00");
  }
  return {.from = *from, .until = *until, .text = text};
}

std::time_t parse_deadline(const std::string& text, std::time_t now) {
  if (const auto minute = minutes(text)) return next_minute(now, *minute);
  std::tm local{};
  const char* const end = strptime(text.c_str(), "%Y-%m-%dT%H:%M", &local);
  if (end == nullptr || *end != '\0' || !exists(local)) {
    throw UsageError("'" + text + "' is no deadline; write it as 05:00 or 2026-11-23T05:00");
  }
  local.tm_isdst = -1;
  return std::mktime(&local);
}

std::optional<StopTime> stop_time(const std::optional<WorkingHours>& hours,
                                  std::optional<std::time_t> deadline, std::time_t now) {
  std::optional<StopTime> stop;
  if (hours) {
    // Within them if their end comes before their next begin.
    const std::time_t end = next_minute(now, hours->until);
    const bool within = end <= next_minute(now, hours->from);
    stop = StopTime{
        within ? end : now,
        (within ? "the hours of work ended (" : "outside the hours of work (") + hours->text + ")"};
  }
  if (deadline && (!stop || *deadline < stop->at)) {
    stop = StopTime{*deadline, "the deadline is past"};
  }
  return stop;
}

}  // namespace trueup
