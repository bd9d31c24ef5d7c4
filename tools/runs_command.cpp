// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "snapshots/description.h"
#include "tools/commands.h"
#include "tools/commands/terminal.h"
#include "tools/job_command.h"
#include "tools/summary.h"

namespace trueup {
namespace {

std::string local_time(std::uint64_t unix_seconds) {
  if (unix_seconds == 0) return "-";
  const auto t = static_cast<std::time_t>(unix_seconds);
  std::tm local{};
  localtime_r(&t, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  return text;
}

/// Also those that the store has lost, and the others as they are now known to be.
std::vector<RunDescription> with_unfinished(std::vector<RunDescription> runs,
                                            const std::vector<UnfinishedRun>& unfinished) {
  for (const UnfinishedRun& u : unfinished) {
    const auto at = std::ranges::lower_bound(runs, u.run.run, {}, &RunDescription::run);
    if (at != runs.end() && at->run == u.run.run) *at = u.run;
    else runs.insert(at, u.run);
  }
  return runs;
}

}  // namespace

int runs_command(const Settings& settings, const std::vector<std::string>&) {
  // Beside a living run its own changes are no doubt of anybody's: they are under way.
  const std::string holder = Store::holder(settings.store);
  const auto store = Store::open(settings.store, Store::Mode::kReadOnly);
  std::vector<UnfinishedRun> unfinished;
  if (holder.empty()) {
    unfinished = say_what_is_unfinished(*store, settings.json ? stderr : stdout);
  } else {
    std::fprintf(settings.json ? stderr : stdout, "%s is at work in this store\n", holder.c_str());
  }
  const std::vector<RunDescription> runs = with_unfinished(run_descriptions(*store), unfinished);
  if (settings.json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const RunDescription& r : runs) {
      list.push_back({{"run", r.run},
                      {"command", r.command},
                      {"state", r.state},
                      {"started_at", r.started_at},
                      {"ended_at", r.ended_at},
                      {"in_scope", r.in_scope},
                      {"changes", r.changes},
                      {"guards_fired", r.guards_fired},
                      {"accepted", r.accepted},
                      {"done", r.done},
                      {"rejected", r.rejected},
                      {"conflicts", r.conflicts},
                      {"unknown", r.unknown},
                      {"unverified", r.unverified},
                      {"plan_digest", r.plan_digest}});
      for (const UnfinishedRun& u : unfinished) {
        if (u.run.run != r.run) continue;
        list.back()["unfinished"] = true;
        list.back()["in_doubt"] = u.in_doubt;
        if (!u.lost.empty()) list.back()["lost"] = u.lost;
      }
    }
    print_json(list.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    return 0;
  }
  fmt::print("{:>5}  {:<20}{:<8}{:<18}{:>12}{:>10}{:>10}{:>10}{:>10}  {}\n", "run", "started",
             "command", "state", "in scope", "changes", "done", "rejected", "conflict", "digest");
  for (const RunDescription& r : runs) {
    fmt::print("{:>5}  {:<20}{:<8}{:<18}{:>12}{:>10}{:>10}{:>10}{:>10}  {}\n", r.run,
               local_time(r.started_at), r.command, r.state, grouped(r.in_scope),
               grouped(r.changes), grouped(r.done), grouped(r.rejected), grouped(r.conflicts),
               r.plan_digest.substr(0, 12));
  }
  return 0;
}

}  // namespace trueup
