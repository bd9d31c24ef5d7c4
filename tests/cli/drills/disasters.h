// SPDX-License-Identifier: Apache-2.0
// The disasters: what may be wrong with a night's inputs, and how trueup may end on each.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tests/cli/drills/drill_files.h"

namespace trueup::drills {

/// A night's inputs before they are written: each side from a tenant of its own.
struct Spoilt {
  DrillTenant cloud;
  DrillTenant ad;
  Rendering cloud_files = {};
  Rendering ad_files = {};
  const DrillTenant& month_old;  // the tenant as it was 30 days or more ago
};

struct Disaster {
  enum class Harmless {
    kNo,              // it has to be stopped
    kWithoutHistory,  // a plan without changes is right as long as there is nothing to compare with
    kAlways,          // ... at any time
  };

  std::string name;
  void (*spoil)(Spoilt&) = nullptr;
  std::set<std::string> stopped_by = {};  // one of these has to fire; none: it must not be stopped
  bool input_error = false;               // exit 1 or 2 is as good
  Harmless harmless = Harmless::kNo;
  std::string untold = {};   // why nobody can tell it without history; "": it can be told
  bool few_may_pass = true;  // five mailboxes or fewer are let through as ordinary changes
  double managed = 1;        // of the tenant, see TenantShape
  cli::Arguments (*arguments)(const Inputs&) = nullptr;  // nullptr: each input where it belongs
};

const std::vector<Disaster>& disasters();

/// A disaster that comes in small parts, night by night, to other mailboxes each time.
struct CreepingDisaster {
  std::string name;
  double share = 0;  // of the mailboxes, a night
  int nights = 0;
  void (*spoil)(DrillMailbox&) = nullptr;
  std::set<std::string> stopped_by = {};
};

const std::vector<CreepingDisaster>& creeping_disasters();

}  // namespace trueup::drills
