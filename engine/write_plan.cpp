// SPDX-License-Identifier: Apache-2.0
#include "engine/write_plan.h"

#include "engine/apply_records.h"
#include "engine/outcome_files.h"
#include "engine/plan_to_apply.h"
#include "engine/preflight.h"
#include "engine/resume.h"
#include "engine/run/verify_run.h"
#include "engine/working_hours.h"
#include "io/dry_run_writer.h"
#include "snapshots/digest.h"
#include "snapshots/errors.h"
#include "snapshots/store/intended_marker.h"
#include "snapshots/stored_plan.h"

namespace trueup {
namespace {

/// What the server of a killed run was still working off turns up in this time.
constexpr std::chrono::seconds kSettlePatience{5};

// The plan in the store is the one that was shown: as many changes, numbered without a gap.
void check_stored_plan(const Store& store, const RunDescription& run) {
  PlanCursor cursor(store, run.run);
  std::uint64_t count = 0;
  for (Change change; cursor.next(change);) {
    if (change.number != ++count) break;
  }
  if (count != run.changes) {
    throw StoreError("the stored plan of run " + std::to_string(run.run) +
                     " is damaged; plan again");
  }
}

/// True if `writer` is another server than the run wrote to, and may be gone on with.
bool goes_on_elsewhere(const Job& job, const RunDescription& run, Begin begin,
                       const LdapWriter& writer) {
  if (begin == Begin::kFresh || run.directory.empty()) return false;
  if (!is_other_dc(run, writer.root_dse())) return false;
  if (begin == Begin::kSettle || job.other_dc) return true;
  throw UsageError("run " + std::to_string(run.run) + " wrote to " + run.directory + " (" +
                   run.ds_service_name + "), and " + writer.url() + " is another one (" +
                   writer.root_dse().ds_service_name +
                   ") or was restored from a backup; name the "
                   "first one with --ad, or let it wait for replication with --other-dc");
}

void note_directory(const LdapWriter& writer, RunDescription& run) {
  run.directory = writer.url();
  run.ds_service_name = writer.root_dse().ds_service_name;
  run.invocation_id = to_hex(writer.root_dse().invocation_id);
}

/// Converts the end of the hours of work or the deadline to the clock that apply() goes by.
void set_stop_time(const Job& job, const Clock& clock, ApplyOptions& options) {
  const std::time_t now = std::time(nullptr);
  const std::optional<StopTime> stop = stop_time(job.hours, job.deadline, now);
  if (!stop) return;
  options.stop_at = clock.now() + std::chrono::seconds(std::max<std::time_t>(0, stop->at - now));
  options.stop_reason = stop->reason;
}

std::string state_after(const ApplyResult& applied, Begin begin) {
  if (begin == Begin::kSettle) {
    const bool asked =
        applied.stop == ApplyResult::Stop::kNone || applied.stop == ApplyResult::Stop::kUndecided;
    return asked ? "settled" : "stopped";
  }
  return applied.stop == ApplyResult::Stop::kNone ? "applied" : "stopped";
}

void write_dry(Store& store, const Job& job, const RunDescription& run, Progress& progress,
               const std::atomic<bool>* stop, Report& report, StageTimer& timer) {
  DryRunWriter writer;
  PlanCursor cursor(store, run.run);
  SteadyClock clock;
  progress.start(Stage::kApply, run.changes);
  report.applied = timer.time("apply", [&] {
    return apply(unrecorded([&](Change& change) { return cursor.next(change); }), writer, {},
                 job.apply, clock, {.settled = &progress.of(Stage::kApply).done, .stop = stop});
  });
}

void send(Store& store, const Job& job, RunDescription& run, Begin begin, LdapWriter& writer,
          Progress& progress, const std::atomic<bool>* stop, Report& report, StageTimer& timer) {
  const bool elsewhere = goes_on_elsewhere(job, run, begin, writer);
  const bool settle = begin == Begin::kSettle;
  SteadyClock clock;
  ApplyOptions options = job.apply;
  options.settle_only = settle;
  options.max_in_flight = static_cast<std::size_t>(job.writer.connections) *
                          static_cast<std::size_t>(job.writer.max_in_flight);
  if (settle) {
    options.patience = kSettlePatience;
    if (elsewhere) options.not_found = Verdict::kUnknown;  // it may not have replicated
  } else {
    set_stop_time(job, clock, options);
    check_directory(store, run, writer, options, report.warnings);
  }
  const ApplyHistory history = history_of(store, run, elsewhere && !settle);
  Journal journal(store, run.run);
  const bool in_doubt_before = !journal.intents().empty() || doubtful_up_to(store, run) > 0;
  if (!settle) {
    run.state = "applying";
    if (!elsewhere) note_directory(writer, run);
    put(store, run);
    store.sync();  // before the first write: the plan, its acceptance, and that it is being applied
  }
  // And outside of the database, so that nothing which that may lose makes us forget it.
  std::optional<IntendedMarker> marker;
  if (!settle || has_marker(store, run.run)) {
    marker.emplace(store, run, intended_before(store, run));
  }
  const ApplyRecords records =
      journalled(journal, changes_left(store, run, history, /*doubtful_only=*/settle),
                 marker && !settle ? &*marker : nullptr);
  progress.start(Stage::kApply, run.changes);
  report.applied = timer.time(settle ? "settle" : "apply", [&] {
    return apply(records, writer, history, options, clock,
                 {.settled = &progress.of(Stage::kApply).done,
                  .stop = stop,
                  .changes_per_second = job.changes_per_second});
  });
  // apply() came to its end: what it sent has an outcome. What an earlier part left in doubt has one
  // only if this part was not stopped before it got there.
  const bool accounted = !in_doubt_before || report.applied->stop == ApplyResult::Stop::kNone;
  if (accounted) journal.drop_intents();
  count_whole_run(store, run, *report.applied);
  run.state = state_after(*report.applied, begin);
  if (elsewhere && run.state == "applied") note_directory(writer, run);
  count_outcomes(*report.applied, run);
  put(store, run);
  store.sync();  // what was written is on record, whatever happens to the reports
  if (!accounted || !marker) return;
  store.flush();
  marker->account();
}

}  // namespace

void write_and_verify(Store& store, const Job& job, RunDescription& run, Begin begin,
                      Progress& progress, const std::atomic<bool>* stop, Report& report,
                      StageTimer& timer) {
  report.dry_run = job.dry_run;
  if (job.dry_run) return write_dry(store, job, run, progress, stop, report, timer);
  require_directory(job);
  if (run.changes == 0) {
    report.applied.emplace();
    run.state = "applied";
    return;
  }
  check_stored_plan(store, run);
  std::string url;
  {
    LdapWriter writer(job.ldap, job.writer);
    url = report.directory = writer.url();
    for (const std::string& warning : writer.warnings()) report.warnings.push_back(warning);
    send(store, job, run, begin, writer, progress, stop, report, timer);
  }
  write_outcomes(store, run, report.folder);
  if (write_undo(store, run, report.folder)) report.undo_file = report.folder + "/undo.ldif";
  if (begin == Begin::kSettle) return;
  if (report.applied->stop == ApplyResult::Stop::kDirectoryGone) return;  // nobody to ask
  Job same_server = job;  // with several URLs another one might answer
  same_server.ldap.urls = {url};
  const auto not_verified = [&](const std::exception& error) {
    report.warnings.push_back(std::string("not verified: ") + error.what() +
                              "; 'trueup verify' does it later");
  };
  try {
    verify_run(store, same_server, run, progress, stop, report, timer);
  } catch (const DirectoryError& error) {
    not_verified(error);
  } catch (const UsageError& error) {  // a base that is not there any more
    not_verified(error);
  }
}

}  // namespace trueup
