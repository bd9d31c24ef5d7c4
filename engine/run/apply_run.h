// SPDX-License-Identifier: Apache-2.0
// The stages that touch the directory, on a stored plan: applying it, going on with it, settling
// what a killed run left in doubt. Called by engine/reconcile and engine/run/resume_unfinished.
#pragma once

#include <cstdint>

#include "engine/run/run_context.h"
#include "snapshots/store/description.h"

namespace trueup {

enum class ApplyMode : std::uint8_t {
  kFresh,   // nothing of the plan was sent
  kResume,  // goes on with what was begun
  kSettle   // sends nothing: finds out what of the begun was written, and ends the run
};

/// Sends what is left of the plan of `run` and records what came back, then verifies (not with
/// kSettle). Throws DirectoryError before the first write if the server cannot be used.
void apply_and_verify(const RunContext& context, RunDescription& run, ApplyMode mode);

}  // namespace trueup
