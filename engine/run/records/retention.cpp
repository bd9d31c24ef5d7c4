// SPDX-License-Identifier: Apache-2.0
#include "engine/run/records/retention.h"

#include <algorithm>
#include <map>
#include <optional>

#include "engine/plan/guards/guard_history.h"
#include "engine/run/records/old_folders.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/description.h"
#include "snapshots/store/intended_marker.h"
#include "snapshots/store/table.h"

namespace trueup {
namespace {

constexpr std::uint64_t kDay = 86'400;

std::string runs_of(const Store& store) { return store.folder() + "/runs"; }

/// Which runs stay although they are beyond the limits, and why.
class Staying {
 public:
  Staying(const Store& store, const RetentionOptions& options,
          const std::vector<RunDescription>& runs, std::uint64_t now)
      : store_(store),
        options_(options),
        runs_(runs),
        now_(now),
        creep_from_(creep_since(now, creep_days_in_use(runs, options.creep_days))) {}

  /// By run; "" for those within the limits.
  std::map<std::uint64_t, std::string> all(const std::vector<UnfinishedRun>& unfinished) {
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (i + options_.keep_runs >= runs_.size() || is_young(runs_[i])) why_[runs_[i].run];
    }
    for (const UnfinishedRun& u : unfinished) keep(u.run.run, "it has not come to its end");
    for (const RunDescription& run : runs_) keep_if_in_doubt(run);
    keep_what_commands_mean();
    keep_what_guards_read();
    keep_related();
    return std::move(why_);
  }

 private:
  void keep(std::uint64_t run, const std::string& why) { why_.try_emplace(run, why); }

  bool is_young(const RunDescription& run) const {
    const std::uint64_t last = std::max(run.started_at, run.ended_at);
    if (last == 0) return true;  // nobody knows
    return last > now_ || now_ - last < options_.keep_days * kDay;
  }

  void keep_if_in_doubt(const RunDescription& run) {
    if (is_unfinished(run.state)) return keep(run.run, "it has not come to its end");
    if (why_.contains(run.run)) return;
    const std::optional<MarkedRun> marked = read_marker(store_, run.run);
    if (!marked) return;
    if (!marked->whole) return keep(run.run, "its file 'intended' is damaged");
    if (marked->intended > 0 && !marked->accounted) {
      keep(run.run, "what it sent is not accounted for");
    }
  }

  void keep_what_commands_mean() {
    const RunDescription* plan = nullptr;
    const RunDescription* wrote = nullptr;
    for (const RunDescription& run : runs_) {
      if (!run.plan_digest.empty()) plan = &run;
      if (has_written(run.state)) wrote = &run;
    }
    if (plan != nullptr) keep(plan->run, "it has the newest plan");
    if (wrote != nullptr) keep(wrote->run, "it is the newest that wrote");
  }

  void keep_what_guards_read() {
    const RunDescription* accepted = nullptr;
    for (const RunDescription& run : runs_) {
      if (is_yardstick(run)) accepted = &run;
      if (counts_for_creep(run) && run.started_at >= creep_from_) {
        keep(run.run, "the guard 'creep' counts what it wrote");
      }
    }
    if (accepted != nullptr) keep(accepted->run, "it is the last accepted run");
  }

  /// An undo and what it undid, a try of rejects and the run that they are of: all or none.
  void keep_related() {
    for (bool found = true; found;) {
      found = false;
      for (const RunDescription& run : runs_) {
        for (const std::uint64_t of : {run.undo_of, run.rejects_of}) {
          if (of == 0 || why_.contains(of) == why_.contains(run.run)) continue;
          if (why_.contains(of)) {
            keep(run.run, "it was made from run " + std::to_string(of));
          } else {
            keep(of, "run " + std::to_string(run.run) + " was made from it");
          }
          found = true;
        }
      }
    }
  }

  const Store& store_;
  const RetentionOptions& options_;
  const std::vector<RunDescription>& runs_;
  const std::uint64_t now_;
  const std::uint64_t creep_from_;
  std::map<std::uint64_t, std::string> why_;
};

/// Generations that are still needed, however old.
std::vector<std::uint64_t> used_generations(const std::vector<RunDescription>& runs,
                                            const std::vector<UnfinishedRun>& unfinished) {
  std::vector<std::uint64_t> used;
  const auto add = [&](const RunDescription& run) {
    used.push_back(run.cloud_generation);
    used.push_back(run.ad_generation);
  };
  const auto planned = [](const RunDescription& run) { return !run.plan_digest.empty(); };
  const auto newest = std::find_if(runs.rbegin(), runs.rend(), planned);
  if (newest != runs.rend()) add(*newest);
  for (const UnfinishedRun& u : unfinished) add(u.run);
  return used;
}

void find_runs(const Store& store, const std::vector<RunDescription>& runs,
               const std::map<std::uint64_t, std::string>& staying, Retired& retired) {
  const std::vector<std::uint64_t> folders = run_folders(runs_of(store));
  std::vector<std::uint64_t> known;
  for (const RunDescription& run : runs) {
    known.push_back(run.run);
    const auto stays = staying.find(run.run);
    if (stays == staying.end()) {
      retired.runs.push_back(run.run);
    } else if (!stays->second.empty()) {
      retired.kept.push_back({run.run, stays->second});
    }
  }
  for (const std::uint64_t folder : folders) {
    if (std::ranges::binary_search(known, folder) || staying.contains(folder)) continue;
    retired.problems.push_back(runs_of(store) + "/" + std::to_string(folder) +
                               ": the store has no record of that run; look at it, and remove "
                               "it by hand");
  }
}

/// Calls `work` for each run; those that it throws StoreError for stay.
template <typename Work>
void for_each_run(Retired& retired, Work work) {
  std::erase_if(retired.runs, [&](std::uint64_t run) {
    try {
      work(run);
      return false;
    } catch (const StoreError& error) {
      retired.problems.push_back("run " + std::to_string(run) + " stays: " + error.what());
      return true;
    }
  });
}

}  // namespace

Retired find_retired(const Store& store, const RetentionOptions& options,
                     const std::vector<UnfinishedRun>& unfinished, std::uint64_t now,
                     bool measured) {
  Retired retired;
  const std::vector<RunDescription> runs = run_descriptions(store);
  retired.generations =
      old_snapshots(store, options.keep_generations, used_generations(runs, unfinished));
  try {
    find_runs(store, runs, Staying(store, options, runs, now).all(unfinished), retired);
  } catch (const StoreError& error) {
    retired.runs.clear();
    retired.problems.push_back("no run is removed: " + std::string(error.what()));
  }
  for_each_run(retired, [&](std::uint64_t run) {
    const FolderSize folder = size_of_run_folder(runs_of(store), run);
    retired.files += folder.files;
    retired.bytes += folder.bytes;
    if (measured) retired.bytes += run_bytes(store, run);
  });
  if (!measured) return retired;
  for (const std::uint64_t generation : retired.generations) {
    retired.bytes += store.table_bytes_of(snapshot_prefix(generation));
  }
  return retired;
}

void remove_retired(Store& store, Retired& retired) {
  drop_snapshots(store, retired.generations);
  for_each_run(retired, [&](std::uint64_t run) {
    remove_run_folder(runs_of(store), run);
    erase_run(store, run);
  });
  store.sync();
}

}  // namespace trueup
