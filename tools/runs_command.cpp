// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "snapshots/description.h"
#include "tools/commands.h"
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

}  // namespace

int runs_command(const Settings& settings, const std::vector<std::string>&) {
  const auto store = Store::open(settings.store, Store::Mode::kReadOnly);
  const std::vector<RunDescription> runs = run_descriptions(*store);
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
    }
    fmt::print("{}\n", list.dump(2));
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
