// SPDX-License-Identifier: Apache-2.0
// STORE/runs/N/intended: up to which change of its plan run N may have written, in a small file
// outside of the database. The database may lose the end of its log, and with it intents, outcomes,
// and that the run was begun at all; this file is there before any change of a page is sent, so
// that a run that wrote never looks as if it had not. Changes up to it without an outcome are in
// doubt.
//
// The file, numbers big-endian: four cells, 512 bytes apart, of 48 bytes and their SHA-256 (magic,
// run, changes of the plan, running number, highest change intended, accounted for); from byte 4096
// the size of the run's record, the record and the SHA-256 of both. Each value is written to one
// pair of cells, the next one to the other pair: half a write leaves the value before, and one bad
// cell costs nothing. Where both cells of a pair are bad, all of the plan counts as intended.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "snapshots/store/description.h"

namespace trueup {

class Store;

/// What a marker says.
struct MarkedRun {
  std::optional<RunDescription> run;  // as it was when it began to be applied; none: unreadable
  std::uint32_t intended = 0;         // the highest change that may have been sent
  bool whole = true;                  // false: cells are unreadable, and more may have been sent
  /// All that was sent until then has an outcome, and those stand in files that no log can lose.
  bool accounted = false;
};

/// STORE/runs/N.
std::string run_folder(const Store& store, std::uint64_t run);
bool has_marker(const Store& store, std::uint64_t run);
/// Nothing if run `run` has no marker: it sent nothing, or was begun by a trueup that made none.
std::optional<MarkedRun> read_marker(const Store& store, std::uint64_t run);

/// Changes up to this number are in doubt unless they have an outcome; 0: none, by the marker.
std::uint32_t doubtful_up_to(const Store& store, const RunDescription& run);

/// Written by the run that is being applied.
class IntendedMarker {
 public:
  /// Makes the marker of `run`, or replaces it, as a whole and on disk, with its folders.
  /// `intended`: what may have been sent already. Throws StoreError, as all of these do.
  IntendedMarker(const Store& store, const RunDescription& run, std::uint32_t intended);
  ~IntendedMarker();
  IntendedMarker(const IntendedMarker&) = delete;
  IntendedMarker& operator=(const IntendedMarker&) = delete;

  /// On disk when it returns: `intended` or more. Thread-safe.
  void raise(std::uint32_t intended);
  /// REQUIRES: what was sent has an outcome, and Store::flush() was called after that.
  void account();

 private:
  void write_cells(bool accounted);

  std::mutex mutex_;
  std::string path_;
  int file_ = -1;
  std::uint64_t run_;
  std::uint64_t changes_;
  std::uint64_t number_ = 0;  // of the value written last
  std::uint32_t intended_;
};

}  // namespace trueup
