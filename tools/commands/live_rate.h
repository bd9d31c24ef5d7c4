// SPDX-License-Identifier: Apache-2.0
// max_changes_per_second as the configuration has it now: read again when the file changes and
// upon SIGHUP, while a job goes on. A wrong file is told and changes nothing.
#pragma once

#include <atomic>
#include <thread>

#include "tools/commands/settings.h"

namespace trueup {

class LiveRate {
 public:
  /// Watches settings.config, which must outlive this, unless the rate was given as a flag.
  explicit LiveRate(const Settings& settings);

  const std::atomic<double>* changes_per_second() const { return &rate_; }

 private:
  void watch(const std::stop_token& stop);
  void read_again();

  const Settings& settings_;
  std::atomic<double> rate_;
  std::jthread watcher_;
};

}  // namespace trueup
