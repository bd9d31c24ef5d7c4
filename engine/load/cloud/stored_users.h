// SPDX-License-Identifier: Apache-2.0
// The Graph users of a stored cloud generation, as staged items that later changes can be put on
// (engine/load/load_cloud). What EXO said is taken off again: each night brings its own export.
#pragma once

#include <cstdint>

#include "engine/load/staging/load_options.h"
#include "snapshots/store/description.h"
#include "snapshots/store/spool.h"
#include "snapshots/store/store.h"

namespace trueup {

/// Orders below that of any page: stream_order(file, ...) with a file number from 1.
inline constexpr std::size_t kFirstChangedFile = 1;

/// Stages every Graph user of generation `base`, and a @removed for each id that was removed,
/// keyed by hashed id. Throws StoreError.
void stage_stored_users(const Store& store, const SnapshotDescription& base, Spool& by_id);

}  // namespace trueup
