// SPDX-License-Identifier: Apache-2.0
// Loads one side from its feeds into a new snapshot of the store: parsed in parallel over files and
// within large ones, the last occurrence in stream order wins at any thread count, memory bounded
// by LoadOptions::memory_bytes, written as sorted files that are taken in whole. Either the
// snapshot is there complete when this returns, or the store is as it was.
#pragma once

#include <optional>
#include <vector>

#include "engine/load/staging/load_options.h"
#include "engine/load/staging/load_result.h"
#include "engine/progress.h"
#include "io/defect.h"
#include "snapshots/store/description.h"
#include "snapshots/store/store.h"

namespace trueup {

struct LdapOptions;
struct GraphOptions;

/// What is read live; nullptr: from files, or not at all.
struct LiveSides {
  const GraphOptions* graph = nullptr;
  const LdapOptions* ad = nullptr;
};

struct LoadedSides {
  std::optional<LoadResult> cloud, ad;
};

/// The sides that `options` and `live` name, one beside the other: while one waits for the disk the
/// other one works. Both snapshots come to be at once, or none does. Throws what load_cloud() and
/// load_ad() throw, when both have ended.
LoadedSides load_sides(Store& store, const LoadOptions& options, const LiveSides& live,
                       Progress& progress);

/// Everything of load_cloud() and load_ad() but the last step: the tables are in the store, and the
/// snapshot exists once its description is put.
LoadResult prepare_cloud(Store& store, std::uint64_t generation, const LoadOptions& options,
                         const GraphOptions* live, Progress& progress);
LoadResult prepare_ad(Store& store, std::uint64_t generation, const LoadOptions& options,
                      const LdapOptions* live, Progress& progress);

/// Graph pages and EXO exports; with `live` given, the pages come from the service. Throws
/// InputError (incomplete, foreign or unreadable input, too many defects; nothing is stored then),
/// UsageError, StoreError.
LoadResult load_cloud(Store& store, const LoadOptions& options, const GraphOptions* live,
                      Progress& progress);

/// LDIF exports, or, with `live` given, a read of the whole directory. Throws as load_cloud does,
/// and DirectoryError.
LoadResult load_ad(Store& store, const LoadOptions& options, const LdapOptions* live,
                   Progress& progress);

}  // namespace trueup
