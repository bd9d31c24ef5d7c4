// SPDX-License-Identifier: Apache-2.0
// What the guards read: both sides, what differs, the plan, and what earlier runs left.
#pragma once

#include "engine/compare/diff_options.h"
#include "engine/compare/diff_result.h"
#include "engine/plan/guards/guard_history.h"
#include "engine/plan/plan.h"
#include "snapshots/store/description.h"

namespace trueup {

struct GuardInputs {
  const SnapshotDescription& cloud;
  const SnapshotDescription& ad;
  const DiffResult& diff;
  const Plan& plan;
  const DiffOptions& diff_options;
  const GuardHistory& history;
};

}  // namespace trueup
