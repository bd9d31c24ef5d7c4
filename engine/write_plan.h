// SPDX-License-Identifier: Apache-2.0
// The stages that touch the directory, on a stored plan: which one may be applied, applying it,
// reading it back. Called by engine/reconcile.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/reconcile.h"
#include "engine/run_folder.h"

namespace trueup {

/// Finds the plan that `request` means and checks that it may be applied now. With
/// request.accept, records the acceptance. Throws UsageError, InputError, and GuardError for a plan
/// that a guard stopped and that is not accepted.
RunDescription plan_to_apply(Store& store, const Job& job, const ApplyRequest& request,
                             Report& report);

/// The run whose writes are to be verified; 0: the newest that wrote. Throws UsageError.
RunDescription written_run(const Store& store, std::uint64_t number, Report& report);

/// Sends the plan of `run` and records what came back, then verifies. Throws DirectoryError before
/// the first write if the server cannot be used.
void write_and_verify(Store& store, const Job& job, RunDescription& run, Progress& progress,
                      const std::atomic<bool>* stop, Report& report, StageTimer& timer);

void verify_run(Store& store, const Job& job, RunDescription& run, Progress& progress,
                const std::atomic<bool>* stop, Report& report, StageTimer& timer);

}  // namespace trueup
