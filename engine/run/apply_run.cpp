// SPDX-License-Identifier: Apache-2.0
#include "engine/run/apply_run.h"

#include "engine/apply/apply_records.h"
#include "engine/apply/resume.h"
#include "engine/run/checks/again_if_lost.h"
#include "engine/run/checks/same_directory.h"
#include "engine/run/directory_checks.h"
#include "engine/run/records/outcome_files.h"
#include "engine/run/run_record.h"
#include "engine/run/run_selection.h"
#include "engine/run/verify_run.h"
#include "engine/run/working_hours.h"
#include "io/dry_run_writer.h"
#include "snapshots/model/digest.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/intended_marker.h"
#include "snapshots/store/stored_plan.h"

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
bool goes_on_elsewhere(const Job& job, const RunDescription& run, ApplyMode mode,
                       const LdapWriter& writer) {
  if (mode == ApplyMode::kFresh || run.directory.empty()) return false;
  if (!is_other_dc(run, writer.root_dse())) return false;
  if (mode == ApplyMode::kSettle || job.other_dc) return true;
  throw UsageError("run " + std::to_string(run.run) + " wrote to " + run.directory + " (" +
                   run.ds_service_name + "), and " + writer.url() + " is another one (" +
                   writer.root_dse().ds_service_name +
                   ") or was restored from a backup; name the "
                   "first one with --ad, or let it wait for replication with --other-dc");
}

void describe_directory(const LdapWriter& writer, RunDescription& run) {
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

RunState state_after(const ApplyResult& applied, ApplyMode mode) {
  if (mode == ApplyMode::kSettle) {
    const bool asked =
        applied.stop == ApplyResult::Stop::kNone || applied.stop == ApplyResult::Stop::kUndecided;
    return asked ? RunState::kSettled : RunState::kStopped;
  }
  return applied.stop == ApplyResult::Stop::kNone ? RunState::kApplied : RunState::kStopped;
}

/// True if a guard that was read in the directory stops the run: nothing of this part was sent.
bool stopped_in_directory(const RunContext& context, ApplyMode mode, RunDescription& run) {
  const Job& job = context.job;
  std::uint64_t fired = 0;
  for (GuardReading& reading : context.report.guards) {
    if (!is_directory_guard(reading) || !reading.fired) continue;
    const bool accepted_now = job.accept == run.plan_digest && was_shown(reading, run);
    reading.accepted = accepted_now || was_accepted(reading, run);
    if (reading.accepted) {
      // On record before the first write, so that a resume of the run stays accepted.
      if (!job.dry_run) record_accepted(reading, run);
      continue;
    }
    ++fired;
    record_shown(reading, run);
  }
  if (fired == 0) return false;
  context.report.accepted = false;
  // What is written in part is unfinished still; and a dry run takes nothing back.
  if (mode != ApplyMode::kFresh || job.dry_run) return true;
  run.guards_fired = fired;
  run.accepted = false;
  advance(run.state, RunState::kStoppedByGuard);
  return true;
}

/// How a plan is sent, or what was sent of it settled.
struct Sending {
  ApplyMode mode = ApplyMode::kFresh;
  bool elsewhere = false;  // through another DC than wrote the earlier part
  ApplyHistory history;
  ApplyOptions options;
};

/// The same way as send() goes, but that nothing is sent: each change that would be is done.
ApplyResult send_dry(const RunContext& context, const RunDescription& run, const Sending& how,
                     DryRunWriter writer) {
  SteadyClock clock;
  ApplyHistory settled;  // what is in doubt is taken as not written
  settled.succeeded = how.history.succeeded;
  settled.failed = how.history.failed;
  Progress& progress = context.progress;
  progress.start(Stage::kApply, run.changes);
  ApplyResult applied = context.time("apply", [&] {
    return apply(unrecorded(changes_left(context.store, run, settled, /*doubtful_only=*/false)),
                 writer, settled, how.options, clock,
                 {.settled = &progress.of(Stage::kApply).done, .stop = progress.stop});
  });
  applied.sent = 0;
  return applied;
}

/// Each page is on record before it is sent, in the store and beside it.
ApplyResult send(const RunContext& context, RunDescription& run, const Sending& how,
                 LdapWriter& writer) {
  Store& store = context.store;
  Progress& progress = context.progress;
  const bool settle = how.mode == ApplyMode::kSettle;
  const bool first = !settle && run.wrote_from == 0;  // nothing of it was sent before
  Journal journal(store, run.run);
  const bool in_doubt_before = !journal.intents().empty() || doubtful_up_to(store, run) > 0;
  if (!settle) {
    advance(run.state, RunState::kApplying);
    if (first) run.wrote_from = unix_now();
    if (!how.elsewhere) describe_directory(writer, run);
    put(store, run);
    store.sync();  // before the first write: the plan, its acceptance, and that it is being applied
  }
  // And outside of the database, so that nothing which that may lose makes us forget it.
  std::optional<IntendedMarker> marker;
  if (!settle || has_marker(store, run.run)) {
    marker.emplace(store, run, intended_before(store, run));
  }
  const ApplyRecords records =
      journalled(journal, changes_left(store, run, how.history, /*doubtful_only=*/settle),
                 marker && !settle ? &*marker : nullptr);
  SteadyClock clock;
  progress.start(Stage::kApply, run.changes);
  ApplyResult applied = context.time(settle ? "settle" : "apply", [&] {
    return apply(records, writer, how.history, how.options, clock,
                 {.settled = &progress.of(Stage::kApply).done,
                  .stop = progress.stop,
                  .say = progress.say,
                  .changes_per_second = context.job.changes_per_second});
  });
  // apply() came to its end: what it sent has an outcome. What an earlier part left in doubt has
  // one only if this part was not stopped before it got there.
  const bool accounted = !in_doubt_before || applied.stop == ApplyResult::Stop::kNone;
  if (accounted) journal.drop_intents();
  count_whole_run(store, run, applied);
  advance(run.state, state_after(applied, how.mode));
  if (how.elsewhere && run.state == RunState::kApplied) describe_directory(writer, run);
  count_outcomes(applied, run);
  if (!settle) run.wrote_to = unix_now();
  if (first && applied.sent == 0) run.wrote_from = run.wrote_to = 0;
  put(store, run);
  store.sync();  // what was written is on record, whatever happens to the reports
  if (accounted && marker) {
    store.flush();
    marker->account();
  }
  return applied;
}

/// All checks in the directory, then the sending, or with a dry run what stands for it. Nothing if
/// a guard stopped it before anything was sent.
std::optional<ApplyResult> check_and_send(const RunContext& context, RunDescription& run,
                                          ApplyMode mode, LdapWriter& writer) {
  Store& store = context.store;
  const Job& job = context.job;
  const bool settle = mode == ApplyMode::kSettle;
  Sending how{.mode = mode, .history = {}, .options = job.apply};
  how.elsewhere = goes_on_elsewhere(job, run, mode, writer);
  how.history = history_of(store, run, how.elsewhere && !settle);
  how.options.settle_only = settle;
  how.options.max_in_flight = static_cast<std::size_t>(job.writer.connections) *
                              static_cast<std::size_t>(job.writer.max_in_flight);
  if (settle) {
    again_if_lost(
        writer, job.ldap.notice, [&] { require_same_directory(store, run, writer.session()); },
        [] {});
    how.options.patience = kSettlePatience;
    if (how.elsewhere) how.options.not_found = Verdict::kUnknown;  // it may not have replicated
    return send(context, run, how, writer);
  }
  set_stop_time(job, SteadyClock(), how.options);
  std::vector<std::uint32_t> missing = context.time("check directory", [&] {
    return check_before_writing({context, run, how.history, how.elsewhere}, writer, how.options);
  });
  if (stopped_in_directory(context, mode, run)) return std::nullopt;
  // A plan that only such guards had stopped is accepted now.
  if (mode == ApplyMode::kFresh && !job.dry_run && !run.directory_guards.empty()) {
    accept_snapshots(store, run);
  }
  if (job.dry_run) return send_dry(context, run, how, DryRunWriter(writer, std::move(missing)));
  return send(context, run, how, writer);
}

}  // namespace

