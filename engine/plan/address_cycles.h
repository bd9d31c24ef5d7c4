// SPDX-License-Identifier: Apache-2.0
// Cycles among address edges: the strongly connected components with more than one member.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/plan/address_edge.h"

namespace trueup {

/// Edges that are cut do not count. Each cycle's members ascending, the cycles by first member.
std::vector<std::vector<std::uint32_t>> cycles_of(const std::vector<AddressEdge>& edges);

}  // namespace trueup
