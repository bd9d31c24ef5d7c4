// SPDX-License-Identifier: Apache-2.0
// How many threads the parallel stages use, while this object lives.
#pragma once

#include <memory>
#include <string>

namespace trueup {

class ThreadLimit {
 public:
  explicit ThreadLimit(int threads);  // 0: one a processor
  ~ThreadLimit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Of the library in use, for `trueup version`.
std::string tbb_version();

}  // namespace trueup
