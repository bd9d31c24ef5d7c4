// SPDX-License-Identifier: Apache-2.0
// What the commands that do work share: open the store, limit the threads, show progress, print
// the report.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "engine/progress.h"
#include "engine/run/records/report.h"
#include "snapshots/store/store.h"
#include "tools/commands/settings.h"

namespace trueup {

/// Runs `work` on the store and prints its report; returns its exit code. `work` is given
/// settings.job with what is bound to this process.
/// What is unfinished is printed before anything else, then `banner`.
int do_job(const Settings& settings,
           const std::function<Report(Store& store, Job job, Progress& progress)>& work,
           const std::string& banner = {});

/// Prints what is unfinished in the store, and what of it was damaged; returns what is unfinished.
/// Of the run `gone_on_with`, which the command resumes, it says so only if some of it is lost.
std::vector<UnfinishedRun> say_what_is_unfinished(Store& store, std::FILE* out,
                                                  std::uint64_t gone_on_with = 0);

/// The number of a run, 0 where there is none. Throws UsageError.
std::uint64_t run_number(const std::vector<std::string>& arguments);

}  // namespace trueup
