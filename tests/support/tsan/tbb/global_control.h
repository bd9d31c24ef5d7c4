// SPDX-License-Identifier: Apache-2.0
// See tests/support/tsan/tbb/threads.h.
#pragma once

#include "tests/support/tsan/tbb/threads.h"

namespace tbb {

class global_control {
 public:
  enum parameter { max_allowed_parallelism };
  global_control(parameter, std::size_t most)
      : before_(allowed_threads.exchange(static_cast<int>(most))) {}
  ~global_control() { allowed_threads = before_; }
  global_control(const global_control&) = delete;
  global_control& operator=(const global_control&) = delete;

 private:
  const int before_;
};

}  // namespace tbb
