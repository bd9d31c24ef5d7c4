// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/run_state.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

using enum RunState;

struct StateRow {
  RunState state;
  std::string_view name;
  std::array<RunState, 4> next;  // where there are fewer, the rest is kLost
};

// A plan of no changes is applied without being sent. A run that was killed is applying still.
constexpr std::array kStates{
    StateRow{kLoading, "loading", {kPlanned, kStoppedByGuard, kCompared, kFailed}},
    StateRow{kPlanned, "planned", {kStoppedByGuard, kApplying, kApplied, kLost}},
    StateRow{kStoppedByGuard, "stopped-by-guard", {kStoppedByGuard, kApplying, kApplied, kLost}},
    StateRow{kCompared, "compared", {kLost, kLost, kLost, kLost}},
    StateRow{kFailed, "failed", {kLost, kLost, kLost, kLost}},
    StateRow{kApplying, "applying", {kApplying, kStopped, kApplied, kSettled}},
    StateRow{kStopped, "stopped", {kApplying, kStopped, kApplied, kSettled}},
    StateRow{kApplied, "applied", {kLost, kLost, kLost, kLost}},
    StateRow{kSettled, "settled", {kLost, kLost, kLost, kLost}},
    StateRow{kLost, "lost", {kLost, kLost, kLost, kLost}},
};

const StateRow& row_of(RunState state) { return kStates[static_cast<std::size_t>(state)]; }

}  // namespace

std::string_view to_string(RunState state) { return row_of(state).name; }

RunState parse_run_state(std::string_view text) {
  for (const StateRow& row : kStates) {
    if (row.name == text) return row.state;
  }
  throw StoreError("the store has a run in the state \"" + std::string(text) +
                   "\", which this trueup does not know; use the version that wrote it");
}

bool may_follow(RunState state, RunState next) {
  if (next == kLost) return false;  // no run goes there by itself
  const std::array<RunState, 4>& steps = row_of(state).next;
  return std::find(steps.begin(), steps.end(), next) != steps.end();
}

void advance(RunState& state, RunState next) {
  if (!may_follow(state, next)) {
    throw std::logic_error("a run that is " + std::string(to_string(state)) + " cannot become " +
                           std::string(to_string(next)));
  }
  state = next;
}

bool is_unfinished(RunState state) { return state == kApplying || state == kStopped; }

bool has_written(RunState state) {
  return is_unfinished(state) || state == kApplied || state == kSettled;
}

}  // namespace trueup
