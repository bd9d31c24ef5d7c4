// SPDX-License-Identifier: Apache-2.0
// What a directory's refusals are about, as far as reading and writing go by the same rules. A DC
// answers several conditions with one LDAP code, so its Windows error number comes first ([MS-ADTS]
// 3.1.1.3.1.9). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace trueup {

/// A DC's errorMessage starts with its Windows error number as eight hex digits and a colon
/// ("00002085: AttrErr: ..."); nothing else of it is meant for programs.
std::optional<std::uint32_t> windows_error(std::string_view message);

/// busy, unavailable, timeLimitExceeded (RFC 4511 A.2): the same may be answered later.
bool is_passing(int result_code, std::string_view message);

/// The server's own state, whatever was asked: not bound any more, out of memory or version store,
/// shutting down, a full disk. It may pass; over a new connection.
bool is_server_trouble(int result_code, std::string_view message);

}  // namespace trueup
