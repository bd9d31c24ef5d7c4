// SPDX-License-Identifier: Apache-2.0
// The whole job, stage by stage. Each stage is a free function that starts from what the store
// holds, so that any of them can be run again; this file only says in which order they come and
// what is true in between.
#include "engine/reconcile.h"

#include <algorithm>
#include <filesystem>

#include "engine/apply/resume.h"
#include "engine/compare/diff.h"
#include "engine/compare/named_dns.h"
#include "engine/compare/scope.h"
#include "engine/plan/derived_plan.h"
#include "engine/run/apply_run.h"
#include "engine/run/checks/same_directory.h"
#include "engine/run/records/run_chain.h"
#include "engine/run/records/unfinished_runs.h"
#include "engine/run/resume_unfinished.h"
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

/// A report that begins with what earlier runs left unfinished. Throws StoreError if that is more
/// than can be gone on over.
Report begin_report(Store& store, const Job& job) {
  Report report;
  report.command = job.command;
  report.started_at = unix_now();
  report.invocation = job.invocation;
  if (!store.damage().empty()) {
    report.warnings.push_back("the log of the store's database was damaged (" + store.damage() +
                              "); what was recorded behind that is lost");
  }
  report.unfinished = job.unfinished ? *job.unfinished : unfinished_runs(store);
  require_none_blocked(report.unfinished);
  return report;
}

/// After a load, what is beyond what is to be kept goes. Where that cannot be, it is told, and
/// stops nothing else.
void retire_old(Store& store, const Job& job, Report& report) {
  if (job.dry_run || !store.damage().empty()) return;
  RetentionOptions options = job.retention;
  options.creep_days = job.guards.creep_days;
  report.retired = find_retired(store, options, unfinished_runs(store), unix_now(),
                                /*measured=*/false);
  remove_retired(store, report.retired);
  for (const std::string& problem : report.retired.problems) report.warnings.push_back(problem);
}

void load(Store& store, const Job& job, Progress& progress, Report& report, StageTimer& timer) {
  require_both_sides(job);
  LoadedSides sides =
      timer.time("load", [&] { return load_sides(store, job.load, live_sides(job), progress); });
  report.cloud = sides.cloud->snapshot;
  report.ad = sides.ad->snapshot;
  add_inputs_to_report(*sides.cloud, report);
  add_inputs_to_report(*sides.ad, report);
  retire_old(store, job, report);
}

void take_from_store(const Store& store, Report& report) {
  const auto cloud = newest_snapshot(store, Side::kCloud, false);
  const auto ad = newest_snapshot(store, Side::kAd, false);
  if (!cloud || !ad) {
    throw UsageError("the store " + store.folder() + " has no " + (cloud ? "AD" : "cloud") +
                     " snapshot; load both sides first with 'trueup load' or 'trueup plan'");
  }
  report.cloud = *cloud;
  report.ad = *ad;
}

void compare(Store& store, const Job& job, Report& report, Progress& progress, StageTimer& timer) {
  add_duplicates_to_report(store, report);

  // What the settings name is there, before anything is planned by it.
  check_base(report.ad, job.diff);
  const auto last_ad = newest_snapshot(store, Side::kAd, true);
  report.excluded = count_excluded(store, report.ad, last_ad, job.diff);

  const AttributeSet unmanaged = job.diff.attributes - report.cloud.supplied;
  for (int i = 0; i < kAttributeCount; ++i) {
    if (!unmanaged.contains(attribute_at(i))) continue;
    report.unmanaged.emplace_back(traits(attribute_at(i)).name);
  }

  // 3. What differs, by fingerprints; only mailboxes that differ are read.
  require_flags(report.cloud, job.diff, job.load.max_defects, report.warnings);
  const Scope scope(store, report.cloud, report.ad, job.diff, scope_list_of(job.diff));
  for (const std::string& line : scope.unknown_lines()) {
    report.warnings.push_back("the scope list names no cloud mailbox with: " + line);
  }
  report.diff = timer.time(
      "diff", [&] { return diff(store, report.cloud, report.ad, scope, job.diff, progress); });

  // 4. What of it AD and the forest would take, in an order that they would take it in.
  report.plan = timer.time(
      "plan", [&] { return make_plan(store, report.ad.generation, *report.diff, progress); });
}

