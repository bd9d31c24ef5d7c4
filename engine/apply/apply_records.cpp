// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/apply_records.h"

#include <utility>

namespace trueup {

ApplyRecords journalled(Journal& journal, std::function<bool(Change&)> next,
                        IntendedMarker* marker) {
  return {.next = std::move(next),
          .intend =
              [&journal, marker](const Intent& intent) {
                journal.append(intent);
                return std::async(std::launch::async, [&journal, marker, last = intent.last] {
                  journal.sync();
                  if (marker != nullptr) marker->raise(last);
                });
              },
          .record = [&journal](std::span<const JournalEntry> page) { journal.append(page); }};
}

ApplyRecords unrecorded(std::function<bool(Change&)> next) {
  return {.next = std::move(next),
          .intend =
              [](const Intent&) {
                std::promise<void> nothing;
                nothing.set_value();
                return nothing.get_future();
              },
          .record = [](std::span<const JournalEntry>) {}};
}

}  // namespace trueup
