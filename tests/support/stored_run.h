// SPDX-License-Identifier: Apache-2.0
// A run that wrote: its plan and its journal in a store of its own, as the tests of what is made of
// them need it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "snapshots/store/description.h"
#include "snapshots/store/journal.h"
#include "snapshots/store/store.h"
#include "snapshots/store/stored_plan.h"
#include "tests/support/temp_folder.h"

namespace trueup {

class StoredRuns {
 public:
  StoredRuns() : store_(Store::open(folder_ / "store", Store::Mode::kReadWrite)) {}

  Store& store() { return *store_; }

  /// Stores `changes`, encoded and numbered from 1, as the plan of a new run.
  RunDescription plan(const std::vector<std::string>& changes) {
    RunDescription run;
    run.run = store_->next_number("run");
    run.plan_digest = "0123456789abcdef";
    run.changes = changes.size();
    store_plan(*store_, run.run, {changes.begin(), changes.end()});
    return run;
  }
  template <typename Changes>
  RunDescription plan_of(const Changes& changes) {
    std::vector<std::string> encoded;
    for (const Change& change : changes) encode(change, encoded.emplace_back());
    return plan(encoded);
  }

  void intend(const RunDescription& run, std::uint32_t first, std::uint32_t last) {
    Journal(*store_, run.run).append(Intent{first, last});
  }
  void journal(const RunDescription& run, const std::vector<JournalEntry>& entries) {
    Journal(*store_, run.run).append(entries);
  }
  void all_done(const RunDescription& run) {
    std::vector<JournalEntry> entries;
    for (std::uint32_t n = 1; n <= run.changes; ++n) entries.push_back({.number = n});
    journal(run, entries);
  }

 private:
  TempFolder folder_;
  std::unique_ptr<Store> store_;
};

/// An outcome of a change of which only the edits of `attributes` were acknowledged.
inline JournalEntry partly(const Change& change, Verdict verdict, AttributeSet attributes) {
  JournalEntry entry{.number = change.number, .verdict = verdict};
  Change part = change;
  std::erase_if(part.edits, [&](const Edit& e) { return !attributes.contains(e.attribute); });
  encode(part, entry.acknowledged);
  return entry;
}

}  // namespace trueup
