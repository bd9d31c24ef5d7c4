// SPDX-License-Identifier: Apache-2.0
// Before the first write a sample of the plan's objects is read back: whether they are there, are
// what the plan says, and still stand where it may write. Called by engine/run/directory_checks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/plan/guard_options.h"
#include "engine/plan/guard_reading.h"
#include "io/ldap/session/ldap_session.h"
#include "snapshots/model/dn_subtree.h"
#include "snapshots/store/description.h"
#include "snapshots/store/store.h"

namespace trueup {

/// Where the plan may write.
struct WriteArea {
  std::vector<DnSubtree> bases;     // in all of them; none: everywhere
  std::vector<DnSubtree> excludes;  // in none of them
  bool contains(std::string_view dn) const;
};

struct ObjectSample {
  GuardReading reading;                // of `objects-missing`
  std::vector<std::uint32_t> missing;  // changes whose objects are not there
};

/// Reads up to 128 of the plan's objects, spread over it, by objectGUID on an AD, else by DN. The
/// guard counts those that are not there, or were moved out of `area`. Throws UsageError if one has
/// another anchor than the plan says, DirectoryError.
ObjectSample sample_objects(const Store& store, const RunDescription& run,
                            const LdapSession& session, const WriteArea& area,
                            const Threshold& limit);

}  // namespace trueup
