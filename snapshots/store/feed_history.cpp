// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/feed_history.h"

namespace trueup {
namespace {

std::string key_of(std::string_view feed, const std::string& digest) {
  return "feed/" + std::string(feed) + "/" + digest;
}

}  // namespace

std::optional<FeedSeen> feed_seen(const Store& store, std::string_view feed,
                                  const std::string& digest) {
  if (digest.empty()) return std::nullopt;
  const auto record = store.get(key_of(feed, digest));
  if (!record) return std::nullopt;
  const Fields fields = Fields::decoded(*record);
  return FeedSeen{fields.number("generation"), fields.number("loaded_at")};
}

void keep_feed_digests(Store& store, const SnapshotDescription& accepted) {
  const auto keep = [&](std::string_view feed, const FeedFacts& facts) {
    if (facts.digest.empty() || feed_seen(store, feed, facts.digest)) return;
    Fields fields;
    fields.set("generation", accepted.generation);
    fields.set("loaded_at", accepted.loaded_at);
    store.put_ordered(key_of(feed, facts.digest), fields.encoded());
  };
  keep("graph", accepted.graph);
  keep("exo", accepted.exo);
  keep("ad", accepted.ad);
}

}  // namespace trueup
