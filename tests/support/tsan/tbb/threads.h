// SPDX-License-Identifier: Apache-2.0
// Instead of oneTBB in a build with ThreadSanitizer: the part of its interface that engine/ uses,
// on threads that begin and end with each call. Debian's libtbb is not built for ThreadSanitizer,
// which then sees neither that work is handed over nor that it is waited for, and reports races in
// all that TBB runs. What is looked for is what our own work shares between threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace tbb {

/// At most so many threads a call; tbb::global_control lowers it.
inline std::atomic<int> allowed_threads{4};

/// Calls work() once on each of some threads, this one included, and waits for all. Throws what the
/// first of them threw.
template <typename Work>
void on_threads(std::size_t wanted, const Work& work) {
  std::mutex mutex;
  std::exception_ptr thrown;
  const auto guarded = [&] {
    try {
      work();
    } catch (...) {
      const std::scoped_lock lock(mutex);
      if (!thrown) thrown = std::current_exception();
    }
  };
  const std::size_t count =
      std::min(wanted, static_cast<std::size_t>(std::max(1, allowed_threads.load())));
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < count; ++i) others.emplace_back(guarded);
  guarded();
  for (std::thread& thread : others) thread.join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace tbb
