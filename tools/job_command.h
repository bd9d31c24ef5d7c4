// SPDX-License-Identifier: Apache-2.0
// What the commands that do work share: open the store, limit the threads, show progress, print
// the report.
#pragma once

#include <functional>

#include "engine/progress.h"
#include "engine/report.h"
#include "snapshots/store.h"
#include "tools/settings.h"

namespace trueup {

/// Runs `work` on the store and prints its report; returns its exit code. `work` is given
/// settings.job with what is bound to this process.
int do_job(const Settings& settings,
           const std::function<Report(Store& store, Job job, Progress& progress)>& work);

/// The number of a run, 0 where there is none. Throws UsageError.
std::uint64_t run_number(const std::vector<std::string>& arguments);

}  // namespace trueup
