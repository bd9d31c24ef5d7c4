// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/run_state.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

using enum RunState;

const std::vector<RunState> kAll{kLoading,  kPlanned, kStoppedByGuard, kCompared, kFailed,
                                 kApplying, kStopped, kApplied,        kSettled,  kLost};

TEST(RunState, TextsAreThoseOfEveryStoreAndComeBack) {
  const std::vector<std::string> texts{"loading", "planned",  "stopped-by-guard", "compared",
                                       "failed",  "applying", "stopped",          "applied",
                                       "settled", "lost"};
  ASSERT_EQ(texts.size(), kAll.size());
  for (std::size_t i = 0; i < kAll.size(); ++i) {
    EXPECT_EQ(to_string(kAll[i]), texts[i]);
    EXPECT_EQ(parse_run_state(texts[i]), kAll[i]);
  }
  for (const char* other : {"", "Applied", "applied "}) {
    EXPECT_THROW(parse_run_state(other), StoreError) << other;
  }
}

TEST(RunState, OnlyStepsOfTheTableAreTaken) {
  const std::set<std::pair<RunState, RunState>> steps{
      {kLoading, kPlanned},        {kLoading, kStoppedByGuard},
      {kLoading, kCompared},       {kLoading, kFailed},
      {kPlanned, kStoppedByGuard}, {kPlanned, kApplying},
      {kPlanned, kApplied},        {kStoppedByGuard, kApplying},
      {kStoppedByGuard, kApplied}, {kStoppedByGuard, kStoppedByGuard},
      {kApplying, kApplying},      {kApplying, kStopped},
      {kApplying, kApplied},       {kApplying, kSettled},
      {kStopped, kApplying},       {kStopped, kStopped},
      {kStopped, kApplied},        {kStopped, kSettled}};
  for (const RunState from : kAll) {
    for (const RunState to : kAll) {
      RunState state = from;
      if (steps.contains({from, to})) {
        EXPECT_NO_THROW(advance(state, to)) << to_string(from) << " -> " << to_string(to);
        EXPECT_EQ(state, to);
      } else {
        EXPECT_THROW(advance(state, to), std::logic_error)
            << to_string(from) << " -> " << to_string(to);
        EXPECT_EQ(state, from);
      }
    }
  }
}

TEST(RunState, WhatHasWrittenIsNotTakenForUnwritten) {
  std::set<RunState> written, unfinished;
  for (const RunState state : kAll) {
    if (has_written(state)) written.insert(state);
    if (is_unfinished(state)) unfinished.insert(state);
  }
  EXPECT_EQ(written, (std::set<RunState>{kApplying, kStopped, kApplied, kSettled}));
  EXPECT_EQ(unfinished, (std::set<RunState>{kApplying, kStopped}));
}

}  // namespace
}  // namespace trueup
