// SPDX-License-Identifier: Apache-2.0
// What can be known of a directory before the first write: which attributes it has, how long their
// values may be, and which of them the account may write. Called by engine/run/directory_checks.
#pragma once

#include <string>
#include <vector>

#include "engine/apply/apply_types.h"
#include "io/ldap/ldap_writer.h"
#include "snapshots/store/description.h"
#include "snapshots/store/store.h"

namespace trueup {

/// Looks at the schema and, on an AD, at the rights on some of the objects of the plan of `run`; an
/// attribute that can be written on none of them, but on others, is not refused.
/// What the directory will not take goes into options.refused_attributes, so that it is refused
/// once and not change by change. Throws DirectoryError if nothing of the plan could be written.
void check_directory(Store& store, const RunDescription& run, LdapWriter& writer,
                     ApplyOptions& options, std::vector<std::string>& warnings);

}  // namespace trueup
