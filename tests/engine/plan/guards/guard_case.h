// SPDX-License-Identifier: Apache-2.0
// Readings of the guards from counts alone, so that floors and percentages can be told apart
// without ten thousand mailboxes.
#pragma once

#include <string>
#include <vector>

#include "engine/plan/guards/guards.h"
#include "tests/support/world.h"

namespace trueup {

inline constexpr std::uint64_t kNow = 1'800'000'000;
inline constexpr std::uint64_t kDay = 86'400;

class GuardCase {
 public:
  GuardCase() {
    history.now = kNow;
    ad.carriers.fill(1);
  }
  SnapshotDescription cloud, ad;
  DiffResult diff;
  Plan plan;
  DiffOptions diff_options;
  GuardHistory history;
  GuardOptions options;

  std::vector<GuardReading> read_all() const {
    return read_guards({cloud, ad, diff, plan, diff_options, history}, options);
  }
  // The one with this name; a guard that is not read has not fired.
  GuardReading read(const std::string& name) const {
    GuardReading found;
    for (const GuardReading& g : read_all()) {
      if (g.guard == name && !found.fired) found = g;
    }
    return found;
  }
  bool fired(const std::string& name) const { return read(name).fired; }
  std::string all_fired() const {
    std::string names;
    for (const GuardReading& g : read_all()) {
      if (g.fired) names += (names.empty() ? "" : ", ") + g.guard;
    }
    return names;
  }
  void add_history() {
    history.cloud.emplace();
    history.ad.emplace();
    history.ad->carriers.fill(1);
    history.run.emplace();
  }
  // A change of one mailbox with these facts.
  void add_change(const ChangeFacts& facts) {
    plan.facts.push_back(facts);
    Change change;
    change.dn = "CN=u,DC=corp";
    encode(change, plan.changes.emplace_back());
  }
};

inline PlanFact fact(unsigned n) {
  PlanFact f;
  f.anchor = Anchor::from_bytes(world::guid_octets(n));
  return f;
}

}  // namespace trueup
