// SPDX-License-Identifier: Apache-2.0
// What trueup should do with a World, worked out from the design alone with plain maps and loops:
// no hashing, no shards, no threads, its own folding and address parsing.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "engine/compare/diff_options.h"
#include "tests/support/oracle_types.h"
#include "tests/support/world.h"

namespace trueup::world {

using DnAndAttribute = std::pair<std::string, std::string>;  // attribute "": the mailbox

struct Expected {
  std::map<std::string, ExpectedEdits> planned;  // by DN
  /// Where the design gives several reasons at once, any of them will do.
  std::map<DnAndAttribute, std::set<std::string>> refused;
  std::map<DnAndAttribute, std::string> held;
  std::map<std::string, std::uint64_t> case_only;  // by attribute
  std::uint64_t in_scope = 0;
  std::uint64_t matched = 0;
  std::uint64_t cloud_only = 0;
  std::uint64_t ad_only = 0;
};

/// For a first load: the cloud was never seen filled. Scope exchange-cloud-managed or synced.
Expected expect(const World& world, const DiffOptions& options = {});

}  // namespace trueup::world
