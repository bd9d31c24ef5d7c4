// SPDX-License-Identifier: Apache-2.0
// Whether text is UTF-8 (RFC 3629). Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace trueup {

/// Where the first octet stands that belongs to no UTF-8 sequence; npos: all of it is UTF-8.
std::size_t first_not_utf8(std::string_view text);

}  // namespace trueup
