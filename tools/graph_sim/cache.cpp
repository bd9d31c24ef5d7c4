// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/cache.h"

namespace trueup::sim {

void PageCache::forget_others(std::uint64_t version) {
  if (version == version_) return;
  version_ = version;
  bytes_ = 0;
  pages_.clear();
}

std::shared_ptr<const Answer> PageCache::find(const std::string& key, std::uint64_t version) {
  const std::lock_guard lock(mutex_);
  forget_others(version);
  const auto found = pages_.find(key);
  return found == pages_.end() ? nullptr : found->second;
}

void PageCache::put(const std::string& key, std::uint64_t version,
                    std::shared_ptr<const Answer> answer) {
  const std::lock_guard lock(mutex_);
  forget_others(version);
  if (bytes_ + answer->body.size() > most_bytes_) return;
  bytes_ += answer->body.size();
  pages_[key] = std::move(answer);
}

}  // namespace trueup::sim