/// What an earlier run left in doubt comes first, so that what each run wrote is known.
void look_at_unfinished(Store& store, const Job& job, Progress& progress,
                        const std::atomic<bool>* stop, Report& report) {
  if (!job.dry_run) {
    settle_unfinished(store, job, progress, stop, report);
  } else if (!job.ldap.urls.empty()) {
    require_directory_of_unfinished(store, job);
  }
}

/// Of a list of domain controllers the one that AD was read from comes first: another one may lag.
Job to_server_that_was_read(Job job, const Report& report) {
  std::vector<std::string>& urls = job.ldap.urls;
  std::stable_partition(urls.begin(), urls.end(), [&](const std::string& url) {
    return parse_ldap_url(url).server == report.read_from;
  });
  return job;
}

void run_stages(Store& store, const Job& job, RunDescription& run, Report& report,
                Progress& progress, const std::atomic<bool>* stop) {
  StageTimer timer(report.times);

  // 0. What an earlier run left in doubt.
  if (job.write) look_at_unfinished(store, job, progress, stop, report);

  // 1, 2. Both sides become snapshots: immutable, complete, in anchor order.
  if (job.from_store) {
    take_from_store(store, report);
  } else {
    load(store, job, progress, report, timer);
  }
  progress.check_stop();
  // From here on no record is added: what is compared is what was described.

  // 3, 4. What differs, and the plan that makes it agree.
  compare(store, job, report, progress, timer);
  timer.time("write plan", [&] { keep_plan(store, job, run, report); });
  // From here on the plan does not change: it is stored, and its digest names it.

  // 5. Nothing has been written to AD; a guard that fires leaves it so.
  guard(store, run, job, report);
  record_guards(store, run, report);
  if (report.stopped_by_guard() || !job.write) {
    end_run(store, run, report);
    return;
  }

  progress.check_stop();

  // 6, 7. Exactly that plan, page by page, then read back.
  apply_and_verify(store, to_server_that_was_read(job, report), run, ApplyMode::kFresh, progress,
                   stop, report, timer);

  // 8. What came of it, for people and for the next run.
  end_run(store, run, report);
}

/// What is done for `run`: where that fails, its record says why.
template <typename Work>
void on_record(Store& store, RunDescription& run, Report& report, Work work) {
  try {
    work();
  } catch (...) {
    record_failure(store, run, report);
    throw;
  }
}

/// Keeps a plan that comes from another run, unless the settings of now forbid it.
void keep_allowed_plan(Store& store, const Job& job, const std::string& header, RunDescription& run,
                       Report& report) {
  keep_derived_plan(store, header, run, report);
  require_allowed(store, job, run);
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
RunDescription begin_rejects(Store& store, const Job& job, const ApplyRequest& request,
                             Report& report) {
  const RunDescription rejected = run_with_rejects(store, job, request.rejects);
  RunDescription run = begin_run(store, job.command, report);
  run.rejects_of = report.rejects_of = rejected.run;
  on_record(store, run, report, [&] {
    inherit_from(store, rejected, run);
    report.plan = rejects_plan(store, rejected);
    keep_allowed_plan(store, job, rejects_header(rejected, directory_of(run), *report.plan), run,
                      report);
  });
  run.ad_generation = rejected.ad_generation;
  advance(run.state, RunState::kPlanned);
  run.accepted = report.accepted = true;
  put(store, run);
  return run;
}

}  // namespace

Report reconcile(Store& store, const Job& job, Progress& progress, const std::atomic<bool>* stop) {
  // Before anything is read: what can be known to be wrong, and that AD can be written to.
  check_settings(job);
  // (A dry run without a server gets as far as the guards on exports go.)
  if (job.write && !(job.dry_run && job.ldap.urls.empty())) require_usable_directory(job);
  Report report = begin_report(store, job);
  if (job.command == "run" && job.write && !job.dry_run) {
    std::optional<Report> stopped = resume_unfinished(store, job, progress, stop, report);
    if (stopped) return *std::move(stopped);
  }
  RunDescription run = begin_run(store, job.command, report);
  report.store = std::filesystem::absolute(store.folder()).lexically_normal().string();
  report.config = job.config;
  on_record(store, run, report, [&] { run_stages(store, job, run, report, progress, stop); });
  return report;
}

