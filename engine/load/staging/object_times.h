// SPDX-License-Identifier: Apache-2.0
// When the objects of a feed were changed, as the feed itself says: the newest ones of this load,
// and what has become of the newest ones of the last accepted load. An older dump than that gives
// itself away by them. One a thread; merged by the loader.
#pragma once

#include <bitset>
#include <cstdint>
#include <span>
#include <vector>

#include "snapshots/store/description.h"

namespace trueup {

class ObjectTimes {
 public:
  static constexpr std::size_t kKept = 16;

  /// Looks out for these objects from now on.
  void watch(std::span<const ObjectTime> last);

  /// One object. `changed_at`: Unix seconds, 0 where the record does not tell.
  void see(const Anchor& key, std::uint64_t changed_at) {
    if (changed_at == 0) return;
    if (watched_first_octets_[key.octets[0]]) see_watched(key, changed_at);
    if (changed_at >= oldest_kept_) keep(key, changed_at);
  }

  void add(const ObjectTimes& other);
  /// Another one that looks out for the same objects and has seen none.
  ObjectTimes without_objects() const;

  /// Into the facts of the feed: the newest first.
  void put_into(FeedFacts& feed) const;

 private:
  void see_watched(const Anchor& key, std::uint64_t changed_at);
  void keep(const Anchor& key, std::uint64_t changed_at);

  std::bitset<256> watched_first_octets_;
  std::vector<ObjectTime> watched_;  // as seen in this load; 0: not there, or without a time
  std::vector<ObjectTime> newest_;   // each object once
  std::uint64_t oldest_kept_ = 0;    // older ones are of no interest any more
};

}  // namespace trueup
