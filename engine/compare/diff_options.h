// SPDX-License-Identifier: Apache-2.0
// What the comparison is told: which mailboxes, which attributes, by which rules. Filled by tools/
// from flags and trueup.toml.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "snapshots/model/attribute.h"

namespace trueup {

enum class ScopeKind : std::uint8_t { kExchangeCloudManaged, kSynced, kList };
/// As --scope and plan.ldif have it: "exchange-cloud-managed", "synced", "list".
std::string_view to_string(ScopeKind scope);

enum class FirstSightClears : std::uint8_t { kDefault, kAll, kNone };
/// As clear_at_first_sight has it: "default", "all", "none".
std::string_view to_string(FirstSightClears clears);

struct DiffOptions {
  AttributeSet attributes = kDefaultAttributes;  // managed in this run
  ScopeKind scope = ScopeKind::kExchangeCloudManaged;
  std::string scope_list;  // file, for kList
  std::vector<std::string> keep_types = {"X500", "X400", "MSMAIL", "CCMAIL", "NOTES", "EUM", "SIP"};
  std::vector<std::string> keep_suffixes;
  std::vector<std::string> drop_types = {"SPO"};
  std::vector<std::string> hide_suffixes;
  bool exact_address_case = false;  // address_case = "exact"
  FirstSightClears clear_at_first_sight = FirstSightClears::kDefault;
  std::string base;                  // what AD was loaded from; "": as it was
  std::vector<std::string> exclude;  // DN subtrees
  bool protect_admin_count = true;
  bool allow_on_prem_mailboxes = false;
};

}  // namespace trueup
