// SPDX-License-Identifier: Apache-2.0
// What a run did, for people and programs: the result of engine/reconcile, and its JSON form
// (run.json, --json).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/apply/apply.h"
#include "engine/apply/verify.h"
#include "engine/compare/diff_result.h"
#include "engine/compare/named_dns.h"
#include "engine/load/load.h"
#include "engine/plan/guard_reading.h"
#include "engine/plan/plan.h"
#include "engine/run/records/invocation.h"
#include "engine/run/records/retention.h"
#include "engine/run/records/unfinished_runs.h"
#include "snapshots/store/description.h"

namespace trueup {

struct StageTime {
  std::string stage;
  double seconds = 0;
};

/// An unfinished run that the nightly run went on with, and what came of the whole of it.
struct ResumedRun {
  std::uint64_t run = 0;
  RunState state = RunState::kLoading;
  int exit_code = 0;  // that it would have had by itself
  std::uint64_t changes = 0;
  ApplyResult applied;
  std::uint64_t verified = 0, differing = 0;
  std::string undo_file;
};

struct Report {
  std::vector<UnfinishedRun> unfinished;  // as found at the beginning
  std::vector<ResumedRun> resumed;
  Retired retired;  // of the store's past
  std::uint64_t run = 0;
  std::string command;
  Invocation invocation;
  std::uint64_t started_at = 0, ended_at = 0;  // Unix seconds; 0: not yet
  std::string error;                           // why the command failed; "": it did not
  int failed_with = 0;                         // the exit code of that
  std::string folder;                          // of the run
  std::string store;                           // absolute; of a nightly job, as its config is
  std::string config;
  std::string plan_file;  // the copy that --out asked for, else the one in the folder
  SnapshotDescription cloud, ad;
  std::vector<Defect> defects;  // the first ones of both sides
  std::vector<std::string> warnings;
  std::vector<std::string> unmanaged;  // attributes to manage that no cloud feed supplies
  std::vector<ExcludedCount> excluded;
  std::shared_ptr<const DiffResult> diff;  // none: it did not come that far
  std::shared_ptr<const Plan> plan;
  std::vector<GuardReading> guards;
  std::vector<std::string> unprotected;  // "NOT PROTECTED: adminCount, accepted 2026-11-29"
  std::string plan_digest;
  bool accepted = false;  // guards passed, or the plan was accepted by digest
  std::optional<ApplyResult> applied;
  std::vector<std::string> taken;  // the first addresses that are not free: whose, and held by whom
  std::optional<VerifyResult> verified;
  std::string read_from;         // URL of the server that AD was read from in this run
  std::string directory;         // URL written to
  DirectoryIdentity identity;    // of the directory that the plan is for
  std::string undo_file;         // what takes back what was written; "" if nothing was
  std::uint64_t undo_of = 0;     // the plan takes back what that run wrote
  std::uint64_t rejects_of = 0;  // the plan is what that run could not write
  bool dry_run = false;
  bool begun_before = false;  // of the plan a part was sent before
  bool comparison = false;    // the plan only shows what differs (verify --all)
  std::vector<StageTime> times;

  bool stopped_by_guard() const;
  /// 0, 3, 4, 5 or 1 as README "Exit codes" says; errors that were thrown have no report.
  int exit_code() const;
};

/// Unix seconds as people and programs read them: 2026-11-29T14:18:22Z.
std::string utc_time(std::uint64_t unix_seconds);

/// One JSON object, indented, with a final newline.
std::string to_json(const Report& report);

/// Adds those that the report has not got yet.
void warn_once(Report& report, const std::vector<std::string>& warnings);

}  // namespace trueup
