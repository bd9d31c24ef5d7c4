// SPDX-License-Identifier: Apache-2.0
// What stands above the objects of an AD snapshot, with how many stand right below it: so that a
// DN in a setting is found, or missed, without a look at every object. Written by engine/load, read
// by whatever compares DNs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "snapshots/model/dn_subtree.h"
#include "snapshots/store/store.h"

namespace trueup {

struct Container {
  std::string dn;            // as written in the first object below it, or in its own entry
  std::uint32_t users = 0;   // right below it: what can be joined
  std::uint32_t others = 0;  // ... and what only holds addresses, or stands outside of the base
};

/// Writes the table of `generation` as a sorted file, to be ingested; nothing if there are none.
/// Throws StoreError.
std::optional<std::string> write_containers(Store& store, std::uint64_t generation,
                                            const std::vector<Container>& containers);

/// In the order written. Throws StoreError.
std::vector<Container> containers_of(const Store& store, std::uint64_t generation);

/// Whether one of them, or what stands above one of them, is in the subtree.
bool any_in(const DnSubtree& subtree, const std::vector<Container>& containers);
/// Whether the subtree may be a single object right below one of them.
bool may_be_object(const DnSubtree& subtree, const std::vector<Container>& containers);
/// Users right below those in the subtree.
std::uint64_t users_in(const DnSubtree& subtree, const std::vector<Container>& containers);

/// The DN that comes nearest to what was written, among them and what stands above them; "" if
/// there are none.
std::string nearest_dn(std::string_view text, const std::vector<Container>& containers);

}  // namespace trueup
