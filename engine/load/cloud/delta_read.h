// SPDX-License-Identifier: Apache-2.0
// The ways to read all users, or all changes, from the service, over a PageFetcher: what is asked
// for, and in which order. Called by engine/load/cloud/graph_source; one thread.
//
// Source: Microsoft Graph "delta query overview", "user: delta", "list users", "advanced query
// capabilities". Facts that shape this: a delta page has at most 200 users and names the next one,
// so that a delta is read one page after the other; a list page has up to 999 and can be filtered
// by ranges of userPrincipalName, so that a list is read in ranges side by side, but is no
// snapshot. A delta since a token taken before the list makes it one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/load/cloud/read_context.h"

namespace trueup {

/// The deltaLink of now, without any users, into state.token. A change that is not in a list read
/// later is in the delta since it.
void take_token(ReadContext& context);

/// Follows a delta to its end, or on from state.delta_next, and takes all pages; gives the
/// deltaLink there. `start`: the first page's URL. Changes are read again from their beginning, a
/// few times, where the token of a next page has expired; a delta of all users would keep those
/// that are deleted meanwhile, and is begun anew as a whole. Throws ResyncNeeded.
std::string follow_delta(ReadContext& context, const std::string& start, DeltaKind kind);

/// The URL of a delta from the beginning.
std::string first_delta_url(const ReadContext& context);

/// Asks for single users again, whole. One that is not found is left as it is: a later delta tells
/// if it is gone.
void reread_users(ReadContext& context, const std::vector<std::string>& ids);

/// How many users the service counts now (GET /users/$count).
std::uint64_t count_users(ReadContext& context);

}  // namespace trueup
