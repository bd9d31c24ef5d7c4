// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/guard_reading.h"

#include "engine/plan/guard_options.h"

namespace trueup {
namespace {

GuardReading reading(std::string guard, std::uint64_t value, std::uint64_t limit,
                     std::string meaning) {
  GuardReading r;
  r.guard = std::move(guard);
  r.value = value;
  r.limit = limit;
  r.meaning = std::move(meaning);
  if (const std::string_view key = setting_of(r.guard); !key.empty()) {
    r.remedy = "set by " + std::string(key);
  }
  return r;
}

}  // namespace

GuardReading ceiling(std::string guard, std::uint64_t value, std::uint64_t limit,
                     std::string meaning) {
  GuardReading r = reading(std::move(guard), value, limit, std::move(meaning));
  r.fired = value > limit;
  return r;
}

GuardReading floor(std::string guard, std::uint64_t value, std::uint64_t limit,
                   std::string meaning) {
  GuardReading r = reading(std::move(guard), value, limit, std::move(meaning));
  r.at_least = true;
  r.fired = value < limit;
  return r;
}

}  // namespace trueup
