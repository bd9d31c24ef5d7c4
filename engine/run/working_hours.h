// SPDX-License-Identifier: Apache-2.0
// When a run may write: hours of work and a deadline, by the local time of this machine. Used by
// tools/ (parsing) and engine/run/apply_run.
#pragma once

#include <ctime>
#include <optional>
#include <string>

namespace trueup {

struct WorkingHours {
  int from = 0;   // minutes since midnight
  int until = 0;  // before `from`: of the next day
  std::string text;
};

/// "22:00-05:00". Throws UsageError.
WorkingHours parse_hours(const std::string& text);

/// "05:00": the next time it is that; "2026-11-23T05:00": then. Throws UsageError.
std::time_t parse_deadline(const std::string& text, std::time_t now);

struct StopTime {
  std::time_t at = 0;  // `now` or before: writing may not begin
  std::string reason;
};

/// The first of both ends that comes, if there is any.
std::optional<StopTime> stop_time(const std::optional<WorkingHours>& hours,
                                  std::optional<std::time_t> deadline, std::time_t now);

}  // namespace trueup
