// SPDX-License-Identifier: Apache-2.0
// Which AD object holds which address: the index by which collisions are found, and the addresses
// that AD holds twice already. Called by engine/load/load_ad.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/load/build/snapshot_builder.h"
#include "snapshots/store/rows.h"
#include "snapshots/store/spool.h"
#include "snapshots/store/store.h"
#include "snapshots/store/table.h"

namespace trueup {

/// Addresses held by more than one object: all are counted, the first ones kept.
struct DuplicateAddresses {
  static constexpr std::size_t kKept = 100;
  std::uint64_t count = 0;
  std::vector<std::pair<AddressRow, AddressRow>> kept;
};

/// Sorts the rows of a range of partitions into the index table. REQUIRES: `file` is fresh.
void write_address_index(TableWriter& file, Spool& rows, std::uint64_t generation,
                         std::pair<int, int> shards, DuplicateAddresses& duplicates);

/// Notes that name the address and its two holders. REQUIRES: the tables of `generation` are in.
std::vector<RefusedRecord> name_duplicates(const Store& store, std::uint64_t generation,
                                           const DuplicateAddresses& duplicates);

}  // namespace trueup
