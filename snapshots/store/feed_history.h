// SPDX-License-Identifier: Apache-2.0
// Which contents each feed ever had in an accepted load: what was there before and comes again is
// an old dump taken for tonight's. Kept for as long as the store is, beyond the snapshots
// themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "snapshots/store/description.h"

namespace trueup {

struct FeedSeen {
  std::uint64_t generation = 0;  // of the first accepted load with this content
  std::uint64_t loaded_at = 0;   // Unix seconds
};

/// `feed`: "graph", "exo" or "ad". Nothing: no accepted load had this digest.
std::optional<FeedSeen> feed_seen(const Store& store, std::string_view feed,
                                  const std::string& digest);

/// Adds the digests of a snapshot that is accepted.
void keep_feed_digests(Store& store, const SnapshotDescription& accepted);

}  // namespace trueup
