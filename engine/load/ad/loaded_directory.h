// SPDX-License-Identifier: Apache-2.0
// Which directory an AD snapshot is of. Of an export: the domain that its users are in, and the
// GUID of that domain's head if it is among the objects. Called by engine/load/load_ad and
// engine/load/ad/ad_source.
#pragma once

#include <vector>

#include "engine/load/ad/ad_sink.h"
#include "snapshots/model/directory_identity.h"
#include "snapshots/store/containers.h"

namespace trueup {

/// `containers`: of all sinks.
DirectoryIdentity directory_of_export(const AdSinks& sinks,
                                      const std::vector<Container>& containers);

void describe_directory(const DirectoryIdentity& directory, SnapshotDescription& d);

}  // namespace trueup
