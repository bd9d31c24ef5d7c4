// SPDX-License-Identifier: Apache-2.0
#include "engine/run/run_record.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <map>
#include <sstream>
#include <utility>

#include "engine/plan/guards/accepted_risks.h"
#include "engine/plan/guards/forest_guard.h"
#include "engine/plan/guards/guard_history.h"
#include "engine/plan/guards/guards.h"
#include "engine/plan/plan_file.h"
#include "engine/run/records/recorded_options.h"
#include "engine/run/records/run_json.h"
#include "io/files/output_file.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/feed_history.h"
#include "snapshots/store/intended_marker.h"
#include "snapshots/store/plan_facts.h"
#include "snapshots/store/refused_records.h"
#include "snapshots/store/stored_plan.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

/// "scope: list /etc/trueup/first.txt"; nothing stands behind another kind.
std::string scope_text(const DiffOptions& options) {
  return "scope: " + std::string(to_string(options.scope)) + " " + options.scope_list;
}

// The base is the one that AD was loaded from, also where only the store knows it.
KeptSettings kept_settings(const Job& job, const SnapshotDescription& ad) {
  DiffOptions diff = job.diff;
  diff.base = ad.base_dn;
  return KeptSettings(job.load, diff, job.guards, job.addresses);
}

/// Of a live AD; an export does not tell, and then the directory does before the first write.
GuardReading read_forest(const SnapshotDescription& ad, const Plan& plan, const Job& job) {
  const auto gaining = [&](Attribute a) {
    const AttributeCounts& c = plan.counts[static_cast<std::size_t>(index(a))];
    return c.add + c.replace;
  };
  std::vector<std::string> domains;
  std::istringstream lines(ad.forest_domains);
  for (std::string line; std::getline(lines, line);) domains.push_back(line);
  return forest_unseen(
      {.domains = std::move(domains),
       .own = ad.naming_context,
       .global_catalog = !job.addresses.global_catalog.empty() && job.addresses.search,
       .other_domains_seen = ad.other_domains_seen,
       .gains_addresses = gaining(Attribute::kProxyAddresses) + gaining(Attribute::kMail) > 0});
}

}  // namespace

std::uint64_t unix_now() { return static_cast<std::uint64_t>(std::time(nullptr)); }

LiveSides live_sides(const Job& job) {
  LiveSides live;
  if (!job.graph.url.empty()) live.graph = &job.graph;
  if (job.load.ad.empty() && !job.ldap.urls.empty()) live.ad = &job.ldap;
  return live;
}

void require_directory(const Job& job) {
  if (!job.ldap.urls.empty()) return;
  throw UsageError(
      "no directory: name it with --ad ldaps://HOST, beside an export if there is "
      "one; 'trueup plan' looks at exports alone");
}

void require_both_sides(const Job& job) {
  if (job.load.graph.empty() && job.load.graph_delta.empty() && job.graph.url.empty()) {
    throw UsageError(
        "no cloud side: name the Graph dump with --graph FILE, FOLDER or GLOB, or the "
        "service with --graph https://graph.microsoft.com");
  }
  if (job.load.ad.empty() && job.ldap.urls.empty()) {
    throw UsageError(
        "no AD side: name the AD export with --ad FILE, FOLDER or GLOB, or a server "
        "with --ad ldaps://HOST");
  }
}

void check_sides_apart(const LoadOptions& load) {
  std::error_code error;
  for (const auto* cloud : {&load.graph, &load.exo}) {
    for (const std::string& a : *cloud) {
      for (const std::string& b : load.ad) {
        if (a == b || std::filesystem::equivalent(a, b, error)) {
          throw UsageError(b +
                           " is named for both sides; --graph and --exo are the cloud's, --ad "
                           "is Active Directory's");
        }
      }
    }
  }
}

