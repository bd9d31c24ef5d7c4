// SPDX-License-Identifier: Apache-2.0
// See tests/support/tsan/tbb/threads.h.
#pragma once

namespace tbb {

struct simple_partitioner {};

}  // namespace tbb
