// SPDX-License-Identifier: Apache-2.0
// The plan as the store keeps it: what `trueup apply` sends is read from here, never from a file
// that a person may have edited.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "snapshots/model/change.h"

namespace trueup {

class Store;

/// Changes in plan order, which is also the order of their numbers: 1, 2, 3 ...
class PlanCursor {
 public:
  PlanCursor(const Store& store, std::uint64_t run);
  ~PlanCursor();
  /// The next change; false at the end. Its views are good until the next call.
  bool next(Change& change);
  /// So that the next call of next() gives change `number`.
  void seek(std::uint32_t number);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Stores `encoded` changes (see encode(Change)) as the plan of `run`, numbered from 1 in the order
/// given, durably: all of them or none. Throws StoreError.
void store_plan(Store& store, std::uint64_t run, const std::vector<std::string_view>& encoded);

}  // namespace trueup
