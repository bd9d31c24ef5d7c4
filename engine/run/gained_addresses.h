// SPDX-License-Identifier: Apache-2.0
// Which addresses a change brings to its object, and which it takes from it, by the key under which
// an address may exist once in a forest. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "snapshots/change.h"

namespace trueup {

/// Keys that are added and not deleted: a prefix or an attribute that only changes is no gain. Each
/// once.
std::vector<std::string> gained_addresses(const Change& change);

/// Keys that are deleted and not added.
std::vector<std::string> given_addresses(const Change& change);

}  // namespace trueup
