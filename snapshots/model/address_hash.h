// SPDX-License-Identifier: Apache-2.0
// The hash by which an address may exist once in a forest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "snapshots/model/attribute.h"

namespace trueup {

/// The hash that AddressRow keeps of a value of mail or proxyAddresses.
std::uint64_t address_hash(Attribute attribute, std::string_view value, std::string& scratch);

}  // namespace trueup
