// SPDX-License-Identifier: Apache-2.0
// Finds line ends, 64 bytes at a time, and notices NUL bytes on the way: a hole in a damaged file
// would otherwise swallow line ends and make one record of two. One thread.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>

#include "io/byte_mask.h"

namespace trueup {

class LineEnds {
 public:
  /// REQUIRES: 64 readable bytes behind `end`.
  LineEnds(const char* p, const char* end) : end_(end) { go_to(p); }

  /// The next search starts at `p`.
  void go_to(const char* p) {
    block_ = p;
    mask_ = p < end_ ? at_most_mask64(p, '\n') : 0;
  }

  /// The next line end, or the end of the text.
  const char* next() {
    while (true) {
      while (mask_ == 0) {
        if (end_ - block_ <= 64) return end_;
        block_ += 64;
        mask_ = at_most_mask64(block_, '\n');
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

 private:
  const char* block_ = nullptr;
  const char* end_;
  std::uint64_t mask_ = 0;
  bool nul_ = false;
};

}  // namespace trueup
