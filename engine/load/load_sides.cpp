// SPDX-License-Identifier: Apache-2.0
#include <tbb/task_arena.h>

#include <future>
#include <optional>

#include "engine/load/load.h"
#include "io/ldap/session/ldap_session.h"

namespace trueup {
namespace {

constexpr std::string_view kGeneration = "generation";

}  // namespace

LoadResult load_cloud(Store& store, const LoadOptions& options, const GraphOptions* live,
                      Progress& progress) {
  LoadResult result = prepare_cloud(store, store.next_number(kGeneration), options, live, progress);
  put(store, result.snapshot);
  return result;
}

LoadResult load_ad(Store& store, const LoadOptions& options, const LdapOptions* live,
                   Progress& progress) {
  LoadResult result = prepare_ad(store, store.next_number(kGeneration), options, live, progress);
  put(store, result.snapshot);
  return result;
}

namespace {

// A thread of its own for one side, not a TBB task: a task that throws cancels its siblings without
// a word, and a cancelled load would store half a side. A live read blocks, too.
LoadedSides prepare_both(Store& store, LoadOptions options, const LiveSides& live,
                         Progress& progress) {
  options.memory_bytes /= 2;
  LoadedSides sides;
  std::optional<LdapOptions> ldap;  // whose waiting ends with the other side
  if (live.ad != nullptr) {
    ldap = *live.ad;
    ldap->notice.stopped = [&progress] { return progress.stopped(); };
  }
  const std::uint64_t cloud_generation = store.next_number(kGeneration);
  const std::uint64_t ad_generation = store.next_number(kGeneration);
  std::future<LoadResult> ad = std::async(std::launch::async, [&] {
    try {
      return prepare_ad(store, ad_generation, options, ldap ? &*ldap : nullptr, progress);
    } catch (...) {
      progress.failed = true;
      throw;
    }
  });
  try {
    sides.cloud = prepare_cloud(store, cloud_generation, options, live.graph, progress);
  } catch (...) {
    const bool other_failed = progress.failed.exchange(true);
    ad.wait();
    if (other_failed) ad.get();  // that is why; it throws
    throw;
  }
  sides.ad = ad.get();
  return sides;
}

}  // namespace

LoadedSides load_sides(Store& store, const LoadOptions& options, const LiveSides& live,
                       Progress& progress) {
  drop_unfinished_snapshots(store);
  const bool cloud = !options.graph.empty() || !options.graph_delta.empty() ||
                     !options.exo.empty() || live.graph != nullptr;
  const bool ad = !options.ad.empty() || live.ad != nullptr;
  if (live.ad == nullptr && !options.live_ad.save.empty()) {
    throw UsageError("--save-ad keeps what is read of a server; name that with --ad ldaps://HOST");
  }
  LoadedSides sides;
  if (cloud && ad && tbb::this_task_arena::max_concurrency() > 1) {
    sides = prepare_both(store, options, live, progress);
  } else {
    if (cloud) {
      sides.cloud =
          prepare_cloud(store, store.next_number(kGeneration), options, live.graph, progress);
    }
    if (ad) {
      sides.ad = prepare_ad(store, store.next_number(kGeneration), options, live.ad, progress);
    }
  }
  std::vector<SnapshotDescription> loaded;
  if (sides.cloud) loaded.push_back(sides.cloud->snapshot);
  if (sides.ad) loaded.push_back(sides.ad->snapshot);
  put(store, loaded);
  return sides;
}

}  // namespace trueup
