// SPDX-License-Identifier: Apache-2.0
// What every stage of a run gets: where the run is recorded, what it was told, how far it is, and
// the report for people. A stage gets what it works on as arguments and gives what it found; it
// reads nothing of what another stage put into the report.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "engine/progress.h"
#include "engine/run/job.h"
#include "engine/run/records/report.h"
#include "snapshots/store/store.h"

namespace trueup {

struct RunContext {
  Store& store;
  const Job& job;
  Progress& progress;  // and whether the operator wants it to stop
  Report& report;
  std::vector<StageTime>& times;  // of the command, also where `report` is of another run

  /// The same command, told something else.
  RunContext with(const Job& other) const { return {store, other, progress, report, times}; }
  /// ... and about another run, with a report of its own.
  RunContext with(Report& other) const { return {store, job, progress, other, times}; }

  /// What `work` gives; how long it took, also where it throws.
  template <typename Work>
  auto time(std::string stage, Work work) const {
    const auto start = std::chrono::steady_clock::now();
    struct Recorder {
      std::vector<StageTime>& times;
      std::string stage;
      std::chrono::steady_clock::time_point start;
      ~Recorder() {
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
        times.push_back({std::move(stage), spent.count()});
      }
    } recorder{times, std::move(stage), start};
    return work();
  }
};

}  // namespace trueup
