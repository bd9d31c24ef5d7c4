// SPDX-License-Identifier: Apache-2.0
// The fixed-size rows of packed tables, beside Fingerprint. Stored as they are in memory.
#pragma once

#include <cstdint>
#include <cstring>

#include "snapshots/model/anchor.h"

namespace trueup {

/// Cloud: which anchor an id had. Kept for removed ids too.
struct IdRow {
  Anchor id_key;            // hashed_key(id, folded)
  Anchor anchor;            // all zero: none
  std::uint32_t flags = 0;  // MailboxFlag: kRemoved, kBadAnchor
  std::uint32_t unused = 0;
};
static_assert(sizeof(IdRow) == 40);

/// AD: which object holds an address. Sorted by its bytes.
struct AddressRow {
  std::uint8_t hash[8];  // of the address key, big-endian; lowest bit: the owner is not joinable
  Anchor owner;          // joinable: its anchor; else its objectGUID, or its hashed DN

  static AddressRow of(std::uint64_t address_hash, bool joinable, const Anchor& owner) {
    AddressRow row;
    row.owner = owner;
    const std::uint64_t bits =
        __builtin_bswap64((address_hash & ~std::uint64_t{1}) | (joinable ? 0 : 1));
    std::memcpy(row.hash, &bits, 8);
    return row;
  }
  bool joinable() const { return (hash[7] & 1) == 0; }
  std::uint64_t bits() const {
    std::uint64_t big_endian;
    std::memcpy(&big_endian, hash, 8);
    return __builtin_bswap64(big_endian);
  }
  std::uint64_t address() const { return bits() & ~std::uint64_t{1}; }
  friend bool operator<(const AddressRow& a, const AddressRow& b) {
    const std::uint64_t x = a.bits();
    const std::uint64_t y = b.bits();
    return x != y ? x < y : a.owner < b.owner;
  }
  friend bool operator==(const AddressRow& a, const AddressRow& b) {
    return std::memcmp(&a, &b, sizeof a) == 0;
  }
};
static_assert(sizeof(AddressRow) == 24);

}  // namespace trueup
