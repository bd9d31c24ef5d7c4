// SPDX-License-Identifier: Apache-2.0
// The two ways to put on record what apply() does: in the journal of a run, or nowhere.
#pragma once

#include <functional>

#include "engine/apply/apply_types.h"
#include "snapshots/store/intended_marker.h"
#include "snapshots/store/journal.h"

namespace trueup {

/// Changes of `next`; intents and outcomes go to `journal`, intents to `marker` too (nullptr:
/// none); both must outlive it. An intent is synced by a thread of its own, beside what is in
/// flight.
ApplyRecords journalled(Journal& journal, std::function<bool(Change&)> next,
                        IntendedMarker* marker = nullptr);

/// For a dry run.
ApplyRecords unrecorded(std::function<bool(Change&)> next);

}  // namespace trueup
