// SPDX-License-Identifier: Apache-2.0
// ASCII letters without their case; all other octets stay as they are. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace trueup {

constexpr char fold_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
/// Folds ASCII letters only, as Exchange compares addresses.
void append_folded(std::string_view text, std::string& out);
std::string folded(std::string_view text);
bool equal_ignoring_ascii_case(std::string_view a, std::string_view b);

}  // namespace trueup
