// SPDX-License-Identifier: Apache-2.0
#include "engine/resume.h"

#include <memory>

#include "snapshots/digest.h"
#include "snapshots/journal.h"
#include "snapshots/stored_plan.h"

namespace trueup {
namespace {

bool decided(Verdict verdict) {
  return verdict != Verdict::kUnknown && verdict != Verdict::kNotSent;
}

}  // namespace

bool is_other_dc(const RunDescription& run, const RootDse& server) {
  return run.ds_service_name != server.ds_service_name ||
         run.invocation_id != to_hex(server.invocation_id);
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
  for (const Intent& intent : journal.intents()) {
    for (std::uint32_t number = intent.first; number <= intent.last; ++number) {
      if (with_outcome.contains(number)) continue;
      (other_dc ? history.awaited : history.doubtful).add(number);
    }
  }
  return history;
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
  result.done = result.already = result.rejected = result.conflict = 0;
  result.depends_on = result.unknown = result.not_sent = 0;
  Journal(store, run.run).read([&](const JournalEntry& entry) {
    switch (entry.verdict) {
      case Verdict::kDone: ++result.done; break;
      case Verdict::kAlready: ++result.already; break;
      case Verdict::kRejected: ++result.rejected; break;
      case Verdict::kConflict: ++result.conflict; break;
      case Verdict::kDependsOn: ++result.depends_on; break;
      case Verdict::kUnknown: ++result.unknown; break;
      case Verdict::kNotSent: ++result.not_sent; break;
    }
  });
}

}  // namespace trueup
