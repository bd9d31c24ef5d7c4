// SPDX-License-Identifier: Apache-2.0
// What a run's journal says about its changes, for going on with it. Called by engine/write_plan.
#pragma once

#include <functional>

#include "engine/apply.h"
#include "io/root_dse.h"
#include "snapshots/description.h"
#include "snapshots/store.h"

namespace trueup {

/// True if `server` is not the one that `run` wrote to, or is its database restored from a backup:
/// what was acknowledged then may not be there (yet).
bool is_other_dc(const RunDescription& run, const RootDse& server);

/// For a run that was begun. With `other_dc` what was written is awaited there: nothing that may
/// still replicate is overwritten.
ApplyHistory history_of(Store& store, const RunDescription& run, bool other_dc);

/// The changes of `run` that are still to be looked at, in plan order; with `doubtful_only` none
/// that was not sent. Of what is awaited, the part that was acknowledged. `history` must outlive it.
std::function<bool(Change&)> changes_left(Store& store, const RunDescription& run,
                                          const ApplyHistory& history, bool doubtful_only);

/// What came of all changes of a run so far, in the place of what came of those of its last part.
void count_whole_run(Store& store, const RunDescription& run, ApplyResult& result);

}  // namespace trueup
