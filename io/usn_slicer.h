// SPDX-License-Identifier: Apache-2.0
// Cuts a range of update sequence numbers into slices for several connections to read, by what the
// slices before cost. Used by io/live_ad. Thread-safe: each connection's thread calls it.
//
// A slice costs the server something before its first entry. Where that is next to nothing (uSNChanged
// is indexed, as in an AD) the range is cut small enough that no connection is left alone at the end.
// Where it is not, each further slice is paid for dearly: then two halves, for two connections, are
// all. Which of the two it is, the first page of the first slice tells: the others wait a moment
// for it. What had been read of that slice by then is read again, at the cost of that moment.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <vector>

namespace trueup {

struct UsnSlice {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // belongs to it

  std::uint64_t width() const { return last - first + 1; }
  friend bool operator==(const UsnSlice&, const UsnSlice&) = default;
};

class UsnSlicer {
 public:
  struct Options {
    int connections = 4;
    int fixed_slices = 0;                   // so many of one width; 0: found out
    int page_size = 1000;
    std::chrono::milliseconds patience{60}; // for the first page of the first slice
    std::uint64_t expected_entries = 0;     // in the whole range; 0: not known
  };

  UsnSlicer(UsnSlice all, const Options& options);

  /// The next slice to read; waits while it is not known how to cut. Nothing: all is read, or the
  /// read has failed.
  std::optional<UsnSlice> next();
  /// After each page of a slice, `elapsed` since it was begun. False: leave it, it is cut anew.
  bool go_on(const UsnSlice& slice, std::uint64_t entries, std::chrono::nanoseconds elapsed);
  /// The slice is read to its end.
  void done(const UsnSlice& slice, std::uint64_t entries);
  /// The slice could not be read to its end; it will be given to somebody again.
  void give_back(const UsnSlice& slice);
  /// Lets all threads end.
  void stop();

  std::uint64_t slices_read() const { return read_; }

 private:
  enum class Cut { kUnknown, kHalves, kSmall, kFixed };

  bool should_recut(std::uint64_t entries, std::chrono::nanoseconds elapsed) const;
  UsnSlice cut_one();

  const Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<UsnSlice> rest_;  // nobody reads these yet
  Cut cut_ = Cut::kUnknown;
  bool stopped_ = false;
  int reading_ = 0;
  std::uint64_t read_ = 0;
  std::uint64_t width_ = 0;     // of the next slice, if small
};

}  // namespace trueup
