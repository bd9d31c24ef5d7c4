// SPDX-License-Identifier: Apache-2.0
// What the passes of the loader hand to each other through a Spool: a header and an encoded
// Mailbox, and the sorted view of one partition of them.
#pragma once

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "snapshots/model/fingerprint.h"
#include "snapshots/model/mailbox.h"
#include "snapshots/store/spool.h"

namespace trueup {

/// Place of a record in the stream of all files of a feed: files in order, then bytes.
inline std::uint64_t stream_order(std::size_t file, std::uint64_t offset) {
  return static_cast<std::uint64_t>(file) << 44 | offset;
}

inline std::size_t file_of(std::uint64_t stream_order) { return stream_order >> 44; }

enum class StagedKind : std::uint32_t {
  kReference,  // points to an item of another spool, which outlives this one
  kGraph,      // a user of a Graph page
  kExo,        // a mailbox of an EXO export
  kMailbox,    // a mailbox by its anchor
  kOther,      // AD: not joinable, holds addresses
  kGuidTaken   // AD: claimed by an object that is not joined by it: the objectGUID of one whose
               // anchor is another, or the anchor of one outside of the base
};

/// The key that a user of Graph and a mailbox of Exchange have in common, of their id.
Anchor id_key(std::string_view id, std::string& scratch);

struct StagedKey {
  Anchor key;  // what the partition is sorted by: hashed id, anchor or owner key
  std::uint64_t order = 0;
  StagedKind kind = StagedKind::kMailbox;
  std::uint32_t event = 0;  // AdEvent, in its spool
};

struct StagedHeader : StagedKey {
  Fingerprint fingerprint;
};

/// That of a user of Graph or a mailbox of Exchange, by its id.
StagedHeader header_by_id(const Mailbox& m, StagedKind kind, std::uint64_t order,
                          std::string& scratch);

/// Appends header and encoded mailbox to the partition of header.key.
inline void stage(Spool::Writer& writer, const StagedHeader& header, std::string_view record) {
  char* at = writer.append(shard_of(header.key), sizeof header + record.size());
  std::memcpy(at, &header, sizeof header);
  std::memcpy(at + sizeof header, record.data(), record.size());
}

/// The same without a copy in between.
inline void stage(Spool::Writer& writer, const StagedHeader& header, const Mailbox& m) {
  char* at = writer.append(shard_of(header.key), sizeof header + encoded_size(m));
  std::memcpy(at, &header, sizeof header);
  encode_to(m, at + sizeof header);
}

struct StagedReference : StagedKey {
  const StagedHeader* target = nullptr;
  std::uint64_t record_bytes = 0;
};

/// Passes an item on under another key without copying it.
inline void stage_reference(Spool::Writer& writer, const Anchor& key, const StagedHeader& target,
                            std::string_view record) {
  StagedReference reference;
  reference.key = key;
  reference.order = target.order;
  reference.kind = StagedKind::kReference;
  reference.target = &target;
  reference.record_bytes = record.size();
  std::memcpy(writer.append(shard_of(key), sizeof reference), &reference, sizeof reference);
}

/// An item of a spool, read in place.
struct Staged {
  std::uint64_t key_high;  // the key as two numbers that sort like its octets
  std::uint64_t key_low;
  std::uint64_t order;
  const StagedKey* item;
  std::size_t size;

  StagedKind kind() const { return item->kind; }
  const StagedHeader& header() const {
    return item->kind == StagedKind::kReference ? *static_cast<const StagedReference*>(item)->target
                                                : *static_cast<const StagedHeader*>(item);
  }
  std::string_view record() const {
    const char* end_of_header = reinterpret_cast<const char*>(&header() + 1);
    if (item->kind == StagedKind::kReference) {
      return {end_of_header, static_cast<const StagedReference*>(item)->record_bytes};
    }
    return {end_of_header, size - sizeof(StagedHeader)};
  }

  bool same_key(const Staged& o) const { return key_high == o.key_high && key_low == o.key_low; }
  friend bool operator<(const Staged& a, const Staged& b) {
    if (a.key_high != b.key_high) return a.key_high < b.key_high;
    if (a.key_low != b.key_low) return a.key_low < b.key_low;
    if (a.kind() != b.kind()) return a.kind() < b.kind();
    return a.order < b.order;
  }
};

/// The items of one partition by key, kind and stream order; good until it is released.
inline std::vector<Staged> sorted_items(Spool& spool, int partition) {
  std::vector<std::string_view> items;
  spool.items(partition, items);
  std::vector<Staged> sorted;
  sorted.reserve(items.size());
  constexpr std::size_t kAhead = 8;  // the keys lie far apart: ask for them in time
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i + kAhead < items.size()) __builtin_prefetch(items[i + kAhead].data());
    const std::string_view item = items[i];
    const auto* key = reinterpret_cast<const StagedKey*>(item.data());
    std::uint64_t halves[2];
    std::memcpy(halves, key->key.octets.data(), 16);
    sorted.push_back(
        {__builtin_bswap64(halves[0]), __builtin_bswap64(halves[1]), key->order, key, item.size()});
  }
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

/// Asks for an item's header and the start of its record, which are read soon.
inline void prefetch(const Staged& item) {
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kUsualBytes = sizeof(StagedHeader) + 448;
  const auto* at = reinterpret_cast<const char*>(&item.header());
  for (std::size_t line = 0; line < kUsualBytes; line += kLine) __builtin_prefetch(at + line);
}

/// Calls visit(first, last) for each run of items with the same key.
template <typename Visit>
void for_each_key(const std::vector<Staged>& sorted, Visit visit) {
  constexpr std::size_t kAhead = 3;
  for (std::size_t i = 0; i < sorted.size();) {
    if (i + kAhead < sorted.size()) prefetch(sorted[i + kAhead]);
    std::size_t end = i + 1;
    while (end < sorted.size() && sorted[end].same_key(sorted[i])) ++end;
    visit(sorted.data() + i, sorted.data() + end);
    i = end;
  }
}

}  // namespace trueup
