// SPDX-License-Identifier: Apache-2.0
//
// Resource units, as Graph's identity and access service counts them for a tenant of more than 500
// users: 8,000 in 10 s for one application in one tenant. Source: Graph, "service-specific
// throttling limits". Called by many threads.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace trueup::sim {

/// Of a GET of users: 2, one less with $select, one less with a $top below 20; at least 1.
int units_of_users_request(bool select, bool small_top);

class Quota {
 public:
  static constexpr double kUnits = 8000;
  static constexpr double kSeconds = 10;
  static constexpr double kWarning = 0.8;  // of it is used: the answer says so

  struct Verdict {
    bool allowed = true;
    std::vector<std::pair<std::string, std::string>> headers;
  };
  /// Takes `units`, if they are there.
  Verdict take(int units, const std::string& application, const std::string& tenant);

 private:
  std::mutex mutex_;
  double left_ = kUnits;
  std::chrono::steady_clock::time_point filled_ = std::chrono::steady_clock::now();
};

}  // namespace trueup::sim
