// SPDX-License-Identifier: Apache-2.0
// Which addresses a change brings to its object, and which it takes from it, by the key under which
// an address may exist once in a forest. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "snapshots/model/change.h"

namespace trueup {

/// Keys that are added to an attribute and not deleted from that same one, so that only their
/// prefix changes. What moves from one attribute to the other is among them: one half of such a
/// move may be written without the other, when that is in conflict. Sorted, each once.
std::vector<std::string> gained_addresses(const Change& change);

/// Whether it takes `key` from that attribute.
bool gives(const Change& change, std::string_view key, Attribute attribute);

}  // namespace trueup
