// SPDX-License-Identifier: Apache-2.0
// What a run's journal says about its changes, for going on with it. Called by
// engine/run/apply_run.
#pragma once

#include <functional>

#include "engine/apply/apply_types.h"
#include "io/ldap/session/root_dse.h"
#include "snapshots/store/description.h"
#include "snapshots/store/store.h"

namespace trueup {

/// True if `server` is not the one that `run` wrote to, or is its database restored from a backup:
/// what was acknowledged then may not be there (yet).
bool is_other_dc(const RunDescription& run, const RootDse& server);

/// Changes of which nobody knows whether they were written: those that were to be sent, by the
/// journal or by the run's marker, and have no outcome, and those whose outcome is unknown.
struct DoubtfulChanges {
  NumberSet numbers;
  std::uint64_t without_outcome = 0;
};
DoubtfulChanges doubtful_changes(Store& store, const RunDescription& run);

/// The highest change of `run` that may have been sent so far; 0: none was.
std::uint32_t intended_before(Store& store, const RunDescription& run);

/// For a run that was begun. With `other_dc` what was written is awaited there: nothing that may
/// still replicate is overwritten.
ApplyHistory history_of(Store& store, const RunDescription& run, bool other_dc);

/// The changes of `run` that are still to be looked at, in plan order; with `doubtful_only` none
/// that was not sent. Of what is awaited, the part that was acknowledged. `history` must outlive
/// it.
std::function<bool(Change&)> changes_left(Store& store, const RunDescription& run,
                                          const ApplyHistory& history, bool doubtful_only);

/// What came of all changes of a run so far, in the place of what came of those of its last part.
void count_whole_run(Store& store, const RunDescription& run, ApplyResult& result);

}  // namespace trueup
