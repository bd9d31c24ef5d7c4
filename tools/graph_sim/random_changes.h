// SPDX-License-Identifier: Apache-2.0
//
// Changes of the tenant: as a control request words them, and drawn from a seed.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tools/graph_sim/tenant_history.h"

namespace trueup::sim {

/// {"do":"set","index":12 | "id":"...","property":"mail","value":"x"}, "rename" with
/// "userPrincipalName", "remove" with "permanent", "restore", "add" with "user". Made at once;
/// gives the user's id. Throws std::invalid_argument.
std::string make_change(Tenant& tenant, const nlohmann::json& words);

struct RandomChanges {
  std::size_t count = 1;
  std::uint64_t seed = 1;
  /// set, clear, rename, remove, delete (for good), restore, add, anchor
  std::vector<std::string> kinds = {"set", "clear", "rename", "remove", "restore", "add"};
};
/// What was changed, in the words of make_change() and with the ids. The same tenant and seed give
/// the same changes.
nlohmann::json make_random_changes(Tenant& tenant, const RandomChanges& changes);

}  // namespace trueup::sim
