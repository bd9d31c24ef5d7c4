// SPDX-License-Identifier: Apache-2.0
// A read of the service as a dump on disk: the pages as received, .json.zst, and a journal from
// which a read that was cut off goes on behind its last complete page; at the end the manifest
// takes the journal's place. Used by `trueup fetch`, and by any load with --keep-pages. One thread.
//
// Journal (fetch.journal): JSON lines, appended, each with one of "begin", "token", "pieces",
// "page". A line that was cut off is as good as not there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/load/cloud/dump_manifest.h"
#include "engine/load/cloud/read_checkpoint.h"
#include "io/files/input_file.h"

namespace trueup {

/// A page that was kept, decoded.
struct KeptPage {
  PageOrigin origin;
  std::string path;
  Chunk body;
};

class DumpWriter {
 public:
  /// Begins a dump in `folder`, making it if it is not there, or goes on with what is there of a
  /// read that was cut off; `read` says what is read (service, read, select, start_link). Throws
  /// StoreError if the folder cannot be written or another trueup writes there, UsageError if it
  /// holds something else.
  DumpWriter(std::string folder, const DumpManifest& read);
  ~DumpWriter();

  const std::string& folder() const { return folder_; }
  /// Gives `visit` the pages that are there, in order, and tells how far the read had come. What
  /// stands in the journal behind a damaged page is forgotten. To be called once, first.
  ReadCheckpoint replay(const std::function<void(const KeptPage&)>& visit);

  void journal_token(const std::string& link, std::uint64_t at);
  /// `ranges` come to be, in the place of `replaced` if that is given.
  void journal_ranges(const std::vector<UpnRange>& ranges, std::optional<std::uint64_t> replaced);
  /// Writes the page, then notes it.
  void add(std::string_view body, const PageOrigin& origin, const std::string& next_link,
           const std::string& delta_link);
  /// Writes the manifest, with `read`'s links, times and counts: from then on the dump is complete.
  void finish(const DumpManifest& read);
  std::size_t pages() const { return manifest_.pages.size(); }
  /// Takes all of it away: the read has to begin anew.
  void restart();
  /// The same for good, the folder with it if nothing else is in there.
  void remove();

 private:
  void open_folder();
  void begin_journal();
  void read_journal();
  void journal(const std::string& event);
  bool apply(const std::string& line, ReadCheckpoint& state,
             const std::function<void(const KeptPage&)>& visit);
  std::string path_of(const std::string& file) const;

  const std::string folder_;
  DumpManifest manifest_;
  std::vector<std::string> lines_;  // of the journal, as it was found
  int journal_ = -1;
  int lock_ = -1;  // the folder
};

}  // namespace trueup
