// SPDX-License-Identifier: Apache-2.0
// Checks on inputs and plan that stop a run before its first write. Each gives a reading, so that
// people see how near it is; none can be switched off, a stopped plan is let through by its digest.
// Pure: what they compare with is collected by engine/plan/guards/guard_history. Called by
// engine/run/run_record.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/plan/guard_options.h"
#include "engine/plan/guard_reading.h"
#include "engine/plan/guards/guard_inputs.h"
#include "engine/plan/plan.h"

namespace trueup {

/// All of them.
std::vector<GuardReading> read_guards(const GuardInputs& inputs, const GuardOptions& options);

/// Those on the plan alone; `matched`: mailboxes that the percentages are of. `holders`: of each
/// attribute, those in scope with a value in AD; nullptr where that is not known.
std::vector<GuardReading> read_plan_guards(
    const Plan& plan, std::uint64_t matched,
    const std::array<std::uint64_t, kAttributeCount>* holders, const GuardOptions& options);

}  // namespace trueup
