// SPDX-License-Identifier: Apache-2.0 What a server, a tenant or a file calls itself, fit to be
// looked at: text in which nothing moves a terminal's cursor, changes its title, or turns the order
// of letters around (Unicode's bidirectional controls, UAX #9). Pure functions. Called where text
// goes to a terminal, to LDIF comments and CSV.
#pragma once

#include <string>
#include <string_view>

namespace trueup {

/// Valid UTF-8 without controls (C0, DEL, C1), bidirectional controls and line separators.
bool is_visible(std::string_view text);

/// `text` with all of those as \x1b or \u202e, and bytes that are no UTF-8 as \xNN: one line.
std::string visible(std::string_view text);
/// The same for what has lines of its own: line breaks stay.
std::string visible_lines(std::string_view text);
/// The same for JSON, where such characters stand in strings only, as JSON escapes. REQUIRES:
/// UTF-8.
std::string visible_json(std::string_view json);

/// `text` with bytes that are no UTF-8 as U+FFFD.
std::string valid_utf8(std::string_view text);

}  // namespace trueup
