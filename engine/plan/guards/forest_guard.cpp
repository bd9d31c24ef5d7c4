// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/guards/forest_guard.h"

#include <algorithm>

#include "snapshots/model/canonical.h"

namespace trueup {

GuardReading forest_unseen(const ForestView& forest) {
  GuardReading reading;
  reading.guard = "forest-unseen";
  reading.value = forest.domains.size();
  reading.limit = 1;
  reading.fired = forest.gains_addresses && forest.domains.size() != 1 && !forest.global_catalog &&
                  !forest.other_domains_seen;
  reading.meaning = forest.domains.empty()
                        ? "the account may not read how many domains the forest has"
                        : "domains of the forest, of which one is seen: an address may be taken in "
                          "another";
  if (reading.fired) {
    reading.remedy =
        "name a global catalog with ad_gc = \"ldaps://HOST:3269\", or the exports of "
        "the other domains with ad_extra";
    for (const std::string& domain : forest.domains) {
      if (equal_ignoring_ascii_case(domain, forest.own)) continue;
      if (reading.examples.size() < kGuardExamples) reading.examples.push_back(domain);
    }
  }
  return reading;
}

}  // namespace trueup
