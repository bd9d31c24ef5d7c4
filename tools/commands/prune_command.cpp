// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "engine/run/records/retention.h"
#include "snapshots/model/errors.h"
#include "tools/commands/commands.h"
#include "tools/commands/grouped.h"
#include "tools/commands/job_command.h"
#include "tools/commands/summary.h"
#include "tools/commands/terminal.h"

namespace trueup {
namespace {

/// "1-37, 40": runs of numbers are shown by their ends.
std::string ranges(const std::vector<std::uint64_t>& numbers) {
  std::string out;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i;
    while (end + 1 < numbers.size() && numbers[end + 1] == numbers[end] + 1) ++end;
    out += (out.empty() ? "" : ", ") + std::to_string(numbers[i]);
    if (end > i) out += "-" + std::to_string(numbers[end]);
    i = end + 1;
  }
  return out;
}

std::string text_of(const Retired& r, bool dry_run) {
  std::string out;
  const auto line = [&](const char* what, const std::vector<std::uint64_t>& numbers) {
    if (numbers.empty()) return;
    out += fmt::format("{} {} {}: {}\n", dry_run ? "would remove" : "removed",
                       grouped(numbers.size()), what, ranges(numbers));
  };
  line("runs", r.runs);
  line("snapshots", r.generations);
  if (r.empty()) {
    out += "nothing is beyond what is kept\n";
  } else {
    out += fmt::format("{} files of runs, and about {} bytes in all\n", grouped(r.files),
                       grouped(r.bytes));
  }
  for (const Retired::Kept& kept : r.kept) {
    out += fmt::format("run {} is older and stays: {}\n", kept.run, kept.why);
  }
  return out;
}

std::string json_of(const Retired& r, bool dry_run) {
  nlohmann::ordered_json kept = nlohmann::ordered_json::array();
  for (const Retired::Kept& k : r.kept) kept.push_back({{"run", k.run}, {"why", k.why}});
  const nlohmann::ordered_json all = {
      {"dry_run", dry_run}, {"runs", r.runs}, {"generations", r.generations}, {"files", r.files},
      {"bytes", r.bytes},   {"kept", kept},   {"problems", r.problems}};
  return all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

/// A dry run leaves the store as it is, but does not look at one that is being changed either.
std::unique_ptr<Store> open_store(const std::string& folder, bool dry_run) {
  if (!dry_run) return Store::open(folder, Store::Mode::kReadWrite);
  const std::string holder = Store::holder(folder);
  if (holder.empty()) return Store::open(folder, Store::Mode::kReadOnly);
  throw StoreError("the store " + folder + " is in use by " + holder + "; wait for it to end");
}

}  // namespace

int prune_command(const Settings& settings, const std::vector<std::string>&) {
  const bool dry_run = settings.job.dry_run;
  const auto store = open_store(settings.store, dry_run);
  const std::vector<UnfinishedRun> unfinished =
      say_what_is_unfinished(*store, settings.json ? stderr : stdout);
  if (!store->damage().empty()) {
    throw StoreError(
        "nothing is removed from a store that was just found damaged; look at what "
        "was lost, then prune again");
  }
  RetentionOptions options = settings.job.retention;
  options.creep_days = settings.job.guards.creep_days;
  const auto now = static_cast<std::uint64_t>(std::time(nullptr));
  Retired retired = find_retired(*store, options, unfinished, now, /*measured=*/true);
  if (!dry_run) {
    remove_retired(*store, retired);
    store->merge_small_files();
  }
  for (const std::string& problem : retired.problems) print_warning(problem);
  if (settings.json) {
    print_json(json_of(retired, dry_run));
  } else {
    print_text(text_of(retired, dry_run));
  }
  return retired.problems.empty() ? 0 : 1;
}

}  // namespace trueup
