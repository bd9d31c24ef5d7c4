// SPDX-License-Identifier: Apache-2.0
// A step of an address from one change to another, as the graph of them and its cycles know it.
#pragma once

#include <cstdint>

namespace trueup {

/// `taker` may be sent only after `giver` has succeeded: both are indexes of candidates.
struct AddressEdge {
  std::uint32_t giver = 0;
  std::uint32_t taker = 0;
  std::uint64_t address = 0;
  bool secondary = false;  // the giver holds it as a secondary proxy address only
  bool cut = false;        // given up by a record of its own, ahead of the giver's other edits
};

}  // namespace trueup
