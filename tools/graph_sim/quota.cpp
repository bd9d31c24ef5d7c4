// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/quota.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace trueup::sim {

int units_of_users_request(bool select, bool small_top) {
  return std::max(1, 2 - (select ? 1 : 0) - (small_top ? 1 : 0));
}

Quota::Verdict Quota::take(int units, const std::string& application, const std::string& tenant) {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  const std::chrono::duration<double> passed = now - filled_;
  filled_ = now;
  left_ = std::min(kUnits, left_ + passed.count() * kUnits / kSeconds);
  Verdict verdict;
  verdict.headers.emplace_back("x-ms-resource-unit", std::to_string(units));
  if (left_ < units) {
    const double wait = (units - left_) / (kUnits / kSeconds);
    verdict.allowed = false;
    verdict.headers.emplace_back("Retry-After",
                                 std::to_string(std::max(1, static_cast<int>(std::ceil(wait)))));
    verdict.headers.emplace_back("x-ms-throttle-scope",
                                 "Tenant_Application/ReadWrite/" + application + "/" + tenant);
    verdict.headers.emplace_back("x-ms-throttle-information", "ResourceUnitLimitExceeded");
  } else {
    left_ -= units;
  }
  const double used = verdict.allowed ? 1 - left_ / kUnits : 1;
  if (used > kWarning) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%.2f", used);
    verdict.headers.emplace_back("x-ms-throttle-limit-percentage", text.data());
  }
  return verdict;
}

}  // namespace trueup::sim
