// SPDX-License-Identifier: Apache-2.0
// One read of Graph, from its plan to its end: all users or the changes since a deltaLink, what the
// pages leave open asked for again, and the number of users compared with the service's own. Used
// by a load (engine/load/cloud/graph_source) and by `trueup fetch` (engine/load/cloud/graph_fetch).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/load/cloud/cloud_feeds.h"
#include "engine/load/cloud/dump_writer.h"
#include "engine/load/cloud/page_ingest.h"
#include "engine/load/cloud/read_context.h"
#include "engine/load/staging/load_options.h"
#include "engine/load/staging/load_result.h"
#include "engine/progress.h"
#include "io/graph/graph_client.h"
#include "snapshots/store/description.h"
#include "snapshots/store/spool.h"

namespace trueup {

/// Full reads that are tried, where tokens go stale meanwhile.
inline constexpr int kFullReads = 3;

/// "https://host tenant": what a deltaLink is good for.
std::string graph_identity(const GraphOptions& service);

/// What a dump of such a read says of itself while it goes on. `read`: DumpManifest::read.
DumpManifest manifest_of_read(const GraphOptions& service, const std::string& read,
                              const std::string& start_link);

/// DumpManifest::read of a full read.
std::string name_of(GraphReadKind kind);

/// A warning: everything that was read is read anew.
std::string read_again(const ResyncNeeded& stale);

/// What a read works with; all of it outlives the read.
struct GraphReadParts {
  PageFetcher& fetcher;
  const GraphOptions& service;
  const GraphReadOptions& options;
  Spool& by_id;
  DumpWriter* keep = nullptr;  // saves each page; a read that was cut off there is gone on with
  Progress& progress;
  std::vector<std::string>& warnings;
};

class GraphRead {
 public:
  explicit GraphRead(const GraphReadParts& parts);

  bool resumed() const { return resumed_; }

  /// All users. `names`: of a generation before, or empty.
  void read_all(std::vector<std::string> names);

  /// What has changed since. `base_known`: the users that it is changes to were staged before.
  void read_changes(const std::string& delta_link, bool base_known);

  /// Compares with the service's own number. Throws SourceError if users are missing, ResyncNeeded
  /// if they are after a read of changes.
  void check_total(std::vector<std::string>& warnings);

  GraphFeed feed() const;

  /// Whether the pages select what the generation has.
  bool selects_as(const SnapshotDescription& base) const;

  /// Throws ResyncNeeded if a change could not be read: the next delta would not tell it again.
  void require_sound_changes() const;

  void finish(LoadResult& result) { pages_.finish(result); }
  std::uint64_t users() const { return users_; }
  std::uint64_t removed() const { return pages_.summary().removed; }
  const ReadCheckpoint& state() const { return context_.state; }
  std::uint64_t date() const { return context_.date; }

 private:
  std::chrono::seconds left_to_settle() const;
  /// `why` is said if it takes a while.
  void wait_until(std::chrono::steady_clock::time_point time, const std::string& why) const;
  void wait_a_little() const;
  /// Asks for users whose state the pages do not tell; those that cannot be found yet once more.
  void reread_unsettled();
  void follow_changes(const std::string& from);
  /// What the delta has by now.
  void look_later();
  std::uint64_t records() const { return pages_.summary().users + pages_.summary().removed; }

  const GraphReadOptions& options_;
  Spool& by_id_;
  PageIngest pages_;
  ReadContext context_;
  bool resumed_ = false;
  bool changes_ = false;
  bool base_known_ = true;
  std::uint64_t users_ = 0;
  std::uint64_t changed_meanwhile_ = 0;  // records of deltas, beside a read of all
};

/// The dump is complete: it says what it holds.
void finish_dump(DumpWriter& keep, DumpManifest manifest, const GraphRead& read,
                 std::uint64_t started_at);

}  // namespace trueup
