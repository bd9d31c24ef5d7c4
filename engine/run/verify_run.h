// SPDX-License-Identifier: Apache-2.0
// Reads back what a run wrote: all that its journal says is there, and what it left in doubt.
// Called by engine/run/apply_run after a run, and by `trueup verify`.
#pragma once

#include "engine/run/run_context.h"
#include "snapshots/store/description.h"

namespace trueup {

/// Fills in report.verified. Changes nothing in the journal: what is in doubt stays so, and is told
/// as it is found. Throws DirectoryError, UsageError where no server is named.
void verify_run(const RunContext& context, const RunDescription& run);

}  // namespace trueup
