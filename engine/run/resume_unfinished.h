// SPDX-License-Identifier: Apache-2.0
// What becomes of unfinished runs before another plan is written: they are settled, so that what each
// wrote is known. Called by engine/reconcile.
#pragma once

#include <atomic>

#include "engine/reconcile.h"

namespace trueup {

/// Sends nothing: finds out what of the unfinished runs is written, and ends them. Throws
/// DirectoryError if that cannot be found out.
void settle_unfinished(Store& store, const Job& job, Progress& progress,
                       const std::atomic<bool>* stop, Report& report);

}  // namespace trueup
