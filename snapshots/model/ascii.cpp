// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/ascii.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace trueup {
namespace {

// Eight bytes at once: sets bit 5 of those from 'A' to 'Z'.
void fold_eight(const char* from, char* to) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  std::uint64_t x;
  std::memcpy(&x, from, 8);
  const std::uint64_t low_bits = x & (0x7F * kOnes);
  const std::uint64_t above_z = low_bits + (0x7F - 'Z') * kOnes;
  const std::uint64_t from_a = low_bits + (0x80 - 'A') * kOnes;
  const std::uint64_t upper = ~x & (from_a ^ above_z) & (0x80 * kOnes);
  x |= upper >> 2;
  std::memcpy(to, &x, 8);
}

}  // namespace

void append_folded(std::string_view text, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + text.size());
  char* const to = out.data() + start;
  if (text.size() < 8) {
    std::transform(text.begin(), text.end(), to, fold_ascii);
    return;
  }
  // Whole words, the last one overlapping: single bytes would stall the hash that reads them next.
  for (std::size_t i = 0; i + 8 < text.size(); i += 8) fold_eight(text.data() + i, to + i);
  fold_eight(text.data() + text.size() - 8, to + text.size() - 8);
}

std::string folded(std::string_view text) {
  std::string out;
  append_folded(text, out);
  return out;
}

bool equal_ignoring_ascii_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (fold_ascii(a[i]) != fold_ascii(b[i])) return false;
  }
  return true;
}

}  // namespace trueup
