// SPDX-License-Identifier: Apache-2.0
// Protections that an operator has agreed to do without, because nothing in the inputs carries what
// they rest on. Each holds until something does.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "snapshots/store/store.h"

namespace trueup {

/// Key ("adminCount" ...) -> when it was accepted, Unix seconds.
std::map<std::string, std::uint64_t> unprotected(const Store& store);

/// From now on, durably.
void accept_unprotected(Store& store, const std::string& key, std::uint64_t now);
/// Something carries it again: the next time that nothing does, it is to be accepted anew.
void end_unprotected(Store& store, const std::string& key);

}  // namespace trueup
