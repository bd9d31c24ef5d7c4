// SPDX-License-Identifier: Apache-2.0
// What every part of a load of one side gets: the store, what it was told, how far it is, and the
// result, to which each part adds its warnings, defects and facts.
#pragma once

#include "engine/load/staging/load_options.h"
#include "engine/load/staging/load_result.h"
#include "engine/progress.h"
#include "snapshots/store/store.h"

namespace trueup {

struct LoadContext {
  Store& store;
  const LoadOptions& options;
  Progress& progress;
  LoadResult& result;
};

}  // namespace trueup
