// SPDX-License-Identifier: Apache-2.0
// The whole job. Read reconcile.cpp first: it calls the stages in order.
#pragma once

#include <cstdint>

#include "engine/progress.h"
#include "engine/run/job.h"
#include "engine/run/records/report.h"
#include "snapshots/store/store.h"

namespace trueup {

/// load, diff, plan, guard, and with job.write apply and verify; the command "run" first goes on
/// with an unfinished run, if it may. Stopped by a guard: the plan is
/// stored and written first, the report says so. Throws InputError, StoreError, DirectoryError,
/// UsageError; then nothing was written to AD by a stage that had not begun.
Report reconcile(Store& store, const Job& job, Progress& progress);

/// Applies a stored plan and verifies it, goes on with a run that was stopped or killed, or tries
/// again what one could not write. Throws as reconcile() does; UsageError where that cannot be
/// (changed file, applied before, too old, older than the AD snapshot).
Report apply_stored(Store& store, const Job& job, const ApplyRequest& request, Progress& progress);

/// Takes back what run `run` has written, as far as it still stands:
/// plan, guards, apply and verify as for any plan.
Report undo_stored(Store& store, const Job& job, std::uint64_t run, Progress& progress);

/// Reads back what run `run` wrote (0: the newest that wrote) and compares.
Report verify_stored(Store& store, const Job& job, std::uint64_t run, Progress& progress);

/// Reads the whole of AD from the server and compares every mailbox in scope with the newest cloud
/// snapshot. What differs stands in the run's plan.ldif, which cannot be applied.
Report verify_all(Store& store, const Job& job, Progress& progress);

/// Loads the sides that job.load names, and stops there.
Report load_only(Store& store, const Job& job, Progress& progress);

}  // namespace trueup
