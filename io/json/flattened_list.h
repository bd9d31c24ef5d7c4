// SPDX-License-Identifier: Apache-2.0
// The texts that lists turn into when they are exported the wrong way: PowerShell writes a list
// below ConvertTo-Json's -Depth, and one that goes through Export-Csv, as one text. Pure functions.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "io/bytes/byte_mask.h"

namespace trueup {

/// What .NET prints for a list or an object that PowerShell did not open.
bool is_list_type_name(std::string_view text);

/// True for addresses that were joined to one text, whatever their types. A legal X500 or X400
/// address holds blanks, semicolons and colons of its own.
bool is_joined_addresses(std::string_view text);

/// What is wrong with a list of which `text` is left, and the remedy.
std::string flattened(std::string_view property, std::string_view text);

/// False for nearly every single address: joined ones have a second colon or a second @.
inline bool may_be_joined(std::string_view text) {
  constexpr std::size_t kBlock = 16;
  std::uint32_t colons = 0, ats = 0;  // the lowest one of those seen, then of this block
  const auto has_second = [](std::uint32_t& seen, std::uint32_t mask) {
    const bool second = (mask & (mask - 1)) != 0 || (mask != 0 && seen != 0);
    seen |= mask;
    return second;
  };
  const char* p = text.data();
  const char* const end = p + text.size();
  for (; p + kBlock <= end; p += kBlock) {
    const bool colon = has_second(colons, equal_mask16(p, ':'));
    const bool at = has_second(ats, equal_mask16(p, '@'));
    if (colon || at) return true;
  }
  for (; p < end; ++p) {
    const bool colon = has_second(colons, *p == ':');
    const bool at = has_second(ats, *p == '@');
    if (colon || at) return true;
  }
  return false;
}

}  // namespace trueup
