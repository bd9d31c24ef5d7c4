// SPDX-License-Identifier: Apache-2.0
#include "engine/run/resume_unfinished.h"

#include "engine/run/apply_run.h"
#include "engine/run/records/unfinished_runs.h"
#include "engine/run/run_record.h"
#include "engine/run/run_selection.h"
#include "engine/run/settings_check.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

Report begun(const Job& job) {
  Report report;
  report.started_at = unix_now();
  report.invocation = job.invocation;
  return report;
}

ResumedRun summed_up(const RunDescription& run, const Report& of_run) {
  ResumedRun resumed;
  resumed.run = run.run;
  resumed.exit_code = of_run.exit_code();
  resumed.state = run.state;
  resumed.changes = run.changes;
  resumed.applied = *of_run.applied;
  if (of_run.verified) {
    resumed.verified = of_run.verified->checked;
    resumed.differing = of_run.verified->differing;
  }
  resumed.undo_file = of_run.undo_file;
  return resumed;
}

std::string fired(const Report& report) {
  std::string names;
  for (const GuardReading& g : report.guards) {
    if (g.fired && !g.accepted) names += (names.empty() ? "" : ", ") + g.guard;
  }
  return names;
}

/// Goes on with `run`; why that may not be, "" if it was done.
std::string try_to_resume(const RunContext& context, RunDescription& run) {
  if (!run.accepted) return "it was not accepted";
  if (run.undo_of != 0) return "it takes back what a new plan would make again";
  try {
    ApplyRequest request;
    request.resume = run.run;
    run = run_to_resume(context, request);
    apply_and_verify(context, run, ApplyMode::kResume);
    const Report& report = context.report;
    return report.stopped_by_guard() ? "a guard stops it: " + fired(report) : std::string();
  } catch (const UsageError& error) {  // before anything is sent: too old, not allowed, another DC
    return error.what();
  }
}

}  // namespace

std::optional<Report> resume_unfinished(const RunContext& context) {
  Report& report = context.report;
  for (const UnfinishedRun& unfinished : report.unfinished) {
    RunDescription run = unfinished.run;
    const std::string name = "run " + std::to_string(run.run);
    Report of_run = begun(context.job);
    of_run.unfinished = report.unfinished;
    const RunContext alone{context.store, context.job, context.progress, of_run, of_run.times};
    const std::string why_not = try_to_resume(alone, run);
    if (!why_not.empty()) {
      report.warnings.push_back(name + " is unfinished and is settled, not resumed: " + why_not);
      continue;
    }
    report.resumed.push_back(summed_up(run, of_run));
    of_run.resumed = report.resumed;
    end_run(context.store, run, of_run);
    constexpr int kStoppedEarly = 5, kFailed = 1;
    if (const int code = of_run.exit_code(); code == kStoppedEarly || code == kFailed) {
      of_run.warnings.push_back(name +
                                " was unfinished, was resumed and has not come to its end; "
                                "nothing was planned");
      return of_run;
    }
    report.warnings.insert(report.warnings.end(), of_run.warnings.begin(), of_run.warnings.end());
    report.warnings.push_back(name + " was unfinished and is resumed to its end: " +
                              std::to_string(of_run.applied->done) + " of " +
                              std::to_string(run.changes) + " changes are written");
  }
  return std::nullopt;
}

namespace {

/// `look`, which finds that the server is not where `run` wrote to.
template <typename Look>
void about_unfinished(const RunDescription& run, Look look) {
  try {
    look();
  } catch (const UsageError& error) {
    const std::string number = std::to_string(run.run);
    throw UsageError("run " + number +
                     " is unfinished, and is looked at before another run writes: " + error.what() +
                     ". 'trueup apply --resume " + number +
                     "' at its own directory ends it; a store (--store) serves one directory");
  }
}

}  // namespace

void require_directory_of_unfinished(Store& store, const Job& job) {
  for (const UnfinishedRun& unfinished : unfinished_runs(store)) {
    about_unfinished(unfinished.run, [&] { require_directory_of(store, unfinished.run, job); });
  }
}

void settle_unfinished(const RunContext& context) {
  Store& store = context.store;
  for (const UnfinishedRun& unfinished : unfinished_runs(store)) {
    RunDescription run = unfinished.run;
    Report of_run = begun(context.job);
    add_run_to_report(store, run, "settle", of_run);
    about_unfinished(run, [&] { apply_and_verify(context.with(of_run), run, ApplyMode::kSettle); });
    end_run(store, run, of_run);
    if (run.state != RunState::kSettled) {
      throw DirectoryError("run " + std::to_string(run.run) +
                           " cannot be settled: " + of_run.applied->stop_message);
    }
    context.report.warnings.push_back(
        "run " + std::to_string(run.run) + " was unfinished and is settled: " +
        std::to_string(of_run.applied->done) + " of " + std::to_string(run.changes) +
        " changes are written, the rest is planned afresh; " + of_run.folder + "/undo.ldif");
  }
}

}  // namespace trueup
