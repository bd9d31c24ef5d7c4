// SPDX-License-Identifier: Apache-2.0
// Which stored plan may be written now, and which runs are unfinished. Called by engine/reconcile.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/run/job.h"
#include "engine/run/run_context.h"

namespace trueup {

/// Finds the plan that `request` means and checks that it may be applied now. With
/// request.accept, records the acceptance. Throws UsageError, InputError, and GuardError for a plan
/// that a guard stopped and that is not accepted.
RunDescription planned_run(const RunContext& context, const ApplyRequest& request);

/// The run that request.resume names: begun, not finished, and its plan still fit to be sent.
/// Throws UsageError.
RunDescription run_to_resume(const RunContext& context, const ApplyRequest& request);

/// The run that `number` names, for its rejects to be tried again. Throws UsageError.
RunDescription run_with_rejects(Store& store, const Job& job, std::uint64_t number);

/// The run whose writes are meant; 0: the newest that wrote. Throws UsageError.
RunDescription written_run(const Store& store, std::uint64_t number);

/// Throws UsageError if the plan of `run` changes an object that the settings of now keep it from:
/// outside of job.load.base, or in one of job.diff.exclude.
void require_allowed(const Store& store, const Job& job, const RunDescription& run);

/// Fills in what the report says about `run`.
void add_run_to_report(const Store& store, const RunDescription& run, const std::string& command,
                       Report& report);

}  // namespace trueup
