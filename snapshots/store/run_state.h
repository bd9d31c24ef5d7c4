// SPDX-License-Identifier: Apache-2.0
// How far a run has come, and which step may follow which.
#pragma once

#include <cstdint>
#include <string_view>

namespace trueup {

enum class RunState : std::uint8_t {
  kLoading,         // it has a number, and no plan yet
  kPlanned,         // its plan is stored and may be written
  kStoppedByGuard,  // its plan is stored; a person must accept it before it is written
  kCompared,        // verify --all: its plan is for people and is never written
  kFailed,          // ended before it had a plan
  kApplying,        // it writes, or was killed while it wrote
  kStopped,         // it wrote a part, and may be gone on with
  kApplied,         // everything has an outcome
  kSettled,         // what was written of it is known, and the rest is not sent any more
  kLost             // the store has no record of it
};

/// As stored and as programs see it: "loading", "planned", "stopped-by-guard", "compared", ...
std::string_view to_string(RunState state);
/// Throws StoreError for a text that is no state.
RunState parse_run_state(std::string_view text);

/// Whether a run may go from `state` to `next` by what it does itself. (What a store lost is put
/// back without that: engine/run/records/unfinished_runs.)
bool may_follow(RunState state, RunState next);
/// Takes that step. Throws std::logic_error where may_follow() says no.
void advance(RunState& state, RunState next);

/// It was killed or stopped while it wrote (engine/run/records/unfinished_runs.h knows more).
bool is_unfinished(RunState state);
/// It has begun to write, and may have ended.
bool has_written(RunState state);

}  // namespace trueup