RunDescription begin_run(const RunContext& context) {
  Store& store = context.store;
  Report& report = context.report;
  RunDescription run;
  // A store that lost its log may have forgotten a run, and its number: a run that wrote keeps
  // both.
  do {
    run.run = store.next_number("run");
  } while (has_marker(store, run.run));
  run.command = context.job.command;
  run.started_at = unix_now();
  report.run = run.run;
  report.command = run.command;
  report.folder = store.folder() + "/runs/" + std::to_string(run.run);
  if (::mkdir(report.folder.c_str(), 0700) != 0 && errno != EEXIST) {
    throw StoreError("cannot make " + report.folder + ": " + std::strerror(errno));
  }
  put(store, run);
  return run;
}

void add_inputs_to_report(const LoadedSides& sides, Report& report) {
  const auto add = [&](const LoadResult& load, SnapshotDescription& snapshot) {
    snapshot = load.snapshot;
    report.defects.insert(report.defects.end(), load.defects.begin(), load.defects.end());
    report.warnings.insert(report.warnings.end(), load.warnings.begin(), load.warnings.end());
    if (!load.server.empty()) report.read_from = load.server;
    for (const std::string& file : load.passed_over) {
      report.warnings.push_back("not an input, passed over: " + file);
    }
  };
  if (sides.cloud) add(*sides.cloud, report.cloud);
  if (sides.ad) add(*sides.ad, report.ad);
}

void add_duplicates_to_report(const Store& store, const SnapshotDescription& ad, Report& report) {
  if (ad.duplicate_addresses == 0) return;
  report.warnings.push_back(std::to_string(ad.duplicate_addresses) +
                            " addresses are held by more than one AD object already; they are "
                            "left as they are:");
  for (const RefusedRecord& n : refused_records(store, ad.generation)) {
    if (n.why == RecordRefusal::kDuplicateAddress)
      report.warnings.push_back("  " + n.detail + ": " + n.name);
  }
}

namespace {

/// Attributes to manage that no cloud feed supplies.
std::vector<std::string> unmanaged(const SnapshotDescription& cloud, const DiffOptions& options) {
  const AttributeSet missing = options.attributes - cloud.supplied;
  std::vector<std::string> names;
  for (int i = 0; i < kAttributeCount; ++i) {
    if (missing.contains(attribute_at(i))) names.emplace_back(traits(attribute_at(i)).name);
  }
  return names;
}

void write_plan_files(const RunContext& context, const Snapshots& sides, const DiffResult& diff,
                      const Plan& plan) {
  const Job& job = context.job;
  Report& report = context.report;
  report.unprotected = unprotected_lines(context.store, sides.ad, job.diff);
  const std::string header = plan_header(plan, sides.cloud, sides.ad, job.diff, report.unprotected);
  report.plan_file = report.folder + "/plan.ldif";
  report.plan_digest = write_plan_file(report.plan_file, header, plan.changes);
  write_rejects(report.folder + "/rejects.ldif", plan.rejected);
  write_unmatched(report.folder + "/unmatched.csv", diff.unmatched,
                  job.raw_csv ? CsvCells::kRaw : CsvCells::kSafe);
  if (job.out.empty()) return;
  write_plan_file(job.out, header, plan.changes);
  report.plan_file = job.out;
}

}  // namespace

void record_plan(const RunContext& context, const Snapshots& sides,
                 const std::shared_ptr<const DiffResult>& diff,
                 const std::shared_ptr<const Plan>& plan, RunDescription& run) {
  const Job& job = context.job;
  Report& report = context.report;
  report.diff = diff;
  report.plan = plan;
  report.unmanaged = unmanaged(sides.cloud, job.diff);
  context.time("write plan", [&] {
    store_plan(context.store, run.run, {plan->changes.begin(), plan->changes.end()});
    store_facts(context.store, run.run, plan->by_mailbox);
    write_plan_files(context, sides, *diff, *plan);
  });
  run.cloud_generation = sides.cloud.generation;
  run.ad_generation = sides.ad.generation;
  run.plan_digest = report.plan_digest;
  run.changes = plan->changes.size();
  run.scope = scope_text(job.diff);
  run.in_scope = diff->in_scope;
  run.pairs = diff->pairs;
  run.base = sides.ad.base_dn;
  run.naming_context = sides.ad.naming_context;
  run.head_guid = sides.ad.head_guid;
  run.settings = kept_settings(job, sides.ad).text();
  run.options = record_of(job.diff);
  run.out = job.out;
}

