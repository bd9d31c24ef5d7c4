// SPDX-License-Identifier: Apache-2.0
// Sends the changes of a plan and records what came of each: in plan order, no faster than allowed,
// never against an edge. Called by engine/reconcile.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "engine/clock.h"
#include "io/directory_writer.h"
#include "snapshots/change.h"
#include "snapshots/journal.h"

namespace trueup {

struct ApplyOptions {
  double max_changes_per_second = 0;  // 0: as fast as the directory takes them
  std::size_t page_size = 512;        // changes journalled together
  int max_retries = 5;                // of one change, while the server says busy or unavailable
  std::chrono::milliseconds first_backoff{100};  // doubled at each retry, with jitter
};

struct ApplyResult {
  std::uint64_t done = 0;
  std::uint64_t already = 0;
  std::uint64_t rejected = 0;
  std::uint64_t conflict = 0;
  std::uint64_t depends_on = 0;
  std::uint64_t unknown = 0;
  std::uint64_t retries = 0;  // modifies sent again after busy or unavailable

  enum class Stop : std::uint8_t {
    kNone,          // each change has its outcome
    kRequested,     // the stop flag was raised
    kRefused,       // the server refuses the whole run (results 8, 10, 49)
    kDirectoryGone  // all connections are lost
  };
  Stop stop = Stop::kNone;
  std::string stop_message;  // what, where, remedy; empty for kNone

  std::uint64_t settled() const {
    return done + already + rejected + conflict + depends_on + unknown;
  }
};

/// Sends what `next_change` gives until it returns false. A change is sent when every change in its
/// `after` has succeeded, and becomes kDependsOn when one of them has not; changes of one object
/// (same anchor or DN) are sent one after the other in plan order. `journal_page` is given the
/// outcomes page by page, in plan order, and must make them durable before it returns. Whatever
/// was sent has an outcome in the journal before apply() returns, also when the run stops early;
/// what was not sent then, or only put off by a busy server, has none.
///
/// `settled`, if given, counts outcomes while the work goes on. `stop`, if given and set, ends the
/// sending. REQUIRES: changes come by rising number, and `after` names lower ones; their views are
/// good until the next call.
/// Throws what `next_change` and `journal_page` throw, when all that was in flight is answered and
/// was offered to `journal_page` once more; a directory that goes away is a result.
ApplyResult apply(const std::function<bool(Change&)>& next_change, DirectoryWriter& writer,
                  const std::function<void(std::span<const JournalEntry>)>& journal_page,
                  const ApplyOptions& options, Clock& clock,
                  std::atomic<std::uint64_t>* settled = nullptr,
                  const std::atomic<bool>* stop = nullptr);

}  // namespace trueup
