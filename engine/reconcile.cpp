// SPDX-License-Identifier: Apache-2.0
// The whole job, stage by stage. Each stage is a free function that starts from what the store
// holds and gives what it found, so that any of them can be run again; this file only says in which
// order they come, what each gets, and what is true in between.
#include "engine/reconcile.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "engine/apply/resume.h"
#include "engine/compare/diff.h"
#include "engine/compare/named_dns.h"
#include "engine/compare/scope.h"
#include "engine/plan/derived_plan.h"
#include "engine/plan/guards/guards.h"
#include "engine/run/apply_run.h"
#include "engine/run/checks/same_directory.h"
#include "engine/run/records/run_chain.h"
#include "engine/run/records/unfinished_runs.h"
#include "engine/run/resume_unfinished.h"
#include "engine/run/run_context.h"
#include "engine/run/run_record.h"
#include "engine/run/run_selection.h"
#include "engine/run/scope_list_file.h"
#include "engine/run/settings_check.h"
#include "engine/run/verify_run.h"
#include "io/ldap/session/ldap_url.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/stored_plan.h"

namespace trueup {
namespace {

/// A stage's findings: the stages after it and the report have the same ones.
template <typename Findings>
std::shared_ptr<const Findings> shared(Findings findings) {
  return std::make_shared<const Findings>(std::move(findings));
}

Report begin_report(const Job& job) {
  Report report;
  report.command = job.command;
  report.started_at = unix_now();
  report.invocation = job.invocation;
  return report;
}

/// Every command that works on a run: looks for what earlier runs left unfinished, does `work`,
/// and ends the run that `work` gave a number or took up. Where it fails, the run's record says
/// why. Throws StoreError if more is unfinished than can be gone on over.
template <typename Work>
Report do_command(Store& store, const Job& job, Progress& progress, Work work) {
  Report report = begin_report(job);
  if (!store.damage().empty()) {
    report.warnings.push_back("the log of the store's database was damaged (" + store.damage() +
                              "); what was recorded behind that is lost");
  }
  report.unfinished = job.unfinished ? *job.unfinished : unfinished_runs(store);
  require_none_blocked(report.unfinished);
  RunDescription run;  // its number is 0 until there is one
  try {
    work(RunContext{store, job, progress, report, report.times}, run);
    if (run.run != 0) end_run(store, run, report);
  } catch (...) {
    if (run.run != 0) record_failure(store, run, report);
    throw;
  }
  return report;
}

/// After a load, what is beyond what is to be kept goes. Where that cannot be, it is told, and
/// stops nothing else.
void retire_old(const RunContext& context) {
  if (context.job.dry_run || !context.store.damage().empty()) return;
  RetentionOptions options = context.job.retention;
  options.creep_days = context.job.guards.creep_days;
  Retired& retired = context.report.retired;
  retired = find_retired(context.store, options, unfinished_runs(context.store), unix_now(),
                         /*measured=*/false);
  remove_retired(context.store, retired);
  for (const std::string& problem : retired.problems) context.report.warnings.push_back(problem);
}

LoadedSides load(const RunContext& context, const LoadOptions& options, const LiveSides& live) {
  return context.time("load",
                      [&] { return load_sides(context.store, options, live, context.progress); });
}

Snapshots load_both(const RunContext& context) {
  require_both_sides(context.job);
  const LoadedSides sides = load(context, context.job.load, live_sides(context.job));
  add_inputs_to_report(sides, context.report);
  retire_old(context);
  return {.cloud = sides.cloud->snapshot, .ad = sides.ad->snapshot, .read_from = sides.ad->server};
}

Snapshots newest_of_store(const RunContext& context) {
  const Store& store = context.store;
  const auto cloud = newest_snapshot(store, Side::kCloud, false);
  const auto ad = newest_snapshot(store, Side::kAd, false);
  if (!cloud || !ad) {
    throw UsageError("the store " + store.folder() + " has no " + (cloud ? "AD" : "cloud") +
                     " snapshot; load both sides first with 'trueup load' or 'trueup plan'");
  }
  context.report.cloud = *cloud;
  context.report.ad = *ad;
  return {.cloud = *cloud, .ad = *ad, .read_from = {}};
}

/// What the settings name is there, before anything is planned by it. Gives what each exclude
/// holds.
std::vector<ExcludedCount> check_named(const RunContext& context, const Snapshots& sides) {
  const Job& job = context.job;
  add_duplicates_to_report(context.store, sides.ad, context.report);
  check_base(sides.ad, job.diff);
  const auto last_ad = newest_snapshot(context.store, Side::kAd, true);
  std::vector<ExcludedCount> excluded = count_excluded(context.store, sides.ad, last_ad, job.diff);
  require_flags(sides.cloud, job.diff, job.load.max_defects, context.report.warnings);
  return excluded;
}

/// What differs, by fingerprints; only mailboxes that differ are read.
DiffResult compare(const RunContext& context, const Snapshots& sides) {
  const DiffOptions& options = context.job.diff;
  const Scope scope(context.store, sides.cloud, sides.ad, options, scope_list_of(options));
  for (const std::string& line : scope.unknown_lines()) {
    context.report.warnings.push_back("the scope list names no cloud mailbox with: " + line);
  }
  return context.time("diff", [&] {
    return diff(context.store, sides.cloud, sides.ad, scope, options, context.progress);
  });
}

/// What of it AD and the forest would take, in an order that they would take it in.
Plan make_plan(const RunContext& context, const Snapshots& sides, const DiffResult& diff) {
  return context.time("plan", [&] {
    return make_plan(context.store, sides.ad.generation, diff, context.progress);
  });
}

/// What an earlier run left in doubt comes first, so that what each run wrote is known.
void look_at_unfinished(const RunContext& context) {
  if (!context.job.dry_run) {
    settle_unfinished(context);
  } else if (!context.job.ldap.urls.empty()) {
    require_directory_of_unfinished(context.store, context.job);
  }
}

/// Of a list of domain controllers the one that AD was read from comes first: another one may lag.
Job to_server_that_was_read(Job job, const std::string& read_from) {
  std::vector<std::string>& urls = job.ldap.urls;
  std::stable_partition(urls.begin(), urls.end(), [&](const std::string& url) {
    return parse_ldap_url(url).server == read_from;
  });
  return job;
}

/// The stages of `plan` and `run`.
void run_stages(const RunContext& context, RunDescription& run) {
  const Job& job = context.job;

  // 0. What an earlier run left in doubt.
  if (job.write) look_at_unfinished(context);

  // 1, 2. Both sides become snapshots: immutable, complete, in anchor order.
  const Snapshots sides = job.from_store ? newest_of_store(context) : load_both(context);
  context.progress.check_stop();
  // From here on no record is added: what is compared is what was described.

  // 3, 4. What differs, and the plan that makes it agree.
  const std::vector<ExcludedCount> excluded = check_named(context, sides);
  const auto diff = shared(compare(context, sides));
  const auto plan = shared(make_plan(context, sides, *diff));
  record_plan(context, sides, diff, plan, run);
  // From here on the plan does not change: it is stored, and its digest names it.

  // 5. Nothing has been written to AD; a guard that fires leaves it so.
  record_guards(context, read_all_guards(context, run, {sides, *diff, *plan, excluded}), run);
  if (!run.accepted || !job.write) return;
  context.progress.check_stop();

  // 6, 7, 8. Exactly that plan, page by page, then read back, and what came of it for people.
  const Job at_server = to_server_that_was_read(job, sides.read_from);
  apply_and_verify(context.with(at_server), run, ApplyMode::kFresh);
}

/// What a plan that is made from an earlier run's has from it.
void inherit_from(const Store& store, const RunDescription& earlier, RunDescription& run) {
  const DirectoryIdentity directory = directory_of_plan(store, earlier);
  run.naming_context = directory.naming_context;
  run.head_guid = directory.head_guid ? std::string(directory.head_guid->bytes()) : std::string();
  run.base = earlier.base;
  run.settings = earlier.settings;
  run.in_scope = earlier.in_scope;
}

/// The rejects of a run become the plan of a new one, which is accepted as the first was.
void plan_rejects(const RunContext& context, const ApplyRequest& request, RunDescription& run) {
  Store& store = context.store;
  const RunDescription rejected = run_with_rejects(store, context.job, request.rejects);
  run = begin_run(context);
  run.rejects_of = context.report.rejects_of = rejected.run;
  inherit_from(store, rejected, run);
  const auto plan = shared(rejects_plan(store, rejected));
  const std::string header = rejects_header(rejected, directory_of(run), *plan);
  record_derived_plan(context, plan, header, run);
  require_allowed(store, context.job, run);  // by the settings of now
  run.ad_generation = rejected.ad_generation;
  advance(run.state, RunState::kPlanned);
  run.accepted = context.report.accepted = true;
  put(store, run);
}

/// The way back of what `undone` wrote, and what the guards read of it.
std::vector<GuardReading> plan_undo(const RunContext& context, const RunDescription& undone,
                                    RunDescription& run) {
  Store& store = context.store;
  run.undo_of = context.report.undo_of = undone.run;
  inherit_from(store, undone, run);
  const auto plan = shared(undo_plan(store, undone));
  record_derived_plan(context, plan, undo_header(undone, directory_of(run), *plan), run);
  require_allowed(store, context.job, run);
  std::vector<GuardReading> guards =
      read_plan_guards(*plan, undone.in_scope, nullptr, context.job.guards);
  const std::size_t in_doubt = doubtful_changes(store, undone).numbers.size();
  allow_undo_losses(why_not_all(store, undone, *plan, in_doubt), guards);
  return guards;
}

}  // namespace

Report reconcile(Store& store, const Job& job, Progress& progress) {
  // Before anything is read: what can be known to be wrong, and that AD can be written to.
  check_settings(job);
  // (A dry run without a server gets as far as the guards on exports go.)
  if (job.write && !(job.dry_run && job.ldap.urls.empty())) require_usable_directory(job);
  return do_command(store, job, progress, [&](const RunContext& context, RunDescription& run) {
    if (job.command == "run" && job.write && !job.dry_run) {
      if (std::optional<Report> stopped = resume_unfinished(context)) {
        context.report = *std::move(stopped);
        return;
      }
    }
    run = begin_run(context);
    context.report.store = std::filesystem::absolute(store.folder()).lexically_normal().string();
    context.report.config = job.config;
    run_stages(context, run);
  });
}

Report apply_stored(Store& store, const Job& given, const ApplyRequest& given_request,
                    Progress& progress) {
  Job job = given;
  ApplyRequest request = given_request;
  if (!request.accept.empty()) request.accept = whole_digest(store, request.accept);
  job.accept = request.accept;
  if (request.rejects != 0) check_settings(job);  // before they become a run
  return do_command(store, job, progress, [&](const RunContext& context, RunDescription& run) {
    const ApplyMode mode = request.resume != 0 ? ApplyMode::kResume : ApplyMode::kFresh;
    if (request.rejects != 0) {
      plan_rejects(context, request, run);
    } else {
      run = mode == ApplyMode::kResume ? run_to_resume(context, request)
                                       : planned_run(context, request);
    }
    check_settings(job);
    if (mode == ApplyMode::kFresh) look_at_unfinished(context);
    apply_and_verify(context, run, mode);
  });
}

Report undo_stored(Store& store, const Job& job, std::uint64_t number, Progress& progress) {
  return do_command(store, job, progress, [&](const RunContext& context, RunDescription& run) {
    require_directory(job);
    check_settings(job);
    require_directory_of(store, written_run(store, number), job);
    look_at_unfinished(context);
    const RunDescription undone = written_run(store, number);
    require_not_undone(store, undone);
    run = begin_run(context);
    record_guards(context, plan_undo(context, undone, run), run);
    if (run.accepted) apply_and_verify(context, run, ApplyMode::kFresh);
  });
}

Report verify_stored(Store& store, const Job& job, std::uint64_t number, Progress& progress) {
  return do_command(store, job, progress, [&](const RunContext& context, RunDescription& run) {
    run = written_run(store, number);
    add_run_to_report(store, run, "verify", context.report);
    verify_run(context, run);
  });
}

Report verify_all(Store& store, const Job& job, Progress& progress) {
  require_directory(job);
  check_settings(job);
  return do_command(store, job, progress, [&](const RunContext& context, RunDescription& run) {
    context.report.comparison = true;
    run = begin_run(context);
    LoadOptions live = job.load;
    live.graph.clear();
    live.exo.clear();
    live.ad.clear();
    live.live_ad.full = true;  // what is verified does not lean on what was loaded before
    add_inputs_to_report(load(context, live, {.ad = &job.ldap}), context.report);
    retire_old(context);
    const Snapshots sides = newest_of_store(context);
    check_named(context, sides);
    const auto diff = shared(compare(context, sides));
    const auto plan = shared(make_plan(context, sides, *diff));
    record_plan(context, sides, diff, plan, run);
    advance(run.state, RunState::kCompared);
  });
}

Report load_only(Store& store, const Job& job, Progress& progress) {
  check_settings(job);
  Report report = begin_report(job);
  const RunContext context{store, job, progress, report, report.times};
  const LoadedSides sides = load(context, job.load, live_sides(job));
  if (!sides.cloud && !sides.ad) {
    throw UsageError("nothing to load: name a Graph dump with --graph, an AD export with --ad");
  }
  add_inputs_to_report(sides, report);
  store.sync();
  retire_old(context);
  report.ended_at = unix_now();
  return report;
}

}  // namespace trueup
