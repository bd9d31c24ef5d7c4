// SPDX-License-Identifier: Apache-2.0
// What several runs add up to, each of which stays below every limit. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/plan/guard_options.h"
#include "engine/plan/guard_reading.h"
#include "engine/plan/plan.h"
#include "snapshots/store/plan_facts.h"

namespace trueup {

/// `written`: of the runs before `plan` that count, merged. `matched`: what the percentages are of.
/// A reading only where both have something of the kind.
std::vector<GuardReading> read_creep(const Plan& plan, const std::vector<PlanFact>& written,
                                     std::uint64_t matched, const GuardOptions& options);

}  // namespace trueup
