// SPDX-License-Identifier: Apache-2.0
// An address may exist once in a forest, and one domain shows its own only. Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/plan/guard_reading.h"

namespace trueup {

struct ForestView {
  std::vector<std::string> domains = {};  // DNs, of the forest; none: the server does not tell
  std::string own = {};                   // of the one that is written to
  bool global_catalog = false;            // is searched (ad_gc)
  bool other_domains_seen = false;        // by their exports (ad_extra)
  bool gains_addresses = false;           // the plan does
};

/// `forest-unseen`: fires where addresses are gained in a forest of which only a part is seen.
GuardReading forest_unseen(const ForestView& forest);

}  // namespace trueup
