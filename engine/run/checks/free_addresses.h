// SPDX-License-Identifier: Apache-2.0
// Proof that the addresses a plan brings to its objects are free: each is searched for in the live
// directory, whatever the base is, and at a global catalog in the forest. What somebody else holds
// is not written. Called by engine/run/directory_checks.
#pragma once

#include <cstdint>
#include <string>

#include "engine/apply/apply.h"
#include "engine/progress.h"
#include "io/ldap/session/ldap_session.h"
#include "snapshots/store/description.h"
#include "snapshots/store/store.h"

namespace trueup {

struct AddressServers {
  const LdapSession& directory;
  std::string naming_context;  // of it: all of that is searched
  /// Another DC than wrote the earlier part of the run: it may not have what was written then.
  bool elsewhere = false;
  const LdapSession* global_catalog = nullptr;
  std::size_t in_flight = 8;  // searches at a time
};

/// Looks for each address that a change of `run` without an outcome gains. A holder is excused if
/// it is the object itself; if the object has the address already, and only a prefix or an
/// attribute changes; or if its changes give the address up before, in each attribute that holds
/// it, and are not done. Those whose changes are done are excused only where the server may not
/// show that yet: at the global catalog, and elsewhere. Throws DirectoryError if an address cannot
/// be told free.
TakenAddresses find_taken(Store& store, const RunDescription& run, const ApplyHistory& history,
                          const AddressServers& servers, Progress& progress);

/// For a directory that is not searched: all changes that gain an address; `why` stands before it.
TakenAddresses all_unknown(Store& store, const RunDescription& run, const ApplyHistory& history,
                           const std::string& why);

/// Whether any change without an outcome gains an address.
bool gains_any(Store& store, const RunDescription& run, const ApplyHistory& history);

}  // namespace trueup
