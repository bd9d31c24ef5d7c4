// SPDX-License-Identifier: Apache-2.0
// How a live directory is read, and what a read of a subtree counts.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace trueup {

struct LdapReaderOptions {
  int max_in_flight = 64;  // single reads at a time, 1 .. 256
  int page_size = 1000;    // entries a page; AD gives at most MaxPageSize, by default 1,000
  /// For one page. A server may work out the whole result before it gives the first.
  std::chrono::milliseconds page_timeout{300'000};
  /// Told after each page how many entries it had, by the thread that reads. May throw.
  std::function<void(std::uint64_t entries)> on_page{};
};

struct SubtreeSummary {
  std::uint64_t entries = 0;
  std::uint64_t pages = 0;
  std::uint64_t user_entries = 0;               // joinable objects
  std::uint64_t user_entries_without_guid = 0;  // ... whose objectGUID the account may not read
};

}  // namespace trueup