void record_derived_plan(const RunContext& context, const std::shared_ptr<const Plan>& plan,
                         const std::string& header, RunDescription& run) {
  Report& report = context.report;
  report.plan = plan;
  store_plan(context.store, run.run, {plan->changes.begin(), plan->changes.end()});
  report.plan_file = report.folder + "/plan.ldif";
  report.plan_digest = write_plan_file(report.plan_file, header, plan->changes);
  run.plan_digest = report.plan_digest;
  run.changes = plan->changes.size();
  // As new as what is loaded now: a plan that is made from that later is out of date.
  const auto ad = newest_snapshot(context.store, Side::kAd, false);
  run.ad_generation = ad ? ad->generation : 0;
}

std::vector<GuardReading> read_all_guards(const RunContext& context, const RunDescription& run,
                                          const GuardedPlan& planned) {
  const Job& job = context.job;
  const auto& [sides, diff, plan, excluded] = planned;
  GuardHistory history = guard_history(context.store, run, sides.cloud, sides.ad, job.guards);
  history.settings = kept_settings(job, sides.ad);
  history.excluded = excluded;
  history.required = job.command == "run";
  std::vector<GuardReading> readings =
      read_guards({sides.cloud, sides.ad, diff, plan, job.diff, history}, job.guards);
  if (!sides.ad.forest_domains.empty()) readings.push_back(read_forest(sides.ad, plan, job));
  return readings;
}

bool is_directory_guard(const GuardReading& reading) {
  return reading.guard == "forest-unseen" || reading.guard == "objects-missing";
}

namespace {

/// "forest-unseen=1 objects-missing=3": the reading that was shown or accepted, by guard.
using Readings = std::map<std::string, std::uint64_t>;

Readings parsed_readings(const std::string& text) {
  Readings readings;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::size_t end = word.find('=');
    if (end != std::string::npos) readings[word.substr(0, end)] = std::stoull(word.substr(end + 1));
  }
  return readings;
}

void add_reading(const GuardReading& reading, std::string& text) {
  Readings readings = parsed_readings(text);
  readings[reading.guard] = reading.value;
  text.clear();
  for (const auto& [guard, value] : readings) {
    text += (text.empty() ? "" : " ") + guard + "=" + std::to_string(value);
  }
}

/// Not of more than there was then.
bool holds(const std::string& text, const GuardReading& reading) {
  const Readings readings = parsed_readings(text);
  const auto then = readings.find(reading.guard);
  return then != readings.end() && reading.value <= then->second;
}

}  // namespace

void record_shown(const GuardReading& reading, RunDescription& run) {
  add_reading(reading, run.directory_guards);
}

bool was_shown(const GuardReading& reading, const RunDescription& run) {
  return holds(run.directory_guards, reading);
}

void record_accepted(const GuardReading& reading, RunDescription& run) {
  add_reading(reading, run.accepted_guards);
}

bool was_accepted(const GuardReading& reading, const RunDescription& run) {
  return holds(run.accepted_guards, reading);
}

