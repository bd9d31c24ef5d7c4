// SPDX-License-Identifier: Apache-2.0
// What is said while something waits to be tried again, and what ends the waiting. Given to
// whatever talks to a server; made by tools/. The functions may be called by any thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace trueup {

struct WaitNotice {
  std::function<void(const std::string& why)> say;  // may be empty, and so may the other
  std::function<bool()> stopped;  // the operator's signal, or nobody wants it any more

  /// Throws StopError once `stopped`.
  void check() const;
  /// Says `why` and how long, and waits; ends as check() does.
  void wait(std::chrono::milliseconds pause, const std::string& why) const;
};

}  // namespace trueup
