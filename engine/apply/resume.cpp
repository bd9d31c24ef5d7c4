// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/resume.h"

#include <algorithm>
#include <memory>

#include "snapshots/model/digest.h"
#include "snapshots/store/intended_marker.h"
#include "snapshots/store/journal.h"
#include "snapshots/store/stored_plan.h"

namespace trueup {
namespace {

bool decided(Verdict verdict) {
  return verdict != Verdict::kUnknown && verdict != Verdict::kNotSent;
}

/// It is ended, and nothing more of it is ever sent.
bool is_settled(const RunDescription& run) { return run.state == RunState::kSettled; }

/// Changes that may have been sent; some may come twice.
void for_each_intended(Store& store, const RunDescription& run,
                       const std::function<void(std::uint32_t)>& visit) {
  for (const Intent& intent : Journal(store, run.run).intents()) {
    for (std::uint32_t n = intent.first; n <= intent.last; ++n) visit(n);
  }
  const std::uint32_t marked = doubtful_up_to(store, run);
  for (std::uint32_t n = 1; n <= marked; ++n) visit(n);
}

}  // namespace

bool is_other_dc(const RunDescription& run, const RootDse& server) {
  return run.ds_service_name != server.ds_service_name ||
         run.invocation_id != to_hex(server.invocation_id);
}

std::uint32_t intended_before(Store& store, const RunDescription& run) {
  std::uint32_t highest = 0;
  for (const Intent& intent : Journal(store, run.run).intents()) {
    highest = std::max(highest, intent.last);
  }
  if (const std::optional<MarkedRun> marked = read_marker(store, run.run)) {
    highest = std::max(highest, marked->intended);
    if (!marked->whole) highest = static_cast<std::uint32_t>(run.changes);
  }
  return highest;
}

ApplyHistory history_of(Store& store, const RunDescription& run, bool other_dc) {
  ApplyHistory history;
  const Journal journal(store, run.run);
  NumberSet with_outcome;
  journal.read([&](const JournalEntry& entry) {
    with_outcome.add(entry.number);
    if (!decided(entry.verdict)) {
      (other_dc ? history.awaited : history.doubtful).add(entry.number);
      return;
    }
    const bool ours = entry.verdict == Verdict::kDone;
    if (ours && other_dc) {
      history.awaited.add(entry.number);
      history.recorded.add(entry.number);
    } else if (ours || entry.verdict == Verdict::kAlready) {
      history.succeeded.add(entry.number);
    } else {
      history.failed.add(entry.number);
    }
  });
  for_each_intended(store, run, [&](std::uint32_t number) {
    if (!with_outcome.contains(number)) (other_dc ? history.awaited : history.doubtful).add(number);
  });
  return history;
}

DoubtfulChanges doubtful_changes(Store& store, const RunDescription& run) {
  DoubtfulChanges doubts;
  NumberSet with_outcome;
  const std::uint32_t marked = is_settled(run) ? 0 : doubtful_up_to(store, run);
  Journal(store, run.run).read([&](const JournalEntry& entry) {
    with_outcome.add(entry.number);
    // One that was found not written may have been sent by a later part, and that outcome be lost.
    const bool sent_again = entry.verdict == Verdict::kNotSent && entry.number <= marked;
    if (entry.verdict == Verdict::kUnknown || sent_again) doubts.numbers.add(entry.number);
  });
  for_each_intended(store, run, [&](std::uint32_t number) {
    if (with_outcome.contains(number)) return;
    doubts.numbers.add(number);
    with_outcome.add(number);
    ++doubts.without_outcome;
  });
  return doubts;
}

std::function<bool(Change&)> changes_left(Store& store, const RunDescription& run,
                                          const ApplyHistory& history, bool doubtful_only) {
  struct State {
    State(Store& store, std::uint64_t run) : cursor(store, run), journal(store, run) {}
    PlanCursor cursor;
    Journal journal;
    JournalEntry entry;  // what the views of the change given last may point into
  };
  const auto state = std::make_shared<State>(store, run.run);
  return [state, &history, doubtful_only](Change& change) {
    while (state->cursor.next(change)) {
      const std::uint32_t number = change.number;
      if (history.succeeded.contains(number) || history.failed.contains(number)) continue;
      const bool doubtful = history.doubtful.contains(number) || history.awaited.contains(number);
      if (doubtful_only && !doubtful) continue;
      if (history.recorded.contains(number)) {
        const std::optional<JournalEntry> entry = state->journal.find(number);
        if (!entry) continue;
        state->entry = *entry;
        if (!state->entry.acknowledged.empty()) decode(state->entry.acknowledged, change);
      }
      return true;
    }
    return false;
  };
}

void count_whole_run(Store& store, const RunDescription& run, ApplyResult& result) {
  result.done = result.already = result.rejected = result.address_taken = result.conflict = 0;
  result.depends_on = result.unknown = result.not_sent = 0;
  Journal(store, run.run).read([&](const JournalEntry& entry) {
    switch (entry.verdict) {
      case Verdict::kDone: ++result.done; break;
      case Verdict::kAlready: ++result.already; break;
      case Verdict::kRejected: ++result.rejected; break;
      case Verdict::kAddressTaken:
      case Verdict::kAddressUnknown: ++result.address_taken; break;
      case Verdict::kConflict: ++result.conflict; break;
      case Verdict::kDependsOn: ++result.depends_on; break;
      case Verdict::kUnknown: ++result.unknown; break;
      case Verdict::kNotSent: ++result.not_sent; break;
    }
  });
}

}  // namespace trueup
