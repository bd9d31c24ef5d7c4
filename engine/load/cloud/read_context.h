// SPDX-License-Identifier: Apache-2.0
// What the ways to read the users of a service go by together.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/load/cloud/page_ingest.h"
#include "engine/load/cloud/read_checkpoint.h"
#include "engine/progress.h"
#include "io/page_fetcher.h"

namespace trueup {

/// The properties that trueup has use for; userPrincipalName also because a rename moves a user
/// from one range of the list to another, and the delta must then show it.
inline constexpr std::string_view kSelectedProperties =
    "id,userPrincipalName,mail,mailNickname,proxyAddresses,onPremisesImmutableId,"
    "onPremisesSyncEnabled,onPremisesExtensionAttributes";

/// The service cannot go on from a token: it is gone (410, syncStateNotFound, resyncRequired), not
/// known (400), or, kept from an earlier read, not taken any more (403, 404, 501). What was read
/// with it is no use, a full read is due.
struct ResyncNeeded : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ReadContext {
  PageFetcher& fetcher;
  PageIngest& pages;
  const Progress& progress;
  std::string root;        // "https://graph.microsoft.com/v1.0"
  ReadCheckpoint state;    // of a read that was cut off, else empty; goes on from there
  std::uint64_t date = 0;  // of the newest answer, by the service's clock
  std::vector<std::string>* warnings = nullptr;  // parts that were begun again; nullptr: not said
};

/// What the records of a delta are.
enum class DeltaKind : std::uint8_t {
  kAll,              // all users, from the beginning: an absent property was never set
  kSinceToken,       // changes since a token, over what was listed: absent is unchanged
  kSinceGeneration,  // changes since a stored generation, asked for with return=minimal
};

}  // namespace trueup
