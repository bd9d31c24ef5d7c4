// SPDX-License-Identifier: Apache-2.0
// What a run is told: the options of each stage, and which stored plan is meant.
#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "engine/apply/apply_types.h"
#include "engine/compare/diff_options.h"
#include "engine/load/staging/load_options.h"
#include "engine/plan/address_options.h"
#include "engine/plan/guard_options.h"
#include "engine/run/records/invocation.h"
#include "engine/run/records/report.h"
#include "engine/run/records/retention.h"
#include "engine/run/working_hours.h"
#include "io/graph/graph_client.h"
#include "io/ldap/ldap_writer.h"
#include "io/ldap/session/ldap_session.h"

namespace trueup {

/// Everything a run is told, stage by stage.
struct Job {
  std::string command;    // for the records: "run", "plan", "diff", "apply", "load"
  Invocation invocation;  // likewise
  LoadOptions load;
  DiffOptions diff;
  GuardOptions guards;
  ApplyOptions apply;
  AddressOptions addresses;
  RetentionOptions retention;
  GraphOptions graph;  // without url: Graph comes from files, if at all
  LdapOptions ldap;    // without urls: no server was named
  LdapWriterOptions writer;
  std::string config;    // the file that the settings are from, for the records; "": none
  std::string out;       // a copy of plan.ldif, "" for none
  bool raw_csv = false;  // CSV for programs: cells as they are
  std::uint64_t max_plan_age_seconds = 24 * 3600;
  std::string accept;       // digest that was given to let a plan through (ApplyRequest)
  bool from_store = false;  // compare the newest snapshots instead of loading
  bool write = false;       // apply the plan and verify it
  bool dry_run = false;     // go through apply without sending anything
  /// As found when the store was opened (engine/run/records/unfinished_runs.h); none: to be looked
  /// for.
  std::optional<std::vector<UnfinishedRun>> unfinished;
  bool other_dc = false;                // go on through another DC than the one that was written to
  std::optional<WorkingHours> hours;    // nothing is written outside of them
  std::optional<std::time_t> deadline;  // nothing is written after it
  /// apply.max_changes_per_second as it is now, while the job goes on; nullptr: does not change.
  const std::atomic<double>* changes_per_second = nullptr;
};

/// Which stored plan `trueup apply` applies.
struct ApplyRequest {
  std::string plan_file;  // must be unchanged; "": the newest plan of the store
  /// Digest of a plan that a guard stopped, or the first 8 digits of it or more; lets exactly that
  /// one through.
  std::string accept;
  std::vector<std::string> accept_unprotected;  // protections that it lacks, agreed to beside that
  std::uint64_t resume = 0;                     // instead: go on with this run
  std::uint64_t rejects = 0;                    // instead: try again what this run could not write
};

}  // namespace trueup
