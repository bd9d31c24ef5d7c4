// SPDX-License-Identifier: Apache-2.0
// Tells a value that an export or a script has damaged: characters outside of ASCII became '?' or
// U+FFFD on the way (a console's code page, an ASCII file). Pure.
#pragma once

#include <string_view>

namespace trueup {

/// Whether `damaged` is `whole` but for such characters, each replaced by one mark, or by one for
/// each of its octets.
bool has_lost_characters(std::string_view damaged, std::string_view whole);

}  // namespace trueup
