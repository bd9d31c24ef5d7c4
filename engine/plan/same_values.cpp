// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/same_values.h"

#include "snapshots/model/fingerprint.h"

namespace trueup {
namespace {

bool counts(Attribute a) { return !traits(a).multi_valued && traits(a).rule == Rule::kExactText; }

}  // namespace

void SameValueCounter::add(const Change& change) {
  for (const Edit& e : change.edits) {
    if (!counts(e.attribute)) continue;
    const auto at = static_cast<std::size_t>(index(e.attribute));
    for (const std::string_view value : e.adds) {
      const std::uint32_t mailboxes = ++counts_[at][hash64(value)];
      if (mailboxes > most_[at].mailboxes) most_[at] = {mailboxes, std::string(value)};
    }
  }
}

}  // namespace trueup
