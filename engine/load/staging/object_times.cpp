// SPDX-License-Identifier: Apache-2.0
#include "engine/load/staging/object_times.h"

#include <algorithm>

namespace trueup {
namespace {

bool newer(const ObjectTime& a, const ObjectTime& b) {
  return a.changed_at != b.changed_at ? a.changed_at > b.changed_at : a.key < b.key;
}

}  // namespace

void ObjectTimes::watch(std::span<const ObjectTime> last) {
  for (const ObjectTime& object : last) {
    watched_first_octets_.set(object.key.octets[0]);
    watched_.push_back({object.key, 0});
  }
}

void ObjectTimes::see_watched(const Anchor& key, std::uint64_t changed_at) {
  for (ObjectTime& object : watched_) {
    if (object.key == key) object.changed_at = std::max(object.changed_at, changed_at);
  }
}

void ObjectTimes::keep(const Anchor& key, std::uint64_t changed_at) {
  const auto same = std::ranges::find(newest_, key, &ObjectTime::key);
  if (same != newest_.end()) {
    same->changed_at = std::max(same->changed_at, changed_at);
  } else {
    newest_.push_back({key, changed_at});
  }
  if (newest_.size() <= kKept) return;
  std::ranges::sort(newest_, newer);
  newest_.pop_back();
  oldest_kept_ = newest_.back().changed_at;
}

void ObjectTimes::add(const ObjectTimes& other) {
  for (const ObjectTime& object : other.newest_) see(object.key, object.changed_at);
  for (const ObjectTime& object : other.watched_) {
    if (object.changed_at != 0) see_watched(object.key, object.changed_at);
  }
}

ObjectTimes ObjectTimes::without_objects() const {
  ObjectTimes fresh;
  fresh.watch(watched_);
  return fresh;
}

void ObjectTimes::put_into(FeedFacts& feed) const {
  feed.newest = newest_;
  std::ranges::sort(feed.newest, newer);
  feed.watched.clear();
  for (const ObjectTime& object : watched_) {
    if (object.changed_at != 0) feed.watched.push_back(object);
  }
}

}  // namespace trueup
