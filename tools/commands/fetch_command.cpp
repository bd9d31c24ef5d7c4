// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <nlohmann/json.hpp>

#include "engine/load/cloud/graph_fetch.h"
#include "engine/parallelism.h"
#include "io/bytes/visible_text.h"
#include "snapshots/model/errors.h"
#include "tools/commands/commands.h"
#include "tools/commands/terminal.h"
#include "tools/commands/ticker.h"

namespace trueup {

int fetch_command(const Settings& settings, const std::vector<std::string>&) {
  const Job& job = settings.job;
  if (job.graph.url.empty()) {
    throw UsageError("nothing to fetch: name the service with --graph https://graph.microsoft.com");
  }
  if (job.out.empty()) throw UsageError("name the folder of the dump with --out DIR");
  const ThreadLimit threads(settings.threads);
  Progress progress;
  progress.stop = &stop_requested;
  const FetchResult fetched = [&] {
    Ticker ticker(progress, settings.no_progress);
    progress.say = [&](const std::string& text) { ticker.say(text); };
    GraphOptions graph = job.graph;
    graph.notice.say = [&](const std::string& why) { ticker.say("waiting: " + why); };
    return fetch_graph(graph, job.load, job.out, settings.follow, progress);
  }();
  for (const std::string& warning : fetched.warnings) {
    print_warning(warning);
  }
  if (settings.json) {
    const nlohmann::ordered_json json = {
        {"folder", fetched.folder},   {"resumed", fetched.resumed}, {"users", fetched.users},
        {"removed", fetched.removed}, {"pages", fetched.pages},     {"requests", fetched.requests}};
    print_json(json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  } else {
    std::printf("%s: %llu %s, %llu removed, pages: %llu%s\n", visible(fetched.folder).c_str(),
                static_cast<unsigned long long>(fetched.users),
                settings.follow.empty() ? "users" : "changed users",
                static_cast<unsigned long long>(fetched.removed),
                static_cast<unsigned long long>(fetched.pages),
                fetched.resumed ? " (went on with a read that was cut off)" : "");
  }
  return 0;
}

}  // namespace trueup
