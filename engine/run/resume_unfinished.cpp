// SPDX-License-Identifier: Apache-2.0
#include "engine/run/resume_unfinished.h"

#include "engine/plan_to_apply.h"
#include "engine/run/unfinished_runs.h"
#include "engine/run_folder.h"
#include "engine/write_plan.h"
#include "snapshots/errors.h"

namespace trueup {
void settle_unfinished(Store& store, const Job& job, Progress& progress,
                       const std::atomic<bool>* stop, Report& report) {
  for (const UnfinishedRun& unfinished : unfinished_runs(store)) {
    RunDescription run = unfinished.run;
    Report of_run;
    note_run(store, run, "settle", of_run);
    StageTimer timer(report.times);
    write_and_verify(store, job, run, Begin::kSettle, progress, stop, of_run, timer);
    if (run.state != "settled") {
      throw DirectoryError("run " + std::to_string(run.run) +
                           " cannot be settled: " + of_run.applied->stop_message);
    }
    report.warnings.push_back(
        "run " + std::to_string(run.run) + " was unfinished and is settled: " +
        std::to_string(of_run.applied->done) + " of " + std::to_string(run.changes) +
        " changes are written, the rest is planned afresh; " + of_run.folder + "/undo.ldif");
  }
}

}  // namespace trueup
