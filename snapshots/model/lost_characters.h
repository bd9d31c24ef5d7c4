// SPDX-License-Identifier: Apache-2.0
// Tells a value that an export or a script has damaged: characters outside of ASCII became '?' or
// U+FFFD on the way (an ASCII file), or were written in one encoding and read in another: UTF-8,
// Windows-1252, Latin-1, and a console's 437 and 850. Pure.
#pragma once

#include <string_view>

namespace trueup {

/// False for nearly every value, at little cost.
bool may_have_lost_characters(std::string_view value);

/// Whether `damaged` is `whole` but for such characters, each replaced by one mark, or by one for
/// each of its octets, or by what its octets are in another encoding. Latin letters that became
/// other ones, and nothing else that did, are corrections and no damage.
bool has_lost_characters(std::string_view damaged, std::string_view whole);

}  // namespace trueup
