// SPDX-License-Identifier: Apache-2.0
// What one guard found. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace trueup {

struct GuardReading {
  std::string guard;  // "changed", "cleared extensionAttribute3", "cloud-count" ...
  std::uint64_t value = 0;
  std::uint64_t limit = 0;  // fires when value is above it (below it, for counts against history)
  bool at_least = false;    // the limit is a floor
  bool fired = false;
  bool accepted = false;              // ... and was let through with its plan
  bool no_history = false;            // nothing to compare with: passed
  std::string cannot_tell;            // why the inputs do not say: passed
  std::string meaning;                // one line for people
  std::string remedy;                 // how it is set, or what else to do, where it fired
  std::vector<std::string> examples;  // the first ten objects, where it fired
};

inline constexpr std::size_t kGuardExamples = 10;

/// Fires above `limit`.
GuardReading ceiling(std::string guard, std::uint64_t value, std::uint64_t limit,
                     std::string meaning);
/// Fires below `limit`.
GuardReading floor(std::string guard, std::uint64_t value, std::uint64_t limit,
                   std::string meaning);

}  // namespace trueup
