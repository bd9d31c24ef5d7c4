// SPDX-License-Identifier: Apache-2.0
#include "tests/support/trial.h"

#include <algorithm>
#include <stdexcept>

#include "snapshots/model/change.h"

namespace trueup::world {

Planned planned_of(const Report& report) {
  Planned result;
  Change change;
  for (const std::string& encoded : report.plan->changes) {
    decode(encoded, change);
    for (const Edit& e : change.edits) {
      ExpectedEdit& edit =
          result.planned[std::string(change.dn)][std::string(traits(e.attribute).name)];
      edit.deletes.insert(e.deletes.begin(), e.deletes.end());
      edit.adds.insert(e.adds.begin(), e.adds.end());
    }
  }
  for (const Rejected& r : report.plan->rejected) {
    auto& list = r.hold == Hold::kNone ? result.refused : result.held;
    const std::string reason(r.hold == Hold::kNone ? to_string(r.refusal) : to_string(r.hold));
    change = {};
    if (!r.change.empty()) decode(r.change, change);
    if (change.edits.empty()) list[{to_base64(r.anchor), ""}] = reason;
    for (const Edit& e : change.edits) {
      list[{std::string(change.dn), std::string(traits(e.attribute).name)}] = reason;
    }
  }
  return result;
}

Trial::Trial() : store_(Store::open(folder_ / "store", Store::Mode::kReadWrite)) {}

Report Trial::plan(const World& world, const DiffOptions& options, const Layout& layout) {
  return plan(write_files(world, folder_, "load-" + std::to_string(++loads_), layout), options);
}

Report Trial::plan(const LoadOptions& load, const DiffOptions& options) {
  Job job;
  job.command = "plan";
  job.load = load;
  job.diff = options;
  job.guards = guards;
  job.out = out;
  Progress progress;
  return reconcile(*store_, job, progress);
}

ExpectedEdits edits_of(const Report& report, const std::string& dn) {
  const auto planned = planned_of(report).planned;
  const auto it = planned.find(dn);
  return it == planned.end() ? ExpectedEdits{} : it->second;
}

bool has_guard(const Report& report, const std::string& name) {
  return std::any_of(report.guards.begin(), report.guards.end(),
                     [&](const GuardReading& g) { return g.guard == name; });
}

const GuardReading& guard(const Report& report, const std::string& name) {
  for (const GuardReading& g : report.guards) {
    if (g.guard == name) return g;
  }
  throw std::logic_error("no guard " + name);
}

}  // namespace trueup::world
