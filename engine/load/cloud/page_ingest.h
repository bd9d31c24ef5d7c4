// SPDX-License-Identifier: Apache-2.0
// Takes in the pages that come from the service, one by one, each whole or not at all: parsed,
// staged by id, and kept on disk if that is wanted. Runs on the thread that fetches: parsing a page
// takes far less time than waiting for one, so that at the last page all others are done.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/load/cloud/dump_writer.h"
#include "engine/load/cloud/read_checkpoint.h"
#include "engine/load/staging/cloud_sink.h"
#include "engine/load/staging/load_result.h"
#include "engine/progress.h"
#include "io/graph/graph_reader.h"
#include "io/page_fetcher.h"

namespace trueup {

/// What a page says about the read, beside its users.
struct TakenPage {
  std::string next_link;
  std::string delta_link;
  std::uint64_t records = 0;
  std::uint64_t defects = 0;
  std::vector<std::string> names;    // userPrincipalNames in the order of the page
  std::vector<std::uint64_t> users;  // of each record that could be read the hash of its id
};

class PageIngest {
 public:
  /// `keep`: nullptr to keep no files. All must outlive this.
  PageIngest(Spool& by_id, DumpWriter* keep, Progress& progress);

  /// Takes the page in. Throws InputError if its body is no Graph page; then nothing of it was
  /// taken. REQUIRES: page.status is 200.
  TakenPage take(const FetchedPage& page, const PageOrigin& origin);
  /// The same for a page that was kept before, by a read that was cut off.
  TakenPage take_kept(const KeptPage& page);

  /// Which part of the read the item of this place in the stream came from; nothing if from the
  /// stored generation.
  std::optional<PageOrigin::Kind> origin_of(std::uint64_t stream_order) const;
  /// What is known of all pages so far.
  const GraphSummary& summary() const { return summary_; }
  DumpWriter* keep() const { return keep_; }
  /// Records of deltas that could not be read: changes that would be lost.
  std::uint64_t defective_changes() const { return defective_changes_; }
  /// Hands everything over to the spool, so that it can be looked at; more may follow.
  void flush() { sink_.flush(); }
  /// The counts and defects.
  void finish(LoadResult& result);

 private:
  TakenPage take_body(const Chunk& body, const PageOrigin& origin, std::string label);

  DumpWriter* const keep_;
  Progress& progress_;
  CloudSink sink_;
  GraphReader whole_{GraphRecords::kWhole};
  GraphReader changes_{GraphRecords::kChanges};
  HeldPage held_;
  GraphSummary summary_;
  std::uint64_t defective_changes_ = 0;
  // By number in the stream.
  std::vector<std::string> labels_;  // for messages
  std::vector<PageOrigin::Kind> origins_;
};

}  // namespace trueup
