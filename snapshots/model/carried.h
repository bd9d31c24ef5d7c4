// SPDX-License-Identifier: Apache-2.0
// What of AD the protections and the join rest on: an export that carries none of it looks the same
// as a directory in which nothing is to be protected.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace trueup {

/// One of these. Stored values: never renumber.
enum class Carried : std::uint8_t {
  kAdminCount = 0,       // adminCount, whatever its value
  kHome = 1,             // homeMDB or msExchHomeServerName
  kConsistencyGuid = 2,  // mS-DS-ConsistencyGuid
  kOtherHolder = 3,      // an address, and the object is no user
};
inline constexpr int kCarriedCount = 4;
/// Objects that carry each.
using CarrierCounts = std::array<std::uint64_t, kCarriedCount>;

/// As guards and --accept-unprotected name it.
constexpr std::string_view to_string(Carried carried) {
  switch (carried) {
    case Carried::kAdminCount: return "adminCount";
    case Carried::kHome: return "homeMDB";
    case Carried::kConsistencyGuid: return "mS-DS-ConsistencyGuid";
    case Carried::kOtherHolder: return "others";
  }
  return "";
}

}  // namespace trueup
