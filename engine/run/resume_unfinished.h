// SPDX-License-Identifier: Apache-2.0
// What becomes of unfinished runs before another plan is written: the nightly run goes on with one
// that may be gone on with; all others are settled, so that what each wrote is known. Called by
// engine/reconcile.
#pragma once

#include <optional>

#include "engine/run/run_context.h"

namespace trueup {

/// Goes on with each run of report.unfinished that was accepted and whose plan may still be sent,
/// to its end, and puts what came of it into report.resumed; of the others it says why not. Where
/// one does not come to its end, gives its report: nothing else is to be begun.
std::optional<Report> resume_unfinished(const RunContext& context);

/// Sends nothing: finds out what of the unfinished runs is written, and ends them. Throws
/// DirectoryError if that cannot be found out.
void settle_unfinished(const RunContext& context);

/// For a dry run, which settles nothing: UsageError where settle_unfinished() would throw one,
/// because the server is not the directory that an unfinished run wrote to.
void require_directory_of_unfinished(Store& store, const Job& job);

}  // namespace trueup
