// SPDX-License-Identifier: Apache-2.0
// Graph as a live source of a load: decides whether the changes since the newest generation will do
// or a full read is due, and keeps a dump of what is read where that is asked for.
#pragma once

#include "engine/load/cloud/cloud_feeds.h"
#include "engine/load/staging/load_options.h"
#include "engine/load/staging/load_result.h"
#include "engine/progress.h"
#include "io/graph/graph_client.h"
#include "snapshots/store/spool.h"
#include "snapshots/store/store.h"

namespace trueup {

/// Reads the users from the service into `by_id`. Throws SourceError, UsageError, StoreError,
/// StopError; then nothing is stored.
GraphFeed read_graph_service(const LoadContext& load, const GraphOptions& service, Spool& by_id);

}  // namespace trueup
