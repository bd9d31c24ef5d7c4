// SPDX-License-Identifier: Apache-2.0
// A plan belongs to the directory that it was made from: the same naming context, and the same
// object at its head. Called before anything of a run is read or written there.
#pragma once

#include "io/ldap/session/ldap_session.h"
#include "snapshots/model/directory_identity.h"
#include "snapshots/store/description.h"
#include "snapshots/store/store.h"

namespace trueup {

/// Of the run's record; where that has none, as of older stores, the naming context that the DNs of
/// its plan have.
DirectoryIdentity directory_of_plan(const Store& store, const RunDescription& run);

/// Throws UsageError if the server holds another directory than the plan of `run` is for, or does
/// not let the account see which; DirectoryError if it cannot be asked.
void require_same_directory(const Store& store, const RunDescription& run,
                            const LdapSession& session);

}  // namespace trueup
