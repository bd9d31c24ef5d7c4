// SPDX-License-Identifier: Apache-2.0
// Exactly 1,000: where a domain controller (MaxPageSize, [MS-ADTS] 3.1.1.3.4.6) and Get-Mailbox
// (-ResultSize) stop if nobody asks for more. A tenant may have that many; an export that has is
// rather cut short. Called by the loads of each feed, once for the files of a feed together.
#pragma once

#include <cstdint>

#include "engine/load/staging/load_result.h"

namespace trueup {

/// A feed, and what to do about it.
struct UsualLimit {
  const char* what;
  const char* remedy;
};

inline constexpr UsualLimit kAdLimit = {
    "the AD export holds exactly 1,000 entries, which is where a domain controller stops",
    "read it in pages (ldapsearch -E pr=500/noprompt; ldifde does by itself)"};
inline constexpr UsualLimit kExoLimit = {
    "the Exchange export holds exactly 1,000 mailboxes, which is where Get-Mailbox stops",
    "export with -ResultSize Unlimited"};
inline constexpr UsualLimit kGraphLimit = {
    "the Graph dump holds exactly 1,000 users, which is where many tools stop",
    "follow @odata.nextLink to the end, or take 'trueup fetch'"};

/// Adds a warning to `result` if `count` is that; the same one once only.
inline void warn_of_usual_limit(std::uint64_t count, const UsualLimit& limit, LoadResult& result) {
  constexpr std::uint64_t kUsualLimit = 1000;
  if (count != kUsualLimit) return;
  const std::string warning = std::string(limit.what) + ": is it whole? If not, " + limit.remedy;
  for (const std::string& said : result.warnings) {
    if (said == warning) return;
  }
  result.warnings.push_back(warning);
}

}  // namespace trueup
