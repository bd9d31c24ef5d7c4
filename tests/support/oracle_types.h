// SPDX-License-Identifier: Apache-2.0
// What the oracle and its part for one mailbox tell each other.
#pragma once

#include <map>
#include <set>
#include <string>

namespace trueup::world {

struct ExpectedEdit {
  std::set<std::string> deletes;
  std::set<std::string> adds;
  friend bool operator==(const ExpectedEdit&, const ExpectedEdit&) = default;
};
using ExpectedEdits = std::map<std::string, ExpectedEdit>;  // by attribute

}  // namespace trueup::world
