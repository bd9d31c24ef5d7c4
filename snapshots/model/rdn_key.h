// SPDX-License-Identifier: Apache-2.0
// The key of one RDN: `type=value`, folded; the parts of a multi-valued one sorted and joined.
// Called by dn.cpp and dn_subtree.cpp only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "snapshots/model/dn_fold.h"
#include "snapshots/model/dn_parse.h"

namespace trueup {

/// Reads the next RDN's key. False at the DN's end and at an error.
bool next_rdn_key(DnReader& reader, DnFold fold, std::string& key);

/// Of all RDNs, from the root; nothing if the DN cannot be parsed. No key holds a 0 octet.
std::optional<std::vector<std::string>> rdn_keys(std::string_view dn, DnFold fold);

bool is_multi_valued(std::string_view rdn_key);

/// Of a key with one value, or the whole text where there is no '='.
std::string_view value_of_rdn_key(std::string_view rdn_key);

}  // namespace trueup
