// SPDX-License-Identifier: Apache-2.0
#include "engine/parallelism.h"

#include <tbb/global_control.h>
#include <tbb/version.h>

namespace trueup {

struct ThreadLimit::State {
  tbb::global_control control;
};

ThreadLimit::ThreadLimit(int threads) {
  if (threads <= 0) return;
  state_.reset(new State{tbb::global_control(tbb::global_control::max_allowed_parallelism,
                                             static_cast<std::size_t>(threads))});
}
ThreadLimit::~ThreadLimit() = default;

std::string tbb_version() { return TBB_runtime_version(); }

}  // namespace trueup
