// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/graph_fetch.h"

#include "engine/load/cloud/graph_session.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/spool.h"

namespace trueup {

FetchResult fetch_graph(const GraphOptions& service, const LoadOptions& options,
                        const std::string& folder, const std::string& follow, Progress& progress) {
  FetchResult result;
  result.folder = folder;
  DumpManifest manifest = manifest_of_read(service, name_of(options.graph_read.kind), "");
  if (!follow.empty()) {
    const auto earlier = manifest_in(follow, result.warnings);
    if (!earlier) {
      throw UsageError("--follow " + follow + ": there is no manifest.json of 'trueup fetch'");
    }
    if (earlier->service != manifest.service) {
      throw UsageError("--follow " + follow + ": that dump is of " + earlier->service +
                       ", not of " + manifest.service);
    }
    manifest.read = "delta";
    manifest.start_link = earlier->delta_link;
  }
  DumpWriter keep(folder, manifest);
  const std::unique_ptr<PageFetcher> fetcher = open_graph(service, &result.warnings);
  BlockPool pool(options.memory_bytes);
  Spool by_id(pool, folder);
  progress.start(Stage::kLoadCloud, 0);
  for (int tries = 1;; ++tries) {
    try {
      GraphRead read({.fetcher = *fetcher,
                      .service = service,
                      .options = options.graph_read,
                      .by_id = by_id,
                      .keep = &keep,
                      .progress = progress,
                      .warnings = result.warnings});
      result.resumed = read.resumed();
      if (follow.empty()) {
        read.read_all({});
        read.check_total(result.warnings);
      } else {
        read.read_changes(manifest.start_link, false);
      }
      finish_dump(keep, manifest, read, read.date());
      result.users = read.users();
      result.removed = read.removed();
      break;
    } catch (const ResyncNeeded& stale) {
      if (follow.empty() && tries < kFullReads) {
        result.warnings.push_back(read_again(stale));
        keep.restart();
        by_id.clear();
        continue;
      }
      keep.remove();
      throw SourceError(std::string(stale.what()) + "; the beginning in " + folder +
                        " is no use and was removed: " +
                        (follow.empty() ? "fetch again" : "fetch in full, without --follow"));
    }
  }
  result.pages = keep.pages();
  result.requests = fetcher->counts().requests;
  return result;
}

}  // namespace trueup
