// SPDX-License-Identifier: Apache-2.0
// Looks for bytes in the memory of the test's own process, freed memory too: what a core dump or a
// debugger would find. The bytes are told masked, so that the search does not find itself.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace trueup {

inline constexpr char kMask = '\x5a';

/// Masks `text` in place, and back.
void mask(std::string& text);

/// A file of one line: `head`, then `size` random letters, then `tail`. Gives the letters masked;
/// no readable copy of them stays in memory.
std::string write_random_secret(const std::string& path, std::size_t size,
                                std::string_view head = {}, std::string_view tail = {});

/// Whether the masked bytes stand readable anywhere in memory that the process can write.
bool in_own_memory(const std::string& masked);

}  // namespace trueup
