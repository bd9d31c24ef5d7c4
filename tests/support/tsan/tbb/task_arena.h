// SPDX-License-Identifier: Apache-2.0
// See tests/support/tsan/tbb/threads.h.
#pragma once

#include "tests/support/tsan/tbb/threads.h"

namespace tbb::this_task_arena {

inline int max_concurrency() { return allowed_threads; }

}  // namespace tbb::this_task_arena
