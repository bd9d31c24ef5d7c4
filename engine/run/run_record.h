// SPDX-License-Identifier: Apache-2.0
// The bookkeeping around a run: its number, folder and description in the store, its files, what
// its guards compare with, and what becomes of it at the end. Called by engine/reconcile.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/plan/guards/guards.h"
#include "engine/run/job.h"
#include "engine/run/records/report.h"
#include "snapshots/store/description.h"

namespace trueup {

/// Times stages into a list.
class StageTimer {
 public:
  explicit StageTimer(std::vector<StageTime>& times) : times_(times) {}
  template <typename Work>
  auto time(std::string stage, Work work) {
    const auto start = std::chrono::steady_clock::now();
    struct RefusedRecord {
      std::vector<StageTime>& times;
      std::string stage;
      std::chrono::steady_clock::time_point start;
      ~RefusedRecord() {
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
        times.push_back({std::move(stage), spent.count()});
      }
    } note{times_, std::move(stage), start};
    return work();
  }

 private:
  std::vector<StageTime>& times_;
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
RunDescription begin_run(Store& store, const std::string& command, Report& report);
/// Takes defects and warnings of a load over.
void add_inputs_to_report(const LoadResult& load, Report& report);
/// Addresses that AD holds twice already are reported, whatever the plan does.
void add_duplicates_to_report(const Store& store, Report& report);
/// Stores the plan and writes plan.ldif, rejects.ldif and unmatched.csv.
void keep_plan(Store& store, const Job& job, RunDescription& run, Report& report);
/// The same for a plan that comes from another run (engine/plan/derived_plan.h).
void keep_derived_plan(Store& store, const std::string& header, RunDescription& run,
                       Report& report);
/// Reads all guards. REQUIRES: report.diff and report.plan.
void guard(const Store& store, const RunDescription& run, const Job& job, Report& report);
/// Whether it is read again in the directory before the first write: what is accepted with a plan
/// is accepted there too.
bool is_directory_guard(const GuardReading& reading);
/// What was shown, or accepted, is no word for a reading that has grown since.
void record_shown(const GuardReading& reading, RunDescription& run);
bool was_shown(const GuardReading& reading, const RunDescription& run);
void record_accepted(const GuardReading& reading, RunDescription& run);
bool was_accepted(const GuardReading& reading, const RunDescription& run);

/// Records what the guards said; accepts the snapshots if none fired.
void record_guards(Store& store, RunDescription& run, Report& report);
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
