// SPDX-License-Identifier: Apache-2.0
#include "io/wait_notice.h"

#include <algorithm>
#include <thread>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::chrono::milliseconds kLook{100};  // the signal is looked at this often

std::string in_words(std::chrono::milliseconds pause) {
  if (pause < std::chrono::seconds(1)) return std::to_string(pause.count()) + " ms";
  return std::to_string((pause.count() + 500) / 1000) + " s";
}

}  // namespace

void WaitNotice::check() const {
  if (stopped && stopped()) throw StopError("stopped by a signal");
}

void WaitNotice::wait(std::chrono::milliseconds pause, const std::string& why) const {
  if (say) say(why + "; tries again in " + in_words(pause));
  const auto end = std::chrono::steady_clock::now() + pause;
  for (;;) {
    check();
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= std::chrono::steady_clock::duration::zero()) return;
    std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(left, kLook));
  }
}

}  // namespace trueup