Report apply_stored(Store& store, const Job& given, const ApplyRequest& given_request,
                    Progress& progress, const std::atomic<bool>* stop) {
  Job job = given;
  ApplyRequest request = given_request;
  if (!request.accept.empty()) request.accept = whole_digest(store, request.accept);
  job.accept = request.accept;
  if (request.rejects != 0) check_settings(job);  // before they become a run
  Report report = begin_report(store, job);
  StageTimer timer(report.times);
  const ApplyMode begin = request.resume != 0 ? ApplyMode::kResume : ApplyMode::kFresh;
  RunDescription run = request.resume != 0    ? run_to_resume(store, job, request, report)
                       : request.rejects != 0 ? begin_rejects(store, job, request, report)
                                              : planned_run(store, job, request, report);
  on_record(store, run, report, [&] {
    check_settings(job);
    if (begin == ApplyMode::kFresh) look_at_unfinished(store, job, progress, stop, report);
    apply_and_verify(store, job, run, begin, progress, stop, report, timer);
    end_run(store, run, report);
  });
  return report;
}

Report undo_stored(Store& store, const Job& job, std::uint64_t number, Progress& progress,
                   const std::atomic<bool>* stop) {
  Report report = begin_report(store, job);
  StageTimer timer(report.times);
  require_directory(job);
  check_settings(job);
  require_directory_of(store, written_run(store, number), job);
  look_at_unfinished(store, job, progress, stop, report);
  const RunDescription undone = written_run(store, number);
  require_not_undone(store, undone);
  RunDescription run = begin_run(store, job.command, report);
  run.undo_of = report.undo_of = undone.run;
  on_record(store, run, report, [&] {
    inherit_from(store, undone, run);
    report.plan = undo_plan(store, undone);
    keep_allowed_plan(store, job, undo_header(undone, directory_of(run), *report.plan), run,
                      report);
    report.guards = read_plan_guards(*report.plan, undone.in_scope, nullptr, job.guards);
    const std::size_t in_doubt = doubtful_changes(store, undone).numbers.size();
    allow_undo_losses(why_not_all(store, undone, *report.plan, in_doubt), report.guards);
    record_guards(store, run, report);
    if (!report.stopped_by_guard()) {
      apply_and_verify(store, job, run, ApplyMode::kFresh, progress, stop, report, timer);
    }
    end_run(store, run, report);
  });
  return report;
}

Report verify_stored(Store& store, const Job& job, std::uint64_t number, Progress& progress,
                     const std::atomic<bool>* stop) {
  Report report = begin_report(store, job);
  RunDescription run = written_run(store, number);
  add_run_to_report(store, run, "verify", report);
  StageTimer timer(report.times);
  on_record(store, run, report, [&] {
    verify_run(store, job, run, progress, stop, report, timer);
    end_run(store, run, report);
  });
  return report;
}

Report verify_all(Store& store, const Job& job, Progress& progress) {
  require_directory(job);
  check_settings(job);
  Report report = begin_report(store, job);
  report.comparison = true;
  RunDescription run = begin_run(store, job.command, report);
  StageTimer timer(report.times);
  on_record(store, run, report, [&] {
    LoadOptions live = job.load;
    live.graph.clear();
    live.exo.clear();
    live.ad.clear();
    live.live_ad.full = true;  // what is verified does not lean on what was loaded before
    timer.time("load", [&] { return load_sides(store, live, {.ad = &job.ldap}, progress); });
    retire_old(store, job, report);
    take_from_store(store, report);
    compare(store, job, report, progress, timer);
    keep_plan(store, job, run, report);
    advance(run.state, RunState::kCompared);
    end_run(store, run, report);
  });
  return report;
}

Report load_only(Store& store, const Job& job, Progress& progress) {
  check_settings(job);
  Report report;
  report.command = job.command;
  report.started_at = unix_now();
  report.invocation = job.invocation;
  StageTimer timer(report.times);
  LoadedSides sides =
      timer.time("load", [&] { return load_sides(store, job.load, live_sides(job), progress); });
  if (sides.cloud) {
    report.cloud = sides.cloud->snapshot;
    add_inputs_to_report(*sides.cloud, report);
  }
  if (sides.ad) {
    report.ad = sides.ad->snapshot;
    add_inputs_to_report(*sides.ad, report);
  }
  if (report.cloud.generation == 0 && report.ad.generation == 0) {
    throw UsageError("nothing to load: name a Graph dump with --graph, an AD export with --ad");
  }
  store.sync();
  retire_old(store, job, report);
  report.ended_at = unix_now();
  return report;
}

}  // namespace trueup
