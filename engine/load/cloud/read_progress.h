// SPDX-License-Identifier: Apache-2.0
// Whether a read that goes from page to page still comes to anything: a service that names a next
// page each time, with users that were there before or with none, would be followed for ever. Used
// for the delta and for each range of the list; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace trueup {

class ReadProgress {
 public:
  /// So many pages in a row may bring nothing but users that were there before. Graph may repeat
  /// users ("delta query overview", Replays), but not page after page.
  static constexpr std::size_t kRepeatedPages = 100;
  /// So many in a row may bring no user at all, which is legal where much has changed that was not
  /// asked for.
  static constexpr std::size_t kEmptyPages = 2'000;

  /// The page has these users: of each the hash of its id. Throws SourceError beyond the limits;
  /// `what` is read ("the delta"), `request_id` that of the page.
  void took(std::span<const std::uint64_t> users, const std::string& what,
            const std::string& request_id);

 private:
  bool mark(std::uint64_t user);

  /// A bit a user. At a quarter full it is begun anew at twice the size: users that come round and
  /// round look new once more then, and not for ever.
  std::vector<bool> seen_;
  std::size_t marked_ = 0;
  std::size_t repeated_ = 0;  // pages, since the last one with a new user
  std::size_t empty_ = 0;
};

}  // namespace trueup
