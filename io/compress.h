// SPDX-License-Identifier: Apache-2.0
// Writes what io/decompress reads. Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace trueup {

/// One zstd frame (RFC 8878) with its content size and a checksum, at a level that costs little.
/// Throws std::bad_alloc only.
std::string zstd_compressed(std::string_view bytes);

}  // namespace trueup
