// SPDX-License-Identifier: Apache-2.0
// Lets days go by in a store: every time that it remembers moves into the past, so that nights run
// back to back look like nights. For tests of what trueup knows about days gone by.
#pragma once

#include <chrono>
#include <string>

#include "snapshots/store/description.h"

namespace trueup {

/// Of the store in `folder`, which nobody has open: all its snapshots and runs are `by` older;
/// negative: younger.
void age_store(const std::string& folder, std::chrono::seconds by);

/// The same of one description. A new field that holds a time is moved here, and nowhere else.
SnapshotDescription aged(SnapshotDescription snapshot, std::chrono::seconds by);
RunDescription aged(RunDescription run, std::chrono::seconds by);

}  // namespace trueup