void apply_and_verify(const RunContext& context, RunDescription& run, ApplyMode mode) {
  Store& store = context.store;
  const Job& job = context.job;
  Report& report = context.report;
  report.dry_run = job.dry_run;
  report.begun_before = mode == ApplyMode::kResume;
  require_directory(job);
  if (run.changes == 0) {
    report.applied.emplace();
    if (!job.dry_run) advance(run.state, RunState::kApplied);
    return;
  }
  check_stored_plan(store, run);
  Job same_server = job;  // with several URLs another one might answer
  {
    LdapWriter writer(job.ldap, job.writer);
    report.directory = writer.url();
    same_server.ldap = writer.same_server();
    warn_once(report, writer.warnings());  // where AD was read live, it was said then
    report.applied = check_and_send(context, run, mode, writer);
  }
  if (!report.applied || job.dry_run) return;
  write_outcomes(store, run, report.folder);
  if (write_undo(store, run, report.folder)) report.undo_file = report.folder + "/undo.ldif";
  if (mode == ApplyMode::kSettle) return;
  if (report.applied->stop == ApplyResult::Stop::kDirectoryGone) return;  // nobody to ask
  const auto not_verified = [&](const std::exception& error) {
    report.warnings.push_back(std::string("not verified: ") + error.what() +
                              "; 'trueup verify' does it later");
  };
  try {
    verify_run(context.with(same_server), run);
  } catch (const DirectoryError& error) {
    not_verified(error);
  } catch (const UsageError& error) {  // a base that is not there any more
    not_verified(error);
  } catch (const StopError& error) {
    not_verified(error);
  }
}

}  // namespace trueup
