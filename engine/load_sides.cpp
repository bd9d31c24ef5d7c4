// SPDX-License-Identifier: Apache-2.0
#include <tbb/task_arena.h>

#include <future>

#include "engine/load.h"

namespace trueup {

LoadedSides load_sides(Store& store, const LoadOptions& options, const LdapOptions* live,
                       Progress& progress) {
  drop_unfinished_snapshots(store);
  LoadedSides sides;
  const bool cloud = !options.graph.empty() || !options.exo.empty();
  const bool ad = !options.ad.empty() || live != nullptr;
  if (!cloud || !ad || tbb::this_task_arena::max_concurrency() == 1) {
    if (cloud) sides.cloud = load_cloud(store, options, progress);
    if (ad) sides.ad = load_ad(store, options, live, progress);
    return sides;
  }
  LoadOptions half = options;
  half.memory_bytes /= 2;
  // A thread of its own, not a TBB task: a task that throws cancels its siblings without a word,
  // and a cancelled load would store half a side. A live read blocks, too.
  std::future<LoadResult> other = std::async(
      std::launch::async, [&] { return load_ad(store, half, live, progress); });
  try {
    sides.cloud = load_cloud(store, half, progress);
  } catch (...) {
    other.wait();
    throw;
  }
  sides.ad = other.get();
  return sides;
}

}  // namespace trueup
