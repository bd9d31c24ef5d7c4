// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648 section 4) of values of any length. Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace trueup {

/// Decodes `text` to `out`, which has room for text.size() / 4 * 3 bytes, and tells how many it
/// wrote. Nothing if `text` is not base64 with its padding: other characters (white space too), a
/// length that is no multiple of four, text behind the padding.
std::optional<std::size_t> decode_base64(std::string_view text, char* out);

void append_base64(std::string_view bytes, std::string& out);

}  // namespace trueup
