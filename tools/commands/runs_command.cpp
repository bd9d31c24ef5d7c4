// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "engine/run/records/run_chain.h"
#include "io/bytes/visible_text.h"
#include "snapshots/store/description.h"
#include "tools/commands/commands.h"
#include "tools/commands/grouped.h"
#include "tools/commands/job_command.h"
#include "tools/commands/summary.h"
#include "tools/commands/terminal.h"

namespace trueup {
namespace {

using Json = nlohmann::ordered_json;

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
    if (at != runs.end() && at->run == u.run.run)
      *at = u.run;
    else
      runs.insert(at, u.run);
  }
  return runs;
}

/// Without "scope: ", which the column says.
std::string_view scope_of(const RunDescription& r) {
  std::string_view scope = r.scope;
  if (scope.starts_with("scope: ")) scope.remove_prefix(7);
  while (scope.ends_with(' ')) scope.remove_suffix(1);
  return scope;
}

std::string when_it_wrote(const RunDescription& r) {
  if (r.wrote_from == 0) return {};
  std::string text = "wrote " + local_time(r.wrote_from);
  if (r.wrote_to > r.wrote_from) text += " to " + local_time(r.wrote_to);
  return text + (r.directory.empty() ? "" : ", " + r.directory);
}

/// What the columns have no room for, a line each.
std::vector<std::string> remarks_on(const RunDescription& r,
                                    const std::vector<RunDescription>& all) {
  std::vector<std::string> notes;
  if (r.undo_of != 0) notes.push_back(fmt::format("takes back what run {} wrote", r.undo_of));
  if (r.rejects_of != 0)
    notes.push_back(fmt::format("tries the rejects of run {} again", r.rejects_of));
  if (const auto by = undone_by(all, r.run)) {
    notes.push_back(fmt::format("undone by run {}: {} of {} changes", by->run, grouped(by->done),
                                grouped(by->changes)));
  }
  if (std::string wrote = when_it_wrote(r); !wrote.empty()) notes.push_back(std::move(wrote));
  if (r.dry_run_at != 0) notes.push_back("dry run " + local_time(r.dry_run_at));
  if (r.guards_fired != 0 && !r.accepted) {
    notes.push_back(fmt::format("stopped by {} guards", grouped(r.guards_fired)));
  }
  if (!r.failure.empty()) {
    notes.push_back((r.state == RunState::kStopped ? "stopped: " : "failed: ") + r.failure);
  }
  return notes;
}

Json json_of(const RunDescription& r, const std::vector<RunDescription>& all) {
  Json j = {{"run", r.run},
            {"command", r.command},
            {"state", to_string(r.state)},
            {"started_at", r.started_at},
            {"ended_at", r.ended_at},
            {"scope", scope_of(r)},
            {"in_scope", r.in_scope},
            {"changes", r.changes},
            {"guards_fired", r.guards_fired},
            {"accepted", r.accepted},
            {"done", r.done},
            {"rejected", r.rejected},
            {"conflicts", r.conflicts},
            {"unknown", r.unknown},
            {"unverified", r.unverified},
            {"plan_digest", r.plan_digest}};
  if (!r.naming_context.empty()) j["naming_context"] = r.naming_context;
  if (!r.directory.empty()) j["directory"] = r.directory;
  if (r.wrote_from != 0) j["wrote_from"] = r.wrote_from;
  if (r.wrote_to != 0) j["wrote_to"] = r.wrote_to;
  if (r.dry_run_at != 0) j["dry_run_at"] = r.dry_run_at;
  if (r.undo_of != 0) j["undo_of"] = r.undo_of;
  if (r.rejects_of != 0) j["rejects_of"] = r.rejects_of;
  if (const auto by = undone_by(all, r.run)) j["undone_by"] = by->run;
  if (!r.failure.empty()) j["failure"] = r.failure;
  return j;
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
    Json list = Json::array();
    for (const RunDescription& r : runs) {
      list.push_back(json_of(r, runs));
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
  fmt::print("{:>5}  {:<20}{:<8}{:<18}{:<23}{:>10}{:>10}{:>10}{:>10}{:>10}  {}\n", "run", "started",
             "command", "state", "scope", "in scope", "changes", "done", "rejected", "conflict",
             "digest");
  for (const RunDescription& r : runs) {
    fmt::print("{:>5}  {:<20}{:<8}{:<18}{:<23}{:>10}{:>10}{:>10}{:>10}{:>10}  {}\n", r.run,
               local_time(r.started_at), r.command, to_string(r.state), scope_of(r),
               grouped(r.in_scope), grouped(r.changes), grouped(r.done), grouped(r.rejected),
               grouped(r.conflicts), r.plan_digest.substr(0, 12));
    for (const std::string& note : remarks_on(r, runs)) {
      fmt::print("{:>5}  {}\n", "", visible(note));
    }
  }
  return 0;
}

}  // namespace trueup
