// SPDX-License-Identifier: Apache-2.0
//
// The tokens in nextLinks and deltaLinks: all that the next page needs, opaque to the client. A
// token that was not made here, or was altered, is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trueup::sim {

/// Numbers and one text as an opaque token, safe in a URL, and back.
std::string seal(const std::vector<std::uint64_t>& numbers, std::string_view text);
struct Unsealed {
  std::vector<std::uint64_t> numbers;
  std::string text;
};
std::optional<Unsealed> unseal(std::string_view token);

/// base64url without padding, RFC 4648 section 5.
std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace trueup::sim
