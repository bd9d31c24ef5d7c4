// SPDX-License-Identifier: Apache-2.0
// Protections that an operator goes without, because nothing in the inputs carries what they rest
// on: agreed to once, said in every plan and report, and over as soon as something carries it.
#pragma once

#include <string>
#include <vector>

#include "engine/compare/diff_options.h"
#include "snapshots/store/description.h"
#include "snapshots/store/store.h"

namespace trueup {

/// "NOT PROTECTED: adminCount, accepted 2026-11-29", one for each that `ad` does not carry.
std::vector<std::string> unprotected_lines(const Store& store, const SnapshotDescription& ad,
                                           const DiffOptions& options);

/// Throws UsageError for a key ("adminCount") that the plan of `run` does not lack.
void require_lacking(const RunDescription& run, const std::vector<std::string>& keys);
/// " --accept-unprotected adminCount", for all that it lacks.
std::string accept_unprotected_flags(const RunDescription& run);
/// Takes `keys` as agreed to for what run.unprotected names. Throws as require_lacking() does, and
/// GuardError if one is missing. With `record`, durably.
void accept_risks(Store& store, const RunDescription& run, const std::vector<std::string>& keys,
                  bool record);

/// What an accepted load carries again is protected again.
void end_risks(Store& store, const SnapshotDescription& accepted);

}  // namespace trueup
