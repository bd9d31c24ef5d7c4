// SPDX-License-Identifier: Apache-2.0
// A run of trueup over a World in a store of its own, and its result in the oracle's words.
#pragma once

#include <memory>
#include <string>

#include "engine/reconcile.h"
#include "tests/support/oracle.h"
#include "tests/support/temp_folder.h"
#include "tests/support/world.h"

namespace trueup::world {

/// What a Report says, as the oracle says it. A mailbox with two records has their sum here.
struct Planned {
  std::map<std::string, ExpectedEdits> planned;
  std::map<DnAndAttribute, std::string> refused;
  std::map<DnAndAttribute, std::string> held;
};
Planned planned_of(const Report& report);

/// One store; plan() may be called again and again, as nights go by.
class Trial {
 public:
  Trial();

  /// load, diff, plan, guard.
  Report plan(const World& world, const DiffOptions& options = {}, const Layout& layout = {});
  Report plan(const LoadOptions& load, const DiffOptions& options = {});
  std::string plan_text(const Report& report) const { return read_file(report.plan_file); }

  const TempFolder& folder() const { return folder_; }
  Store& store() { return *store_; }
  GuardOptions guards;
  std::string out;

 private:
  TempFolder folder_;
  std::unique_ptr<Store> store_;
  int loads_ = 0;
};

/// The edits planned for one user, none: empty.
ExpectedEdits edits_of(const Report& report, const std::string& dn);
/// The reading of a guard; throws if there is none of this name.
const GuardReading& guard(const Report& report, const std::string& name);
bool has_guard(const Report& report, const std::string& name);

}  // namespace trueup::world
