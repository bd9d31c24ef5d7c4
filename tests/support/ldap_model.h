// SPDX-License-Identifier: Apache-2.0
// A plan.ldif read by a parser of its own and applied to a World by a naive LDAP modify: what is
// deleted must be there byte for byte, what is added must not be there in any case.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/world.h"

namespace trueup::world {

struct Modification {
  std::string operation;  // "add", "delete"
  std::string attribute;
  Values values;
};

struct ChangeRecord {
  std::string dn;
  std::string anchor;   // of the comment
  unsigned number = 0;  // of the comment
  std::vector<unsigned> after;
  std::vector<Modification> modifications;
};

/// Throws std::runtime_error on anything that is not a plan of change records.
std::vector<ChangeRecord> parse_plan(const std::string& text);

/// Applies all of it or nothing; "" or what a server would say.
std::string modify(const ChangeRecord& change, World& world);

/// Type and address in lower case; mail counts as an SMTP address.
std::string address_key(const std::string& attribute, const std::string& value);

/// Who holds which address, by DN, over all objects of the forest.
std::map<std::string, std::set<std::string>> holders_of(const World& world);

std::string lower(std::string text);  // ASCII

}  // namespace trueup::world
