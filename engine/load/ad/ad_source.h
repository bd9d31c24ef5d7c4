// SPDX-License-Identifier: Apache-2.0
// Reads AD from a server for load_ad(): all of it, or what has changed since the stored generation
// that was read from the same database of the same domain controller. Blocking; never on a TBB
// worker.
#pragma once

#include <optional>
#include <string>

#include "engine/load/ad/ad_sink.h"
#include "engine/load/staging/load_context.h"
#include "snapshots/store/spool.h"

namespace trueup {

struct LdapOptions;
struct RootDse;

/// Fills `sinks` and the description in `result`. Throws DirectoryError and UsageError as
/// LdapReader does, InputError if the account sees no user, StoreError.
void load_live_ad(const LoadContext& load, const LdapOptions& ldap, BlockPool& pool,
                  AdSinks& sinks);

/// Why changes cannot be put on `base`, the newest snapshot of AD, if `now` is what is about to be
/// read; empty: they can. With `expected`, that is nothing to wonder at.
struct FullRead {
  std::string reason;
  bool expected = true;
};
FullRead why_full(const LiveAdOptions& options, const std::optional<SnapshotDescription>& base,
                  const SnapshotDescription& now, const RootDse& server);

}  // namespace trueup
