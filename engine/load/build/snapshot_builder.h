// SPDX-License-Identifier: Apache-2.0
// The last pass of a load: mailboxes by anchor, each claimed once, written as the snapshot's record
// and fingerprint tables. Called by engine/load/load_cloud and engine/load/load_ad.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/load/staging/partial_page.h"
#include "snapshots/store/description.h"
#include "snapshots/store/refused_records.h"
#include "snapshots/store/spool.h"
#include "snapshots/store/store.h"

namespace trueup {

/// Into how many files, each a range of whole shards, `bytes` of records are cut.
int file_ranges(std::uint64_t bytes);
/// The shards of range `i` of `n`: [first, second).
std::pair<int, int> shards_of_range(int i, int n);

/// What every mailbox of a side has beside what its record says: a Graph dump supplies what it
/// selected, whether a user carries it or not.
struct CommonFacts {
  AttributeSet supplied;
  std::uint32_t flags = 0;
  /// Whether a change to a user that is not known tells all there is (a delta: "never set"), or a
  /// part, because users are asked for again where that is doubtful (a live read).
  bool new_ids_are_whole = true;
  /// Pages that supply less than `supplied`; sorted, and alive as long as this.
  std::span<const PartialPage> partial_pages{};

  /// The page that the record of this place in the stream stands on, if it is one of those.
  const PartialPage* partial_page(std::uint64_t order) const {
    if (partial_pages.empty()) return nullptr;
    const auto behind = std::ranges::upper_bound(partial_pages, order, {}, &PartialPage::first);
    if (behind == partial_pages.begin() || behind[-1].last < order) return nullptr;
    return &behind[-1];
  }
};

/// Writes the tables of `staged` (items keyed by anchor) for `description.generation` and fills in
/// the counts, masks and digest of `description`. Appends the files to be ingested and the records
/// that are refused. Cloud: carries the history mask on from description.previous.
void build_snapshot(Store& store, Spool& staged, const CommonFacts& facts,
                    SnapshotDescription& description, std::vector<std::string>& files,
                    std::vector<RefusedRecord>& refused);

/// Writes the refused records and takes all files in; the snapshot exists once it is described.
void take_in_snapshot(Store& store, const SnapshotDescription& description,
                      std::vector<std::string>& files, std::vector<RefusedRecord>& refused);

}  // namespace trueup
