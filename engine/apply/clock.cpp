// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/clock.h"

#include <thread>

namespace trueup {

Clock::TimePoint SteadyClock::now() const { return std::chrono::steady_clock::now(); }

void SteadyClock::sleep_for(Duration duration) { std::this_thread::sleep_for(duration); }

}  // namespace trueup
