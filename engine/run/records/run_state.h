// SPDX-License-Identifier: Apache-2.0
// What the state of a run says of what it did to the directory.
#pragma once

#include "snapshots/store/description.h"

namespace trueup {

/// By its state: it was killed or stopped while it wrote (engine/run/records/unfinished_runs.h
/// knows more).
bool is_unfinished(const RunDescription& run);
/// By its state: it has begun to write, and may have ended.
bool has_written(const RunDescription& run);

}  // namespace trueup
