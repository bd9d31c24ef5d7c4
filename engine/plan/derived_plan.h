// SPDX-License-Identifier: Apache-2.0
// Plans that come from what a run wrote, or could not write, instead of from two snapshots: undo,
// and the rejects once more. Called by engine/reconcile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/plan/guard_reading.h"
#include "engine/plan/plan.h"
#include "snapshots/store/description.h"
#include "snapshots/store/store.h"

namespace trueup {

/// The plan that reverses exactly what the server acknowledged of `run`, also of half a run and of
/// an undo: deletes what was added, adds what was deleted, the last change first, the taker of an
/// address before its giver. Of the counts for the guards, `clear` counts single-valued attributes
/// only: what else a multi-valued one holds, the plan does not know.
Plan undo_plan(Store& store, const RunDescription& run);

/// The plan of what `run` was to write and did not: rejected, in conflict, not sent because it
/// comes after one of those, or not found written. What was acknowledged of such a change is left
/// out.
Plan rejects_plan(Store& store, const RunDescription& run);

/// Why `undo` may not take back all that `run` wrote: changes `in_doubt` (doubtful_changes()), or
/// acknowledged by the record and not in it; "": it takes back all.
std::string why_not_all(Store& store, const RunDescription& run, const Plan& undo,
                        std::size_t in_doubt);

/// What a run added goes again when it is undone: `losing` does not stop an undo of all that it
/// wrote by itself. With others it fires, and where something is left out: `not_all`, as
/// why_not_all() says it, then stands with it.
void allow_undo_losses(const std::string& not_all, std::vector<GuardReading>& readings);

/// The comments that stand above the records.
std::string undo_header(const RunDescription& run, const DirectoryIdentity& directory,
                        const Plan& plan);
std::string rejects_header(const RunDescription& run, const DirectoryIdentity& directory,
                           const Plan& plan);

}  // namespace trueup