void record_guards(const RunContext& context, std::vector<GuardReading> readings,
                   RunDescription& run) {
  Report& report = context.report;
  report.guards = std::move(readings);
  run.guards_fired = static_cast<std::uint64_t>(std::count_if(
      report.guards.begin(), report.guards.end(), [](const GuardReading& g) { return g.fired; }));
  run.accepted = run.guards_fired == 0;
  advance(run.state, run.accepted ? RunState::kPlanned : RunState::kStoppedByGuard);
  report.accepted = run.accepted;
  constexpr std::string_view kUnseen = "unseen-protection ";
  for (const GuardReading& g : report.guards) {
    if (g.fired && is_directory_guard(g)) record_shown(g, run);
    if (g.fired && !is_directory_guard(g)) ++run.plan_guards_fired;
    if (!g.fired || !g.guard.starts_with(kUnseen)) continue;
    run.unprotected += (run.unprotected.empty() ? "" : " ") + g.guard.substr(kUnseen.size());
  }
  if (report.diff && run.pairs == 0) {
    report.warnings.push_back(
        "no cloud mailbox has an AD object: nothing of this load is what "
        "later ones are compared with");
  }
  put(context.store, run);
  if (run.accepted) accept_snapshots(context.store, run);
}

void accept_snapshots(Store& store, const RunDescription& run) {
  if (run.undo_of != 0 || run.rejects_of != 0) return;  // does not come from the snapshots
  if (run.pairs == 0) return;
  for (const std::uint64_t generation : {run.cloud_generation, run.ad_generation}) {
    auto description = snapshot(store, generation);
    if (!description || description->accepted) continue;
    description->accepted = true;
    put(store, *description);
    keep_feed_digests(store, *description);
    if (description->side == Side::kAd) end_risks(store, *description);
  }
}

namespace {

/// Of the exception that is being handled, with the exit code that it comes to.
void add_error_to_report(Report& report) {
  try {
    throw;
  } catch (const UsageError& error) {
    report.error = error.what();
    report.failed_with = 2;
  } catch (const GuardError& error) {
    report.error = error.what();
    report.failed_with = 3;
  } catch (const StopError& error) {
    report.error = error.what();
    report.failed_with = 5;
  } catch (const std::exception& error) {
    report.error = error.what();
    report.failed_with = 1;
  }
}

/// The block of the command at hand.
void add_block(const RunDescription& run, Report& report) {
  report.identity = directory_of(run);
  report.ended_at = unix_now();
  const std::string warning = add_to_run_record(report.folder, run.run, to_json(report));
  if (!warning.empty()) report.warnings.push_back(warning);
}

/// The undo stands in the record of what it took back too.
void add_block_to_undone(const Store& store, const RunDescription& run, Report& report) {
  const std::string folder = run_folder(store, run.undo_of);
  if (run.undo_of == 0 || !std::filesystem::exists(folder)) return;
  const std::string warning = add_to_run_record(folder, run.undo_of, to_json(report));
  if (!warning.empty()) report.warnings.push_back(warning);
}

}  // namespace

void record_failure(Store& store, RunDescription& run, Report& report) noexcept {
  try {
    add_error_to_report(report);
    // As it is on record, and not as the command that failed was about to make it: a plan stays
    // what it is, and an acceptance that was not put down does not become one.
    RunDescription kept = run_description(store, run.run).value_or(run);
    kept.failure = report.error;
    if (kept.state == RunState::kLoading) advance(kept.state, RunState::kFailed);
    kept.ended_at = unix_now();
    put(store, kept);
    add_block(kept, report);
  } catch (...) {  // what made the run fail is told, and not what came of it
  }
}

void count_outcomes(const ApplyResult& applied, RunDescription& run) {
  run.done = applied.done + applied.already;
  run.rejected = applied.rejected + applied.address_taken + applied.depends_on;
  run.conflicts = applied.conflict;
  run.unknown = applied.unknown;
  run.not_sent = applied.not_sent;
}

void end_run(Store& store, RunDescription& run, Report& report) {
  run.ended_at = unix_now();
  if (report.applied || !report.verified) run.failure.clear();
  if (report.applied) {
    run.failure = report.applied->stop_message;
    if (report.dry_run)
      run.dry_run_at = run.ended_at;
    else
      count_outcomes(*report.applied, run);
  }
  if (report.verified) run.unverified = report.verified->differing;
  put(store, run);
  store.sync();
  add_block(run, report);
  if (report.applied && !report.dry_run) add_block_to_undone(store, run, report);
}

}  // namespace trueup
