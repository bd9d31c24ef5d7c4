// SPDX-License-Identifier: Apache-2.0
// The ways to read all users, or all changes, from the service, over a PageFetcher: what is asked
// for, and in which order. Called by engine/graph_source; one thread.
//
// Source: Microsoft Graph "delta query overview", "user: delta", "list users", "advanced query
// capabilities". Facts that shape this: a delta page has at most 200 users and names the next one,
// so that a delta is read one page after the other; a list page has up to 999 and can be filtered
// by ranges of userPrincipalName, so that a list is read in pieces side by side, but is no
// snapshot. A delta since a token taken before the list makes it one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/load/cloud/page_ingest.h"
#include "engine/load/cloud/read_checkpoint.h"
#include "io/page_fetcher.h"

namespace trueup {

/// The properties that trueup has use for; userPrincipalName also because a rename moves a user
/// from one piece of the list to another, and the delta must then show it.
inline constexpr std::string_view kSelectedProperties =
    "id,userPrincipalName,mail,mailNickname,proxyAddresses,onPremisesImmutableId,"
    "onPremisesSyncEnabled,onPremisesExtensionAttributes";

/// The service cannot go on from a token: it is gone (410, syncStateNotFound, resyncRequired), not
/// known (400), or, kept from an earlier read, not taken any more (403, 404, 501). What was read
/// with it is no use, a full read is due.
struct ResyncNeeded : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct PullContext {
  PageFetcher& fetcher;
  PulledPages& pages;
  const Progress& progress;
  std::string root;        // "https://graph.microsoft.com/v1.0"
  PullState state;         // of a read that was cut off, else empty; goes on from there
  std::uint64_t date = 0;  // of the newest answer, by the service's clock
  std::vector<std::string>* warnings = nullptr;  // parts that were begun again; nullptr: not said
};

/// The deltaLink of now, without any users, into state.token. A change that is not in a list read
/// later is in the delta since it.
void take_token(PullContext& context);

/// What the records of a delta are.
enum class DeltaKind : std::uint8_t {
  kAll,              // all users, from the beginning: an absent property was never set
  kSinceToken,       // changes since a token, over what was listed: absent is unchanged
  kSinceGeneration,  // changes since a stored generation, asked for with return=minimal
};

/// Follows a delta to its end, or on from state.delta_next, and takes all pages; gives the
/// deltaLink there. `start`: the first page's URL. Changes are read again from their beginning, a
/// few times, where the token of a next page has expired; a delta of all users would keep those
/// that are deleted meanwhile, and is begun anew as a whole. Throws ResyncNeeded.
std::string follow_delta(PullContext& context, const std::string& start, DeltaKind kind);

/// The URL of a delta from the beginning.
std::string first_delta_url(const PullContext& context);

/// Reads the list in pieces, as many at a time as the service takes. `users`: about how many there
/// are; `names`: some of them, in any order, to cut by; empty: it finds out.
void read_list(PullContext& context, std::uint64_t users, std::vector<std::string> names);

/// Asks for single users again, whole. One that is not found is left as it is: a later delta tells
/// if it is gone.
void reread_users(PullContext& context, const std::vector<std::string>& ids);

/// How many users the service counts now (GET /users/$count).
std::uint64_t count_users(PullContext& context);

}  // namespace trueup
