// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/faults.h"

#include <algorithm>
#include <array>

#include "tools/tenant/random.h"

namespace trueup::sim {

bool is_fault_kind(std::string_view kind) {
  constexpr std::array<std::string_view, 19> kKinds = {"429",
                                                       "429-no-retry-after",
                                                       "500",
                                                       "502",
                                                       "503",
                                                       "504",
                                                       "509",
                                                       "401",
                                                       "403",
                                                       "404",
                                                       "501",
                                                       "410",
                                                       "cut",
                                                       "slow",
                                                       "sync-state-not-found",
                                                       "bad-token",
                                                       "expired-page-token",
                                                       "reset",
                                                       "bad-json"};
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

std::optional<Fault> Faults::next(const std::string& target, bool drawn) {
  const std::lock_guard lock(mutex_);
  std::optional<Fault> fault;
  for (FaultScript& script : scripts_) {
    if (target.find(script.path) == std::string::npos) continue;
    ++script.seen;
    if (!fault && script.seen >= script.nth && script.seen < script.nth + script.times) {
      fault = script.fault;
    }
  }
  if (fault || !drawn || rate_.rate <= 0 || rate_.kinds.empty()) return fault;
  tenant::RandomStream random(rate_.seed, draws_++, tenant::Purpose::kToken);
  if (random.below(1'000'000) >= rate_.rate * 1e6) return fault;
  fault.emplace();
  fault->kind = rate_.kinds[random.below(rate_.kinds.size())];
  if (fault->kind == "429") fault->retry_after = rate_.retry_after;
  return fault;
}

void Faults::add(const FaultScript& script) {
  const std::lock_guard lock(mutex_);
  scripts_.push_back(script);
}

void Faults::set_rate(const FaultRate& rate) {
  const std::lock_guard lock(mutex_);
  rate_ = rate;
  draws_ = 0;
}

FaultRate Faults::rate() const {
  const std::lock_guard lock(mutex_);
  return rate_;
}

void Faults::clear_scripts() {
  const std::lock_guard lock(mutex_);
  scripts_.clear();
}

}  // namespace trueup::sim
