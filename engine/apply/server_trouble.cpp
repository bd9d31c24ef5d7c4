// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/server_trouble.h"

#include <algorithm>

namespace trueup {
namespace {

constexpr Clock::Duration kFirstPause = std::chrono::milliseconds(500);
constexpr Clock::Duration kLongestPause = std::chrono::seconds(4);

}  // namespace

void ServerTrouble::failed(Request request, const std::string& why, Clock::TimePoint now) {
  if (!on_) {
    on_ = of_reads_only_ = true;
    told_ = false;
    since_ = now;
    pause_ = kFirstPause;
  } else if (wants_connections_) {
    return;  // it was sent before the pause
  } else {
    pause_ = std::min(pause_ * 2, kLongestPause);
  }
  of_reads_only_ = of_reads_only_ && request == Request::kRead;
  why_ = why;
  next_try_ = now + pause_;
  wants_connections_ = true;
}

void ServerTrouble::taken(Request request) {
  if (request == Request::kRead && !of_reads_only_) return;
  on_ = wants_connections_ = false;
}

}  // namespace trueup
