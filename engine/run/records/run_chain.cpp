// SPDX-License-Identifier: Apache-2.0
#include "engine/run/records/run_chain.h"

#include <algorithm>
#include <set>

#include "engine/run/records/report.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::size_t kDigestDigits = 64;
constexpr std::size_t kFewestDigits = 8;

bool came_to_its_end(const RunDescription& run) { return run.state == RunState::kApplied; }

}  // namespace

std::optional<RunDescription> undone_by(const std::vector<RunDescription>& runs,
                                        std::uint64_t run) {
  std::optional<RunDescription> newest;
  for (const RunDescription& other : runs) {
    if (other.undo_of == run && came_to_its_end(other) && other.done > 0) newest = other;
  }
  if (newest && undone_by(runs, newest->run)) return std::nullopt;
  return newest;
}

std::uint64_t last_try_of(const std::vector<RunDescription>& runs, std::uint64_t run) {
  for (const RunDescription& other : runs) {
    // Each comes after the one that it is of.
    if (other.rejects_of == run && has_written(other.state)) run = other.run;
  }
  return run;
}

void require_not_undone(const Store& store, const RunDescription& run) {
  const auto by = undone_by(run_descriptions(store), run.run);
  if (!by) return;
  const std::string number = std::to_string(by->run);
  std::string text = "run " + std::to_string(run.run) + " is undone already, by run " + number +
                     " (" + utc_time(by->started_at) + ")";
  if (by->done < by->changes) {
    text += ", but for " + std::to_string(by->changes - by->done) +
            " of its changes; 'trueup apply --rejects " + number + "' tries those again";
  } else {
    text += "; 'trueup undo " + number + "' makes its changes again";
  }
  throw UsageError(text);
}

std::string whole_digest(const Store& store, const std::string& given) {
  const std::string digits = folded(given);
  if (digits.find_first_not_of("0123456789abcdef") != std::string::npos ||
      digits.size() < kFewestDigits || digits.size() > kDigestDigits) {
    throw UsageError("--accept: '" + given + "' is not the digest of a plan: its first " +
                     std::to_string(kFewestDigits) + " hexadecimal digits or more");
  }
  if (digits.size() == kDigestDigits) return digits;
  std::set<std::string> found;
  for (const RunDescription& run : run_descriptions(store)) {
    if (run.plan_digest.starts_with(digits)) found.insert(run.plan_digest);
  }
  if (found.size() == 1) return *found.begin();
  if (found.empty()) {
    throw UsageError("the store " + store.folder() + " has no plan whose digest begins with " +
                     digits + "; name the store that it was made with (--store)");
  }
  throw UsageError("--accept: the digests of " + std::to_string(found.size()) +
                   " plans begin with " + digits + ": " + *found.begin() + ", " +
                   *std::next(found.begin()) + "; give more of it");
}

}  // namespace trueup
