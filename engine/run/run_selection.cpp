// SPDX-License-Identifier: Apache-2.0
#include "engine/run/run_selection.h"

#include <algorithm>
#include <optional>
#include <set>

#include "engine/compare/mailbox_policy.h"
#include "engine/compare/named_dns.h"
#include "engine/plan/guards/accepted_risks.h"
#include "engine/plan/guards/kept_settings.h"
#include "engine/plan/plan_file.h"
#include "engine/run/records/run_chain.h"
#include "engine/run/records/same_content.h"
#include "engine/run/run_record.h"
#include "snapshots/model/dn_subtree.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/stored_plan.h"

namespace trueup {
namespace {

/// Behind what names a run: " (stopped)".
std::string state_of(const RunDescription& run) {
  return " (" + std::string(to_string(run.state)) + ")";
}

std::string name_of(const RunDescription& run) {
  return "the plan of run " + std::to_string(run.run);
}

std::optional<RunDescription> find_plan(const Store& store, const std::string& digest) {
  std::optional<RunDescription> found;
  for (RunDescription& run : run_descriptions(store)) {
    if (!run.plan_digest.empty() && (digest.empty() || run.plan_digest == digest)) {
      found = std::move(run);
    }
  }
  return found;
}

// The digest of the plan that is asked for, "" for the newest.
std::string wanted_digest(const ApplyRequest& request) {
  if (request.plan_file.empty()) return request.accept;
  const PlanFileDigest digest = digest_of_plan_file(request.plan_file);
  if (digest.computed != digest.stated) {
    throw UsageError(request.plan_file + " was changed after it was written (digest " +
                     digest.computed.substr(0, 12) + "..., it says " + digest.stated.substr(0, 12) +
                     "...); plan again, or apply the stored plan "
                     "by leaving --plan away");
  }
  if (!request.accept.empty() && request.accept != digest.computed) {
    throw UsageError("--accept names another plan than " + request.plan_file +
                     ", whose digest is " + digest.computed);
  }
  return digest.computed;
}

/// `run` and those whose rejects it tries again: what they wrote is not in it.
std::set<std::uint64_t> with_tries_before(const Store& store, const RunDescription& run) {
  std::set<std::uint64_t> tries = {run.run};
  for (std::uint64_t before = run.rejects_of; before != 0;) {
    tries.insert(before);
    const std::optional<RunDescription> earlier = run_description(store, before);
    before = earlier ? earlier->rejects_of : 0;
  }
  return tries;
}

/// Throws UsageError if `from` (Unix seconds) is too long ago, or so far ahead that nobody can
/// tell.
void check_age(const std::string& name, std::uint64_t from, std::uint64_t now, std::uint64_t most) {
  const bool ahead = from > now;
  const std::uint64_t apart = ahead ? from - now : now - from;
  if (apart <= most) return;
  const std::string hours = std::to_string(apart / 3600) + " hours ";
  throw UsageError(name + " is " +
                   (ahead ? hours + "ahead of this machine's clock: set the clock right, or"
                          : hours + "old, more than --max-plan-age allows;") +
                   " plan again");
}

/// Throws UsageError if what `run` was planned from is out of date. Where AD was only read again
/// since, the plan is as one of that: what it writes makes other plans of it out of date too.
void check_up_to_date(const Store& store, const Job& job, RunDescription& run) {
  const std::string name = name_of(run);
  const auto ad = snapshot(store, run.ad_generation);
  const std::uint64_t from = run.undo_of != 0 || !ad ? run.started_at : ad->loaded_at;
  check_age(name, from, unix_now(), job.max_plan_age_seconds);
  // An undo goes by what was written, not by a snapshot.
  if (run.undo_of != 0) return;
  const std::set<std::uint64_t> tries = with_tries_before(store, run);
  for (const RunDescription& other : run_descriptions(store)) {
    if (tries.contains(other.run) || !has_written(other.state)) continue;
    // One of which all is in conflict may have written a part of each change.
    if (other.changes > 0 && (other.ad_generation >= run.ad_generation || other.run > run.run)) {
      throw UsageError(name + " was made from an AD snapshot that is older than what run " +
                       std::to_string(other.run) + " has written since; load AD and plan again");
    }
  }
  const auto newest = newest_snapshot(store, Side::kAd, false);
  if (!newest || newest->generation <= run.ad_generation) return;
  if (!only_read_again(store, run, *newest)) {
    throw UsageError(name +
                     " is older than the AD snapshot now in the store, which differs from "
                     "the one it was made from; plan again");
  }
  run.ad_generation = newest->generation;
}

void accept(Store& store, const Job& job, const ApplyRequest& request, RunDescription& run) {
  if (run.accepted) {  // by its guards, or by an operator before
    require_lacking(run, request.accept_unprotected);
    return;
  }
  // What stopped it is looked at again in the directory, and may be mended.
  const bool looked_at_again = run.plan_guards_fired == 0 && !run.directory_guards.empty();
  if (request.accept != run.plan_digest && looked_at_again) {
    run.accepted = !job.dry_run;
    return;
  }
  if (request.accept != run.plan_digest) {
    throw GuardError(name_of(run) + " was stopped by " + std::to_string(run.guards_fired) +
                     " guard(s); look at it, then let exactly this plan through with --accept " +
                     run.plan_digest + accept_unprotected_flags(run));
  }
  accept_risks(store, run, request.accept_unprotected, /*record=*/!job.dry_run);
  if (job.dry_run) return;  // looks only: the acceptance is not spent
  run.accepted = true;
  // What the directory showed says nothing about how much may change in a week.
  if (run.plan_guards_fired > 0) run.accepted_by_digest = unix_now();
  run.plan_guards_fired = 0;  // all that were shown are let through
  put(store, run);
  accept_snapshots(store, run);
}

RunDescription named_run(const Store& store, std::uint64_t number) {
  std::optional<RunDescription> run = run_description(store, number);
  if (!run) {
    throw UsageError("the store " + store.folder() + " has no run " + std::to_string(number) +
                     " (any more: old ones are pruned); see 'trueup runs'");
  }
  return *run;
}

}  // namespace

void add_run_to_report(const Store& store, const RunDescription& run, const std::string& command,
                       Report& report) {
  report.run = run.run;
  report.command = command;
  report.folder = store.folder() + "/runs/" + std::to_string(run.run);
  report.plan_digest = run.plan_digest;
  report.undo_of = run.undo_of;
  report.rejects_of = run.rejects_of;
  report.accepted = true;
}

RunDescription planned_run(const RunContext& context, const ApplyRequest& request) {
  Store& store = context.store;
  const Job& job = context.job;
  const std::string digest = wanted_digest(request);
  std::optional<RunDescription> run = find_plan(store, digest);
  if (!run) {
    throw UsageError(digest.empty()
                         ? "the store " + store.folder() +
                               " has no plan; make one with "
                               "'trueup plan'"
                         : "the store " + store.folder() + " has no plan with digest " + digest +
                               "; name the store that it was made with (--store)");
  }
  if (is_unfinished(run->state)) {
    throw UsageError(name_of(*run) + " is applied in part" + state_of(*run) +
                     "; go on with 'trueup apply --resume " + std::to_string(run->run) +
                     "', or let 'trueup run' start afresh");
  }
  if (has_written(run->state)) {
    throw UsageError(name_of(*run) + " was applied already" + state_of(*run) +
                     "; 'trueup run' or 'trueup plan' looks again at what is left");
  }
  if (run->state == RunState::kCompared) {
    throw UsageError(name_of(*run) + " only shows what differs (verify --all); plan again");
  }
  if (run->state != RunState::kPlanned && run->state != RunState::kStoppedByGuard) {
    throw UsageError(name_of(*run) + " was not finished" + state_of(*run) + "; plan again");
  }
  check_up_to_date(store, job, *run);
  require_allowed(store, job, *run);
  accept(store, job, request, *run);
  add_run_to_report(store, *run, job.command, context.report);
  if (const auto ad = snapshot(store, run->ad_generation)) {
    context.report.unprotected = unprotected_lines(store, *ad, job.diff);
  }
  return *run;
}

RunDescription run_to_resume(const RunContext& context, const ApplyRequest& request) {
  const Store& store = context.store;
  const Job& job = context.job;
  RunDescription run = named_run(store, request.resume);
  if (!is_unfinished(run.state)) {
    throw UsageError("run " + std::to_string(run.run) + " is not one to resume" + state_of(run) +
                     "; see 'trueup runs'");
  }
  if (!request.accept.empty() && request.accept != run.plan_digest) {
    throw UsageError("--accept names another plan than that of run " + std::to_string(run.run) +
                     ", whose digest is " + run.plan_digest);
  }
  check_up_to_date(store, job, run);
  require_allowed(store, job, run);
  add_run_to_report(store, run, job.command, context.report);
  return run;
}

RunDescription run_with_rejects(Store& store, const Job& job, std::uint64_t number) {
  // What was tried again since is not tried from the beginning.
  const std::uint64_t last = last_try_of(run_descriptions(store), number);
  RunDescription run = named_run(store, last);
  number = last;
  if (is_unfinished(run.state)) {
    throw UsageError("run " + std::to_string(number) + " is not finished" + state_of(run) +
                     "; resume it first");
  }
  if (!has_written(run.state)) {
    throw UsageError("run " + std::to_string(number) + " has written nothing" + state_of(run) +
                     ", so the directory rejected nothing");
  }
  check_up_to_date(store, job, run);
  return run;
}

RunDescription written_run(const Store& store, std::uint64_t number) {
  if (number != 0) named_run(store, number);
  std::optional<RunDescription> found;
  for (RunDescription& run : run_descriptions(store)) {
    if (has_written(run.state) && (number == 0 || run.run == number)) found = std::move(run);
  }
  if (!found) {
    throw UsageError(number == 0 ? "no run of this store has written anything yet"
                                 : "run " + std::to_string(number) + " has written nothing");
  }
  return *found;
}

void require_allowed(const Store& store, const Job& job, const RunDescription& run) {
  std::optional<DnSubtree> base;
  if (!job.load.base.empty() && job.load.base != run.base) {
    base.emplace(job.load.base, DnFold::kLdap);
  }
  // Those that the plan was made with have done their work.
  DiffOptions added = job.diff;
  const std::vector<std::string> planned = KeptSettings::parsed(run.settings).of("exclude");
  std::erase_if(added.exclude, [&](const std::string& exclude) {
    return std::ranges::find(planned, exclude) != planned.end();
  });
  const std::vector<DnSubtree> excluded = excluded_subtrees(added);
  if (!base && excluded.empty()) return;
  if (const auto ad = snapshot(store, run.ad_generation)) {
    count_excluded(store, *ad, std::nullopt, added);  // throws for one that holds nothing
  }
  PlanCursor cursor(store, run.run);
  for (Change change; cursor.next(change);) {
    const std::string dn(change.dn);
    if (base && !base->contains(dn)) {
      throw UsageError(name_of(run) + " changes " + dn + ", which is not below --base " +
                       job.load.base + "; plan with that base, or leave it away");
    }
    for (const DnSubtree& exclude : excluded) {
      if (!exclude.contains(dn)) continue;
      throw UsageError(name_of(run) + " changes " + dn + ", which the exclude " + exclude.text() +
                       " holds; plan with that exclude, or take it out");
    }
  }
}

}  // namespace trueup
