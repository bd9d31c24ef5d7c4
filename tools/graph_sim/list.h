// SPDX-License-Identifier: Apache-2.0
//
// GET /users: which users stand on a page, without a look at all of them. A listing is no snapshot:
// each page shows the tenant as it is then, after the last user of the page before.
#pragma once

#include <string>
#include <vector>

#include "tools/graph_sim/filter.h"
#include "tools/graph_sim/tenant_history.h"

namespace trueup::sim {

enum class ListOrder { kById, kByName };

struct ListPage {
  std::vector<UserIndex> indexes;
  bool more = false;
};

/// At most `top` users after `after` (the key of the last user before; "": from the beginning).
/// REQUIRES: a Reading.
ListPage find_page(const Tenant& tenant, Version version, const Filter& filter, ListOrder order,
                   std::size_t top, const std::string& after);
/// What to go on after.
std::string list_key(const Tenant& tenant, Version version, ListOrder order, UserIndex index);

/// How many there are. REQUIRES: a Reading.
std::size_t count_users(const Tenant& tenant, Version version, const Filter& filter);

}  // namespace trueup::sim
