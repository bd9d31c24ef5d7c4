// SPDX-License-Identifier: Apache-2.0
#include "engine/load/ad/container_counts.h"

#include <map>

#include "snapshots/model/dn.h"

namespace trueup {

ContainerCounts::Entry& ContainerCounts::above(std::string_view dn) {
  const std::string_view parent = parent_dn(dn);
  return of(parent.empty() ? dn : parent);
}

ContainerCounts::Entry& ContainerCounts::of(std::string_view dn) {
  if (last_ != nullptr && last_->container.dn == dn) return *last_;
  const auto known = by_dn_.find(dn);
  if (known != by_dn_.end()) return *(last_ = known->second);
  Entry& entry = entries_.emplace_back();
  entry.container.dn = dn;
  if (base_ != nullptr) {
    entry.in_base = base_->contains(dn);
    entry.may_hold_base = !entry.in_base && base_->is_directly_below(dn);
  }
  by_dn_.emplace(entry.container.dn, &entry);
  return *(last_ = &entry);
}

std::vector<Container> merged(const std::vector<const ContainerCounts*>& parts) {
  std::map<std::string_view, Container> sums;
  for (const ContainerCounts* part : parts) {
    for (const ContainerCounts::Entry& entry : part->entries()) {
      Container& sum = sums[entry.container.dn];
      sum.dn = entry.container.dn;
      sum.users += entry.container.users;
      sum.others += entry.container.others;
    }
  }
  std::vector<Container> all;
  for (auto& [dn, container] : sums) all.push_back(std::move(container));
  return all;
}

}  // namespace trueup
