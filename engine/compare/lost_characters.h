// SPDX-License-Identifier: Apache-2.0
// Tells a value that an export or a script has damaged: characters outside of ASCII became '?' or
// U+FFFD on the way (a console's code page, an ASCII file), or UTF-8 was read as Windows-1252. Pure.
#pragma once

#include <string_view>

namespace trueup {

/// False for nearly every value, at little cost.
bool may_have_lost_characters(std::string_view value);

/// Whether `damaged` is `whole` but for such characters, each replaced by one mark, or by one for
/// each of its octets, or by what its octets are in Windows-1252 or Latin-1.
bool has_lost_characters(std::string_view damaged, std::string_view whole);

}  // namespace trueup
