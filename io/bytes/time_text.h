// SPDX-License-Identifier: Apache-2.0
// Times as the sources write them, to Unix seconds. Pure functions; called for every record that
// tells when it was changed.
#pragma once

#include <cstdint>
#include <string_view>

namespace trueup {

/// GeneralizedTime as AD writes whenChanged: "20261120101112.0Z" (RFC 4517 3.3.13, in UTC). 0 for
/// anything else.
std::uint64_t seconds_of_generalized_time(std::string_view text);

/// WhenChangedUTC as PowerShell and the REST services write it: "2026-11-20T10:11:12Z", with or
/// without a fraction, a zone ("+01:00") or neither (then UTC, as the name says); and the
/// "/Date(1763633472000)/" of Windows PowerShell, in milliseconds. 0 for anything else.
std::uint64_t seconds_of_json_time(std::string_view text);

}  // namespace trueup
