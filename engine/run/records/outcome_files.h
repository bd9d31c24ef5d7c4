// SPDX-License-Identifier: Apache-2.0
// What came of a run's changes, as files in its folder: rejects.ldif and undo.ldif. Called by
// engine/run/apply_run when a run ends.
#pragma once

#include <string>

#include "snapshots/store/description.h"
#include "snapshots/store/store.h"

namespace trueup {

/// Puts what the directory did not take behind what the plan refused, in `folder`/rejects.ldif: the
/// changes as records, with the reason, the server's words and, where another value was found in
/// its place, that value. `trueup apply --rejects RUN` tries them again. Throws StoreError.
void write_outcomes(Store& store, const RunDescription& run, const std::string& folder);

/// Writes the plan that reverses what was acknowledged to `folder`/undo.ldif; true if it has any
/// changes. `trueup undo RUN` runs it. Throws StoreError.
bool write_undo(Store& store, const RunDescription& run, const std::string& folder);

}  // namespace trueup
