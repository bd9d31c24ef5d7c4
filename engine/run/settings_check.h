// SPDX-License-Identifier: Apache-2.0
// What can be found wrong with the settings of a job without reading an input: so that it is told
// at once, and not after an hour of loading. Called by engine/reconcile.
#pragma once

#include "engine/run/job.h"

namespace trueup {

/// Throws UsageError: names that are no DNs, files that are not there or cannot be read, folders
/// that cannot be written to, accounts and certificates that make no sense.
void check_settings(const Job& job);

/// Connects to the directory that is to be written to, binds, and looks whether it may be written
/// to and has the base. Throws UsageError, DirectoryError.
void require_usable_directory(const Job& job);

/// The same, and whether it is the directory that the plan of `run` is for.
void require_directory_of(const Store& store, const RunDescription& run, const Job& job);

}  // namespace trueup
