// SPDX-License-Identifier: Apache-2.0
// A reader of LDIF of the tests' own, by RFC 2849 and nothing of the product: for plan.ldif,
// rejects.ldif and what ldapsearch prints.
#pragma once

#include <compare>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace trueup::cli {

struct LdifRecord {
  std::vector<std::string> comments;  // above it, without "# "
  /// "dn", "changetype", "add" ... with decoded values, in order; {"-", ""} ends a part.
  std::vector<std::pair<std::string, std::string>> lines;

  std::string dn() const;
  /// The value of a comment "# name: value"; "" if there is none.
  std::string comment(std::string_view name) const;
};

std::vector<LdifRecord> parse_ldif(const std::string& text);

std::string from_base64(std::string_view text);

/// What one modify does to one attribute of one object.
struct AttributeEdit {
  std::set<std::string> deletes;
  std::set<std::string> adds;
  auto operator<=>(const AttributeEdit&) const = default;
};

/// anchor and attribute -> edit.
using Edits = std::map<std::pair<std::string, std::string>, AttributeEdit>;

/// The edits of all change records that have an anchor, the records of one object put together.
/// Throws std::runtime_error for anything
/// but deletes and adds by value, deletes first.
Edits edits_of(const std::vector<LdifRecord>& records);

/// A DN in one spelling: slapd prints cn= for CN=.
std::string folded_dn(std::string dn);

/// Folded DN -> attribute -> values, from ldapsearch or slapcat.
std::map<std::string, std::map<std::string, std::set<std::string>>> entries_of(
    const std::string& text);

}  // namespace trueup::cli
