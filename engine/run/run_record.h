// SPDX-License-Identifier: Apache-2.0
// The bookkeeping around a run: its number, folder and description in the store, its files, what
// its guards compare with, and what becomes of it at the end. Called by engine/reconcile.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/compare/diff_result.h"
#include "engine/compare/named_dns.h"
#include "engine/load/load.h"
#include "engine/plan/guard_reading.h"
#include "engine/plan/plan.h"
#include "engine/run/job.h"
#include "engine/run/records/report.h"
#include "engine/run/run_context.h"
#include "snapshots/store/description.h"

namespace trueup {

/// The two snapshots that are compared.
struct Snapshots {
  SnapshotDescription cloud, ad;
  std::string read_from;  // URL of the server that AD was read from in this run; "": not read live
};

/// The services that the sides are read from, where they do not come from files.
LiveSides live_sides(const Job& job);

/// Throws UsageError if there is no server to write to.
void require_directory(const Job& job);
/// Throws UsageError if a side is not named at all.
void require_both_sides(const Job& job);
/// Throws UsageError if one file or folder is named for both sides.
void check_sides_apart(const LoadOptions& load);

/// Gives the run its number and folder.
RunDescription begin_run(const RunContext& context);
/// What the loaded sides are, with their defects and warnings.
void add_inputs_to_report(const LoadedSides& sides, Report& report);
/// Addresses that AD holds twice already are reported, whatever the plan does.
void add_duplicates_to_report(const Store& store, const SnapshotDescription& ad, Report& report);
/// Stores the plan and writes plan.ldif, rejects.ldif and unmatched.csv.
void record_plan(const RunContext& context, const Snapshots& sides,
                 const std::shared_ptr<const DiffResult>& diff,
                 const std::shared_ptr<const Plan>& plan, RunDescription& run);
/// The same for a plan that comes from another run (engine/plan/derived_plan.h).
void record_derived_plan(const RunContext& context, const std::shared_ptr<const Plan>& plan,
                         const std::string& header, RunDescription& run);

/// What the guards on a plan go by, beside what earlier runs left.
struct GuardedPlan {
  const Snapshots& sides;
  const DiffResult& diff;
  const Plan& plan;
  const std::vector<ExcludedCount>& excluded;
};

/// Reads all guards but those that look at the directory.
std::vector<GuardReading> read_all_guards(const RunContext& context, const RunDescription& run,
                                          const GuardedPlan& planned);
/// Whether it is read again in the directory before the first write: what is accepted with a plan
/// is accepted there too.
bool is_directory_guard(const GuardReading& reading);
/// What was shown, or accepted, is no word for a reading that has grown since.
void record_shown(const GuardReading& reading, RunDescription& run);
bool was_shown(const GuardReading& reading, const RunDescription& run);
void record_accepted(const GuardReading& reading, RunDescription& run);
bool was_accepted(const GuardReading& reading, const RunDescription& run);

/// Records what the guards said; accepts the plan and its snapshots if none fired.
void record_guards(const RunContext& context, std::vector<GuardReading> readings,
                   RunDescription& run);
/// Marks both snapshots of the run as what later ones are compared with, unless nothing of the one
/// matches the other.
void accept_snapshots(Store& store, const RunDescription& run);
/// For a run whose command ends with the exception that is being handled: why stands in its record
/// and in run.json. Throws nothing.
void record_failure(Store& store, RunDescription& run, Report& report) noexcept;
/// What came of the changes, into the run's record.
void count_outcomes(const ApplyResult& applied, RunDescription& run);
/// Adds what the command did to run.json, and puts down the final state of the run.
void end_run(Store& store, RunDescription& run, Report& report);

std::uint64_t unix_now();

}  // namespace trueup
