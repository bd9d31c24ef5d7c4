// SPDX-License-Identifier: Apache-2.0
// How far the stages are: one relaxed counter a stage, bumped by the workers in batches, read by a
// ticker in tools/; and whether they are to go on. Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "snapshots/model/errors.h"

namespace trueup {

enum class Stage : std::uint8_t { kLoadCloud, kLoadAd, kDiff, kPlan, kAddresses, kApply, kVerify };
inline constexpr int kStageCount = 7;

struct Progress {
  struct Counter {
    std::atomic<std::uint64_t> done{0};   // bytes for the loads, mailboxes or changes else ...
    std::atomic<bool> objects{false};     // ... objects for a live read of AD
    std::atomic<std::uint64_t> total{0};  // 0: not known
  };
  std::array<Counter, kStageCount> stages;
  std::atomic<Stage> current{Stage::kLoadCloud};
  const std::atomic<bool>* stop = nullptr;      // set by the operator's signal
  std::function<void(const std::string&)> say;  // a line of its own; may be empty
  std::atomic<bool> failed{false};              // one side of a load: the other one need not go on

  bool stopped() const {
    return failed.load(std::memory_order_relaxed) ||
           (stop != nullptr && stop->load(std::memory_order_relaxed));
  }
  /// Throws StopError if the run is to end. For stages that leave nothing half done; apply and
  /// verify look at `stop` themselves and finish what is in flight.
  void check_stop() const {
    if (stopped()) {
      throw StopError("stopped by a signal before anything was written to AD");
    }
  }

  void tell(const std::string& text) const {
    if (say) say(text);
  }

  Counter& of(Stage s) { return stages[static_cast<std::size_t>(s)]; }
  void start(Stage s, std::uint64_t total) {
    of(s).total.store(total, std::memory_order_relaxed);
    current.store(s, std::memory_order_relaxed);
  }
  void add(Stage s, std::uint64_t n) { of(s).done.fetch_add(n, std::memory_order_relaxed); }
};

}  // namespace trueup
