// SPDX-License-Identifier: Apache-2.0
// Checks on inputs and plan that stop a run before its first write. Each gives a reading, so that
// people see how near it is; none can be switched off, a stopped plan is let through by its digest.
// Called by engine/reconcile.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/diff.h"
#include "engine/options.h"
#include "engine/plan.h"
#include "snapshots/description.h"

namespace trueup {

struct GuardReading {
  std::string guard;        // "changed", "cleared extensionAttribute3", "cloud-count" ...
  std::uint64_t value = 0;
  std::uint64_t limit = 0;  // fires when value is above it (below it, for counts against history)
  bool at_least = false;    // the limit is a floor
  bool fired = false;
  bool no_history = false;  // nothing to compare with: passed
  std::string meaning;      // one line for people
  std::vector<std::string> examples;  // the first ten objects, where it fired
};

struct GuardInputs {
  const SnapshotDescription& cloud;
  const SnapshotDescription& ad;
  const DiffResult& diff;
  const Plan& plan;
  const DiffOptions& diff_options;
  std::optional<SnapshotDescription> last_cloud;  // the last accepted one of that side
  std::optional<SnapshotDescription> last_ad;
  std::optional<std::uint64_t> last_in_scope;     // of the last accepted run of the same scope
};

std::vector<GuardReading> read_guards(const GuardInputs& inputs, const GuardOptions& options);

/// Those on the plan alone; `matched`: mailboxes that the percentages are of.
std::vector<GuardReading> read_plan_guards(const Plan& plan, std::uint64_t matched,
                                           const GuardOptions& options);

}  // namespace trueup
