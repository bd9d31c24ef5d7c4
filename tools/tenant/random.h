// SPDX-License-Identifier: Apache-2.0
//
// Randomness that depends on (seed, index, purpose) only, so that any mailbox of a tenant can be
// made alone, in any order and on any thread. splitmix64 (Steele, Lea, Flood 2014) is enough:
// nothing here is a secret.
#pragma once

#include <cstdint>
#include <cstring>
#include <numeric>

#include "tools/tenant/text.h"

namespace trueup::tenant {

[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// What a draw is for. Each purpose has its own stream: drawing more for one never shifts another.
enum class Purpose : std::uint64_t {
  kPopulation = 1,
  kGuids,
  kName,
  kPerson,
  kAddresses,
  kExtension,
  kCustom,
  kDrift,
  kOrder,
  kGraphShape,
  kExoShape,
  kLdifShape,
  kToken,
};

// A stream of draws for one (seed, index, purpose).
class RandomStream {
 public:
  constexpr RandomStream(std::uint64_t seed, std::uint64_t index, Purpose purpose) noexcept
      : state_(mix(seed ^ mix(index ^ (static_cast<std::uint64_t>(purpose) << 56)))) {}

  constexpr std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15ULL;
    return mix(state_);
  }

  // 0 .. bound-1. REQUIRES: 0 < bound <= 2^32; the bias is below 2^-32.
  constexpr std::uint32_t below(std::uint64_t bound) noexcept {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }

  constexpr bool chance(std::uint32_t per_thousand) noexcept { return below(1000) < per_thousand; }

 private:
  std::uint64_t state_;
};

// Version 4.
inline Guid draw_guid(RandomStream& random) noexcept {
  Guid guid;
  const std::uint64_t halves[2] = {random.next(), random.next()};
  std::memcpy(guid.data(), halves, sizeof halves);
  guid[7] = static_cast<std::uint8_t>((guid[7] & 0x0f) | 0x40);
  guid[8] = static_cast<std::uint8_t>((guid[8] & 0x3f) | 0x80);
  return guid;
}

// A permutation of 0 .. size-1 that needs no memory: position j holds (step * j + start) mod size,
// step prime to size.
class Shuffle {
 public:
  Shuffle(std::uint64_t size, std::uint64_t random) noexcept : size_(size) {
    if (size == 0) {
      return;
    }
    start_ = mix(random) % size;
    step_ = random % size;
    while (std::gcd(step_, size) != 1) {
      step_ = (step_ + 1) % size;
    }
  }

  [[nodiscard]] std::uint64_t at(std::uint64_t position) const noexcept {
    // 128 bits: step * position passes 64 bits for large sizes.
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(step_) * position + start_) %
                                      size_);
  }

 private:
  std::uint64_t size_;
  std::uint64_t start_ = 0;
  std::uint64_t step_ = 0;
};

}  // namespace trueup::tenant
