// SPDX-License-Identifier: Apache-2.0
// See tests/support/tsan/tbb/threads.h.
#pragma once

#include "tests/support/tsan/tbb/blocked_range.h"
#include "tests/support/tsan/tbb/partitioner.h"
#include "tests/support/tsan/tbb/threads.h"

namespace tbb {

template <typename Index, typename Body>
void parallel_for(Index first, Index last, const Body& body) {
  std::atomic<Index> next{first};
  // Relaxed: who takes a number hands nothing over to who takes the next.
  const auto work = [&] {
    for (Index i; (i = next.fetch_add(1, std::memory_order_relaxed)) < last;) body(i);
  };
  on_threads(last > first ? static_cast<std::size_t>(last - first) : 1, work);
}

/// Each value a range of its own.
template <typename Value, typename Body>
void parallel_for(const blocked_range<Value>& range, const Body& body, simple_partitioner) {
  parallel_for(range.begin(), range.end(), [&](Value i) { body(blocked_range<Value>(i, i + 1)); });
}

}  // namespace tbb
