// SPDX-License-Identifier: Apache-2.0
// What `trueup` came to on a drill tenant, and a tenant that it looks after night by night: inputs
// as files, AD in a private slapd, the settings in a trueup.toml.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "tests/cli/drills/drill_tenant.h"
#include "tests/cli/slapd_tenant.h"

namespace trueup::drills {

/// How one command ended.
struct NightEnd {
  int exit_code = -1;
  std::set<std::string> fired;  // guards, as run.json names them
  std::uint64_t in_scope = 0;
  std::uint64_t matched = 0;  // in scope and with an AD object
  std::uint64_t changes = 0;  // mailboxes in the plan
  std::string digest;         // of the plan
  std::string plan_file;
  std::string said;  // stderr

  bool passed() const { return exit_code == 0 || exit_code == 4; }
  bool stopped() const { return exit_code == 3; }
  /// "cleared extensionAttribute3" and "cleared mail" are both "cleared".
  bool fired_any_of(const std::set<std::string>& keys) const;
  /// "changed, cleared x15".
  std::string keys() const;
};

/// Runs trueup with --json and reads what it prints.
NightEnd run_trueup(const cli::Arguments& arguments);

/// The `changed` limit for so many mailboxes in scope and matched (the design's section 7).
std::uint64_t changed_limit(std::uint64_t matched);
/// The smallest count that any limit on the plan lets pass.
std::uint64_t floor_of_limits(std::uint64_t matched);

class NightlyJob {
 public:
  /// `config`: more lines of trueup.toml, before any section; @FOLDER@ is folder().
  explicit NightlyJob(DrillTenant tenant, std::string config = {});

  DrillTenant& tenant() { return tenant_; }
  const DrillTenant& tenant() const { return tenant_; }
  const TempFolder& folder() const { return folder_; }

  /// The first load ever: plan, then apply. If plan does not pass, that is how it ended.
  NightEnd begin();
  /// Tonight's inputs are written, then `trueup run`. What it wrote is in the tenant's AD.
  NightEnd run();
  /// Lets the plan of `stopped` through by its digest, whatever of it was unprotected.
  NightEnd accept(const NightEnd& stopped);
  /// A day goes by.
  void next_day();

  /// Where slapd has other values than the tenant's AD; "" if nowhere.
  std::string difference();

 private:
  void write_tonight();
  NightEnd applied(NightEnd ending);
  cli::Arguments with_config(const std::string& command) const;

  DrillTenant tenant_;
  TempFolder folder_;
  Slapd slapd_;
};

}  // namespace trueup::drills
