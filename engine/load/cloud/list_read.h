// SPDX-License-Identifier: Apache-2.0
// GET /users in ranges: ranges of userPrincipalName read side by side. The first cut is by a sample
// of names; a range that turns out large while others have ended is cut again, and read anew in
// parts. What was read of it already is read twice, which does no harm: the id decides.
// Called by engine/load/cloud/graph_source; one thread.
//
// Source: Microsoft Graph "list users", "advanced query capabilities": a page has up to 999 users,
// and names the next one; $filter takes ranges of userPrincipalName. A list is no snapshot: a delta
// since a token taken before it makes it one (engine/load/cloud/delta_read).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/load/cloud/read_context.h"

namespace trueup {

/// Reads the list in ranges, as many at a time as the service takes. `users`: about how many there
/// are; `names`: some of them, in any order, to cut by; empty: it finds out.
void read_list(ReadContext& context, std::uint64_t users, std::vector<std::string> names);

}  // namespace trueup
