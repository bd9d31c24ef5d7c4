// SPDX-License-Identifier: Apache-2.0
#include "engine/compare/diff_options.h"

namespace trueup {

std::string_view to_string(ScopeKind scope) {
  switch (scope) {
    case ScopeKind::kExchangeCloudManaged: return "exchange-cloud-managed";
    case ScopeKind::kSynced: return "synced";
    case ScopeKind::kList: return "list";
  }
  return "";
}

std::string_view to_string(FirstSightClears clears) {
  switch (clears) {
    case FirstSightClears::kDefault: return "default";
    case FirstSightClears::kAll: return "all";
    case FirstSightClears::kNone: return "none";
  }
  return "";
}

}  // namespace trueup
