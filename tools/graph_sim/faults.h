// SPDX-License-Identifier: Apache-2.0
//
// What goes wrong on demand: at a rate, drawn from a seed, or by exact scripts ("the third request
// for /users/delta gets 503, twice"). Called by many threads.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trueup::sim {

/// Their names: 429, 429-no-retry-after, 500, 502, 503, 504, 509, 401, 403, 404, 410, 501,
/// sync-state-not-found, bad-token (a token that the service does not know), expired-page-token (of
/// a nextLink), cut, slow, bad-json, reset.
struct Fault {
  std::string kind;
  std::string retry_after;  // header value, of 429, 503, 504 and 509; "": none
  int date_seconds = -1;    // if set: Retry-After is the HTTP date so many seconds from now
  int slow_ms = 2000;       // how long a slow body takes
};

bool is_fault_kind(std::string_view kind);

struct FaultScript {
  std::string path;         // part of path?query
  std::uint64_t nth = 1;    // of the requests that match, from the script's beginning on
  std::uint64_t times = 1;  // so many in a row
  Fault fault;
  std::uint64_t seen = 0;
};

struct FaultRate {
  double rate = 0;  // of the requests to Graph
  std::vector<std::string> kinds = {"429", "503", "504", "cut", "bad-json", "401", "reset"};
  std::uint64_t seed = 1;
  std::string retry_after = "1";
};

class Faults {
 public:
  explicit Faults(const FaultRate& rate) : rate_(rate) {}

  /// What befalls this request. `drawn`: whether the rate counts for it, too.
  std::optional<Fault> next(const std::string& target, bool drawn);

  void add(const FaultScript& script);
  void set_rate(const FaultRate& rate);
  FaultRate rate() const;
  void clear_scripts();

 private:
  mutable std::mutex mutex_;
  FaultRate rate_;
  std::uint64_t draws_ = 0;
  std::vector<FaultScript> scripts_;
};

}  // namespace trueup::sim
