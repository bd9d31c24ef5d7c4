// SPDX-License-Identifier: Apache-2.0
// Who held an address when the plan was made, by the AD snapshot: an address that two objects had
// already then is not made a duplicate by the plan. Called by engine/run/checks/free_addresses.
#pragma once

#include <cstdint>
#include <string_view>

#include "io/ldap/address_search.h"
#include "snapshots/store/store.h"

namespace trueup {

class PlannedHolders {
 public:
  /// `generation` of AD; one that is not in the store, as 0, has no holders.
  PlannedHolders(const Store& store, std::uint64_t generation)
      : store_(store), generation_(generation) {}

  /// Whether `holder` had the address with this key (append_address_key), in any attribute.
  bool had(std::string_view key, const AddressHolder& holder) const;

 private:
  const Store& store_;
  const std::uint64_t generation_;
};

}  // namespace trueup
