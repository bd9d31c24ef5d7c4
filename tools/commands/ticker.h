// SPDX-License-Identifier: Apache-2.0
// Shows on stderr how far a run is: one line that is rewritten on a terminal; a plain line at the
// beginning of each stage and every 30 s otherwise. Reads Progress from a thread of its own until
// it is destroyed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
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

  /// A line of its own, also where no progress is shown. From any thread.
  void say(const std::string& text);

 private:
  using Time = std::chrono::steady_clock::time_point;

  void look();
  void show();
  std::string line() const;
  std::string line_of(Stage stage) const;

  const Progress& progress_;
  bool terminal_ = false;
  bool shown_ = false;
  Stage stage_ = Stage::kLoadCloud;
  std::optional<Time> shown_at_;
  Time stage_start_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace trueup
