// SPDX-License-Identifier: Apache-2.0
// The guards on what was loaded: against the last accepted load and run, and by itself. Called by
// engine/plan/guards/guards.
#pragma once

#include <vector>

#include "engine/plan/guard_options.h"
#include "engine/plan/guard_reading.h"
#include "engine/plan/guards/guard_inputs.h"

namespace trueup {

std::vector<GuardReading> read_input_guards(const GuardInputs& inputs, const GuardOptions& options);

/// Whether nothing that was read carries it, and the server has not settled it: of an AD snapshot.
bool is_unseen(const SnapshotDescription& ad, Carried carried);
/// Whether a setting rests on it.
bool is_relied_on(const DiffOptions& options, Carried carried);

}  // namespace trueup
