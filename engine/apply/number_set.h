// SPDX-License-Identifier: Apache-2.0
// A set of change numbers, one bit each. Used by engine/apply and by what prepares it.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace trueup {

class NumberSet {
 public:
  void add(std::uint32_t number) {
    if (number / 64 >= words_.size()) words_.resize(number / 64 + 1);
    words_[number / 64] |= std::uint64_t{1} << (number % 64);
  }
  std::uint64_t size() const {
    std::uint64_t count = 0;
    for (const std::uint64_t word : words_) count += static_cast<unsigned>(std::popcount(word));
    return count;
  }
  bool contains(std::uint32_t number) const {
    return number / 64 < words_.size() && ((words_[number / 64] >> (number % 64)) & 1) != 0;
  }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace trueup
