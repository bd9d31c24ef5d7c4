// SPDX-License-Identifier: Apache-2.0
#include "io/http/retry_after.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace trueup {

std::optional<std::int64_t> parse_http_date(const std::string& text) {
  const time_t seconds = curl_getdate(text.c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return seconds;
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value,
                                                           std::optional<std::int64_t> answered,
                                                           std::int64_t now) {
  const auto space = [](char c) { return c == ' ' || c == '\t'; };
  while (!value.empty() && space(value.front())) value.remove_prefix(1);
  while (!value.empty() && space(value.back())) value.remove_suffix(1);
  if (value.empty()) return std::nullopt;
  double seconds = 0;
  if (value.find_first_not_of("0123456789.") == std::string_view::npos) {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds,
                                              std::chars_format::fixed);
    if (error == std::errc::result_out_of_range) return kLongestRetryAfter;
    if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
  } else {
    const std::optional<std::int64_t> date = parse_http_date(std::string(value));
    if (!date) return std::nullopt;
    seconds = static_cast<double>(*date - answered.value_or(now));
  }
  const double longest = std::chrono::duration<double>(kLongestRetryAfter).count();
  seconds = std::clamp(seconds, 0.0, longest);
  return std::chrono::milliseconds(std::llround(std::ceil(seconds * 1000)));
}

std::string too_long_a_wait(std::chrono::milliseconds wait, std::chrono::seconds longest_outage) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  return "it asks for a wait of " + std::to_string(seconds) + " s (Retry-After)" +
         (wait > longest_outage ? "" : ", after many others") + ", and graph_outage_wait is " +
         std::to_string(longest_outage.count()) +
         " s; try again later, or wait longer with "
         "--graph-outage-wait";
}

std::chrono::milliseconds backoff(int failures, std::chrono::milliseconds shortest,
                                  std::chrono::milliseconds longest, std::mt19937_64& random) {
  std::chrono::milliseconds most = shortest;
  for (int i = 1; i < failures && most < longest; ++i) most *= 2;
  most = std::min(most, longest);
  return std::chrono::milliseconds(
      std::uniform_int_distribution<std::int64_t>(0, most.count())(random));
}

}  // namespace trueup
