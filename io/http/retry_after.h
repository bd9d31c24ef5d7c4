// SPDX-License-Identifier: Apache-2.0
// How long to wait before a request is sent again: as the service says (Retry-After, RFC 9110
// 10.2.3, with the fractions of a second that Graph sends), or longer each time. Used by the Graph
// client.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace trueup {

/// What is longer is cut to this, so that times can be reckoned with.
inline constexpr std::chrono::hours kLongestRetryAfter{24 * 365};

/// Unix seconds of an HTTP date (RFC 9110 5.6.7, all three forms); nothing if it is none.
std::optional<std::int64_t> parse_http_date(const std::string& text);

/// `value` is seconds, or a date. The latter counts from `answered`, the Date of the same answer,
/// so that clocks need not agree; from `now` where there is none (both Unix seconds). At most
/// kLongestRetryAfter, at least 0; nothing if it is neither.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value,
                                                           std::optional<std::int64_t> answered,
                                                           std::int64_t now);

/// What to say of a service that asks for a longer `wait`, or for more in a row, than the operator
/// is ready for.
std::string too_long_a_wait(std::chrono::milliseconds wait, std::chrono::seconds longest_outage);

/// Exponential, with full jitter: anything from 0 to `shortest` doubled with each failure, at most
/// `longest`; `failures` counts from 1.
std::chrono::milliseconds backoff(int failures, std::chrono::milliseconds shortest,
                                  std::chrono::milliseconds longest, std::mt19937_64& random);

}  // namespace trueup
