// SPDX-License-Identifier: Apache-2.0
// Cuts a range of update sequence numbers into slices for several connections to read, by what the
// slices before cost. Used by io/ldap/live_ad. Thread-safe: each connection's thread calls it.
//
// A slice costs the server something beside its entries. Where uSNChanged is indexed, as in an AD,
// that is little, and the range is cut small enough that no connection is left alone at the end:
// from the top, where what is in use changes; a sliver first, as nobody knows how dense it is. If
// each costs a look at every object, a part for each of up to two connections is all.
#pragma once

#include <condition_variable>
#include <cstdint>
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
    int fixed_slices = 0;  // so many of one width; 0: by what they cost
    bool cheap_slices = true;
    int page_size = 1000;
  };

  UsnSlicer(UsnSlice all, const Options& options);

  /// The next slice to read; waits while all that is left is being read by others, who may give it
  /// back. Nothing: all is read, or the read has failed.
  std::optional<UsnSlice> next();
  /// The slice is read to its end.
  void done(const UsnSlice& slice, std::uint64_t entries);
  /// The slice could not be read to its end; it will be given to somebody again.
  void give_back(const UsnSlice& slice);
  /// Lets all threads end.
  void stop();

 private:
  std::uint64_t width_of_next(std::uint64_t rest) const;

  const Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<UsnSlice> rest_;  // nobody reads these yet
  bool stopped_ = false;
  int begun_ = 0;
  int reading_ = 0;
  const std::uint64_t all_width_;
  double width_an_entry_ = 0;  // as of the last slice; 0: not known
};

}  // namespace trueup
