// SPDX-License-Identifier: Apache-2.0
// What differs between a cloud and an AD snapshot: two cursors over the fingerprints of each shard,
// in anchor order; only mailboxes that differ are read. Shards in parallel, results in shard
// order, so the same at any thread count. Writes nothing. Called by engine/reconcile.
#pragma once

#include "engine/compare/diff_options.h"
#include "engine/compare/diff_result.h"
#include "engine/compare/scope.h"
#include "engine/progress.h"
#include "snapshots/store/description.h"

namespace trueup {

/// Throws StoreError.
DiffResult diff(const Store& store, const SnapshotDescription& cloud, const SnapshotDescription& ad,
                const Scope& scope, const DiffOptions& options, Progress& progress);

}  // namespace trueup
