// SPDX-License-Identifier: Apache-2.0
// The part of the oracle that looks at one mailbox (README, "What is compared, and how").
#pragma once

#include <map>
#include <set>
#include <string>

#include "engine/compare/diff_options.h"
#include "tests/support/oracle_types.h"
#include "tests/support/world.h"

namespace trueup::world {

/// What the cloud supplies, by AD attribute; an attribute that it does not supply has no entry.
using CloudAttributes = std::map<std::string, std::set<std::string>>;

struct Verdicts {
  ExpectedEdits edits;
  std::map<std::string, std::set<std::string>> refused;  // by attribute: all reasons
  std::set<std::string> held;
  std::set<std::string> case_only;
};

Verdicts compare_attributes(const CloudAttributes& cloud, bool from_exo,
                            const std::map<std::string, Values>& ad, const DiffOptions& options);

/// True unless the prefix has a lower-case letter.
bool is_primary(const std::string& proxy_address);

}  // namespace trueup::world
