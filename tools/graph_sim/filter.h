// SPDX-License-Identifier: Apache-2.0
//
// The part of OData's $filter that graph_sim answers: ranges and prefixes of userPrincipalName, and
// ids. Source: Graph, "use the $filter query parameter", and what /users/delta takes of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/graph_sim/base_names.h"

namespace trueup::sim {

/// All of it must hold. Names are folded.
struct Filter {
  std::optional<std::string> from;    // userPrincipalName ge
  std::optional<std::string> to;      // userPrincipalName le
  std::optional<std::string> prefix;  // startswith
  std::vector<UserId> ids;            // any of them; none: no such condition
  bool by_id = false;

  bool accepts_name(std::string_view folded_name) const;
};

/// Throws Refusal, 400: Request_UnsupportedQuery, or BadRequest where it cannot be understood.
Filter parse_filter(std::string_view text);

}  // namespace trueup::sim
