// SPDX-License-Identifier: Apache-2.0
// Who takes an address from whom: collisions with other holders in the forest, the order that the
// moves need, and the cycles. Fixed point: a change whose giver is refused is refused too. Called
// by engine/plan; depends on its inputs only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/compare/diff_result.h"
#include "engine/compare/refusal.h"
#include "engine/plan/address_edge.h"
#include "snapshots/store/store.h"

namespace trueup {

struct AddressRefusal {
  std::uint32_t candidate = 0;
  Refusal refusal = Refusal::kNone;
  std::string detail;
};

struct AddressGraph {
  std::vector<AddressEdge> edges;        // between candidates that are not refused, without cycles
  std::vector<AddressRefusal> refusals;  // by candidate, one each: its address edits are not made
};

/// `ad_generation`: the AD snapshot whose address index says who holds what. `withheld`, sorted:
/// what its holders would have given up, so that their takers depend on them. Throws StoreError.
AddressGraph address_graph(const Store& store, std::uint64_t ad_generation,
                           const std::vector<Candidate>& candidates,
                           const std::vector<WithheldAddress>& withheld);

}  // namespace trueup
