// SPDX-License-Identifier: Apache-2.0
// Whether AD was only read again since a plan was made: what the plan rests on is as it was, and so
// the plan is as good as one made now. Called by engine/run/run_selection.
#pragma once

#include "snapshots/store/description.h"
#include "snapshots/store/store.h"

namespace trueup {

/// By digest and counts of the two snapshots, by who holds which address, and for each object of
/// the plan of `run` by its name, its objectGUID and what protects it, which no digest covers. The
/// cloud is as it was too. False where a snapshot that the plan was made from is not in the store
/// any more.
bool only_read_again(const Store& store, const RunDescription& run,
                     const SnapshotDescription& newest);

}  // namespace trueup
