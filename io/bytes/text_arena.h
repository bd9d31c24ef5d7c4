// SPDX-License-Identifier: Apache-2.0
// Room for the bytes of one record that cannot be views of its input: unfolded lines and decoded
// base64. What take() gave stays valid until reset(). One a reader; not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace trueup {

class TextArena {
 public:
  char* take(std::size_t size) {
    if (size > left_) grow(size);
    char* const p = next_;
    next_ += size;
    left_ -= size;
    return p;
  }

  /// Forgets everything but one block, so that records of ordinary size never allocate.
  void reset() {
    if (blocks_.empty()) return;
    if (blocks_.size() > 1) blocks_.resize(1);
    next_ = blocks_.front().get();
    left_ = kBlock;
  }

 private:
  static constexpr std::size_t kBlock = std::size_t{64} << 10;

  void grow(std::size_t size) {
    if (blocks_.empty()) {
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlock));
      reset();
      if (size <= kBlock) return;
    }
    const std::size_t block = size > kBlock ? size : kBlock;
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block));
    next_ = blocks_.back().get();
    left_ = block;
  }

  std::vector<std::unique_ptr<char[]>> blocks_;  // the first has kBlock bytes
  char* next_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace trueup
