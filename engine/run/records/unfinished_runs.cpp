// SPDX-License-Identifier: Apache-2.0
#include "engine/run/records/unfinished_runs.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>

#include "engine/apply/resume.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/intended_marker.h"
#include "snapshots/store/stored_plan.h"

namespace trueup {
namespace {

/// Those that have a marker, known to the store or not.
std::map<std::uint64_t, std::optional<RunDescription>> all_runs(const Store& store) {
  std::map<std::uint64_t, std::optional<RunDescription>> runs;
  for (RunDescription& run : run_descriptions(store)) runs[run.run] = std::move(run);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(store.folder() + "/runs", error)) {
    const std::string name = entry.path().filename().string();
    std::uint64_t number = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (bad != std::errc{} || end != name.data() + name.size()) continue;
    if (has_marker(store, number)) runs.try_emplace(number);
  }
  return runs;
}

bool stored_plan_is_whole(const Store& store, const RunDescription& run) {
  if (run.changes == 0) return true;
  PlanCursor cursor(store, run.run);
  Change change;
  if (!cursor.next(change) || change.number != 1) return false;
  cursor.seek(static_cast<std::uint32_t>(run.changes));
  return cursor.next(change) && change.number == run.changes;
}

/// Works out what one run is.
class Look {
 public:
  Look(Store& store, std::uint64_t number, std::optional<RunDescription> record)
      : store_(store), number_(number), record_(std::move(record)) {}

  std::optional<UnfinishedRun> result() {
    const std::optional<MarkedRun> marked = read_marker(store_, number_);
    if (!marked) {
      if (!record_ || !is_unfinished(record_->state)) return std::nullopt;
      return with_doubts(*record_);
    }
    if (!marked->whole) {
      lose("a part of " + marker() +
           " cannot be read: all of its changes without an outcome "
           "count as in doubt");
    }
    const bool may_have_sent = marked->intended > 0 || !marked->whole;
    if (!record_ || !has_written(record_->state)) {
      if (!may_have_sent) return std::nullopt;
      return rolled_back(*marked);
    }
    if (marked->run && marked->run->plan_digest != record_->plan_digest) {
      return block(*record_, marker() + " is of another plan than the store's run " + name());
    }
    if (is_unfinished(record_->state)) return with_doubts(*record_);
    return if_outcomes_are_missing(*marked);
  }

 private:
  /// The store knows it as not begun, or not at all.
  UnfinishedRun rolled_back(const MarkedRun& marked) {
    if (!marked.run && !record_) {
      RunDescription unknown;
      unknown.run = number_;
      unknown.state = RunState::kLost;
      return block(unknown,
                   "the store has lost run " + name() + ", and " + marker() + " cannot be read");
    }
    lose(record_ ? "the store has it as '" + std::string(to_string(record_->state)) + "', and " +
                       marker() + " says that it was being applied"
                 : "its record was lost from the store and is put back from " + marker());
    RunDescription run = marked.run ? *marked.run : *record_;
    run.state = RunState::kApplying;
    run.accepted = true;
    keep(run);
    // The store is older than what it accounted for: that says nothing any more.
    if (marked.accounted && !store_.read_only()) IntendedMarker(store_, run, marked.intended);
    UnfinishedRun unfinished = with_doubts(run);
    if (marked.accounted && store_.read_only()) unfinished.in_doubt = marked.intended;
    return unfinished;
  }

  /// It has come to its end, and that is on record.
  std::optional<UnfinishedRun> if_outcomes_are_missing(const MarkedRun& marked) {
    if (marked.accounted) return std::nullopt;
    const DoubtfulChanges doubts = doubtful_changes(store_, *record_);
    if (doubts.without_outcome > 0) {
      lose("the outcomes of " + std::to_string(doubts.without_outcome) +
           " of its changes were lost from the store");
      record_->state = RunState::kStopped;
      keep(*record_);
      return with_doubts(*record_);
    }
    if (!store_.read_only()) {  // killed just before it could say so itself
      store_.flush();
      IntendedMarker(store_, *record_, marked.intended).account();
    }
    return std::nullopt;
  }

  UnfinishedRun with_doubts(const RunDescription& run) {
    if (!stored_plan_is_whole(store_, run) && has_marker(store_, number_)) {
      return block(run, "its plan was lost from the store");
    }
    return {.run = run, .in_doubt = doubtful_changes(store_, run).numbers.size(), .lost = lost_};
  }

  UnfinishedRun block(const RunDescription& run, const std::string& why) {
    lose(why);
    return {.run = run, .in_doubt = run.changes, .lost = lost_, .blocked = true};
  }

  /// In the store as it is now known to be.
  void keep(const RunDescription& run) {
    if (store_.read_only()) return;
    put(store_, run);
    store_.pass_number("run", run.run);
    store_.pass_number("generation", std::max(run.ad_generation, run.cloud_generation));
    store_.sync();
  }

  void lose(const std::string& what) { lost_ += (lost_.empty() ? "" : "; ") + what; }
  std::string name() const { return std::to_string(number_); }
  std::string marker() const { return "runs/" + name() + "/intended"; }

  Store& store_;
  const std::uint64_t number_;
  std::optional<RunDescription> record_;
  std::string lost_;
};

}  // namespace

std::vector<UnfinishedRun> unfinished_runs(Store& store) {
  std::vector<UnfinishedRun> unfinished;
  for (auto& [number, record] : all_runs(store)) {
    if (auto found = Look(store, number, std::move(record)).result()) {
      unfinished.push_back(std::move(*found));
    }
  }
  return unfinished;
}

void require_none_blocked(const std::vector<UnfinishedRun>& runs) {
  for (const UnfinishedRun& unfinished : runs) {
    if (!unfinished.blocked) continue;
    const std::string folder = "runs/" + std::to_string(unfinished.run.run);
    throw StoreError(
        "run " + std::to_string(unfinished.run.run) +
        " may have written to the directory, and cannot be gone on with: " + unfinished.lost +
        ". What it was writing stands in " + folder +
        "/plan.ldif: compare that with the directory and take back by hand what must "
        "not stay; then restore the store from a copy, or begin a new one with --store");
  }
}

}  // namespace trueup
