// SPDX-License-Identifier: Apache-2.0
// Shows on stderr how far a run is: one line that is rewritten on a terminal, a plain line every
// ten seconds otherwise. Reads Progress from a thread of its own until it is destroyed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "engine/progress.h"

namespace trueup {

class Ticker {
 public:
  Ticker(const Progress& progress, bool silent);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  void show();
  std::string line();

  const Progress& progress_;
  bool terminal_ = false;
  bool shown_ = false;
  Stage stage_ = Stage::kLoadCloud;
  std::chrono::steady_clock::time_point stage_start_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace trueup
