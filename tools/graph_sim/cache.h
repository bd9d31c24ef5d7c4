// SPDX-License-Identifier: Apache-2.0
//
// Pages as they went over the line, to be sent again while the tenant stays as it is: what a client
// is measured against must not be slower than it. Called by many threads.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "tools/graph_sim/http.h"

namespace trueup::sim {

class PageCache {
 public:
  explicit PageCache(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  /// Null where there is none. `version` is the tenant's; pages of another are forgotten.
  std::shared_ptr<const Answer> find(const std::string& key, std::uint64_t version);
  /// Kept if there is room.
  void put(const std::string& key, std::uint64_t version, std::shared_ptr<const Answer> answer);

 private:
  void forget_others(std::uint64_t version);

  const std::size_t most_bytes_;
  std::mutex mutex_;
  std::uint64_t version_ = 0;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, std::shared_ptr<const Answer>> pages_;
};

}  // namespace trueup::sim
