// SPDX-License-Identifier: Apache-2.0
// Finds line ends, 64 bytes at a time, and notices on the way NUL bytes (a hole in a damaged file
// would otherwise swallow line ends and make one record of two) and bytes that are no ASCII (which
// may be no UTF-8). One thread.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>

#include "io/bytes/byte_mask.h"

namespace trueup {

class LineEnds {
 public:
  /// REQUIRES: 64 readable bytes behind `end`.
  LineEnds(const char* p, const char* end) : block_(p), end_(end) { go_to(p); }

  /// The next search starts at `p`, which is not before where the last one stopped.
  void go_to(const char* p) {
    for (block_ += 64; block_ < p; block_ += 64) at_most_mask64(block_, '\n', high_);
    block_ = p;
    mask_ = p < end_ ? at_most_mask64(p, '\n', high_) : 0;
  }

  /// The next line end, or the end of the text.
  const char* next() {
    while (true) {
      while (mask_ == 0) {
        if (end_ - block_ <= 64) return end_;
        block_ += 64;
        mask_ = at_most_mask64(block_, '\n', high_);
      }
      const char* const p = block_ + std::countr_zero(mask_);
      mask_ &= mask_ - 1;
      if (p >= end_) return end_;
      if (*p == '\n') return p;
      if (*p == '\0') nul_ = true;
    }
  }

  /// True if a NUL was passed since this was asked last.
  bool take_nul() { return std::exchange(nul_, false); }

  /// False only if all of the text up to here is ASCII.
  bool saw_high_bytes() const { return high_ != 0; }

 private:
  const char* block_;
  const char* end_;
  std::uint64_t mask_ = 0;
  std::uint64_t high_ = 0;
  bool nul_ = false;
};

}  // namespace trueup
