// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>

#include "bench/fetch_parts.h"
#include "bench/rounds.h"
#include "engine/load/load.h"
#include "io/graph/graph_client.h"
#include "snapshots/store/store.h"
#include "tests/support/servers/graph_service.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

using MonotonicClock = std::chrono::steady_clock;

struct Run {
  double seconds = 0;
  double cpu = 0;     // of this process, user and system
  double behind = 0;  // seconds of work after the last page
  std::string digest;
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

GraphOptions reach(const GraphService& service) {
  GraphOptions options;
  options.url = service.url();
  options.tenant = GraphService::kTenant;
  options.client_id = GraphService::kClientId;
  options.secret_file = service.secret_file();
  options.token_url = service.token_url();
  options.ca_file = service.ca_file();
  return options;
}

/// Hours, minutes and seconds of the day at which the last request in the log was answered.
double last_answer(const std::string& log) {
  std::ifstream in(log);
  std::string line, last;
  while (std::getline(in, line)) last = line;
  int hour = 0, minute = 0;
  double second = 0;
  if (std::sscanf(last.c_str(), "%*10cT%d:%d:%lf", &hour, &minute, &second) != 3) {
    throw std::runtime_error("the request log ends with: " + last);
  }
  return hour * 3600 + minute * 60 + second;
}

double time_of_day() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now % std::chrono::hours(24)).count();
}

/// One load of the cloud side into a store of its own.
Run load(const LoadOptions& options, const GraphOptions* live) {
  const TempFolder folder;
  GraphOptions service;
  if (live != nullptr) {
    service = *live;
    service.log_file = folder / "requests.log";
  }
  const auto store = Store::open(folder / "store", Store::Mode::kReadWrite);
  Progress progress;
  Run run;
  const double cpu = cpu_seconds();
  const auto start = MonotonicClock::now();
  run.digest =
      load_cloud(*store, options, live != nullptr ? &service : nullptr, progress).snapshot.digest;
  run.seconds = std::chrono::duration<double>(MonotonicClock::now() - start).count();
  run.cpu = cpu_seconds() - cpu;
  if (live != nullptr) run.behind = time_of_day() - last_answer(service.log_file);
  return run;
}

LoadOptions reading(GraphReadKind kind) {
  LoadOptions options;
  options.graph_read.kind = kind;
  options.graph_read.settle_seconds = 0;
  return options;
}

void same(const Run& run, const std::string& digest) {
  if (run.digest != digest) throw std::runtime_error("two reads of one tenant differ");
}

/// As slow as the real one: 200 ms a page, 1 ms an object, the documented quota.
void far_away(const FetchBenchOptions& options) {
  GraphService service(static_cast<int>(options.graph_users),
                       {"--latency-ms", "200", "--latency-us-per-object", "1000"});
  const GraphOptions live = reach(service);
  std::vector<Run> ranges;
  for (int round = 0; round < std::min(options.rounds, 3); ++round) {
    std::fprintf(stderr, "in pieces, %d\n", round + 1);
    ranges.push_back(load(reading(GraphReadKind::kFull), &live));
  }
  std::fprintf(stderr, "the delta in sequence, once\n");
  const Run sequence = load(reading(GraphReadKind::kSequential), &live);
  for (const Run& run : ranges) same(run, sequence.digest);
  const double seconds = median(each(ranges, &Run::seconds));
  std::printf("\n%zu users, 200 ms a page and 1 ms a user\n\n", options.graph_users);
  std::printf("| read | s | after the last page, s | x faster |\n|---|---|---|---|\n");
  std::printf("| delta in sequence | %.1f | %.2f | 1 |\n", sequence.seconds, sequence.behind);
  std::printf("| list in pieces, then delta | %.1f | %.2f | %.1f |\n", seconds,
              median(each(ranges, &Run::behind)), sequence.seconds / seconds);
}

/// Without latency: what the client itself costs.
void next_door(const FetchBenchOptions& options) {
  GraphService service(static_cast<int>(options.graph_users), {"--no-quota"});
  const GraphOptions live = reach(service);
  const TempFolder kept;
  LoadOptions keeping = reading(GraphReadKind::kFull);
  keeping.graph_read.keep_pages = kept.path();
  const std::string digest = load(keeping, &live).digest;
  LoadOptions disk;
  disk.graph = {std::filesystem::directory_iterator(kept.path())->path()};
  std::vector<Run> from_disk, from_service;
  for (int round = 0; round <= options.rounds; ++round) {
    const Run local = load(disk, nullptr);
    const Run remote = load(reading(GraphReadKind::kFull), &live);
    same(local, digest);
    same(remote, digest);
    if (round == 0) continue;
    from_disk.push_back(local);
    from_service.push_back(remote);
  }
  std::printf("\n%zu users, no latency, server and client on this machine\n\n",
              options.graph_users);
  std::printf("| load | s | client CPU, s | x CPU |\n|---|---|---|---|\n");
  const double cpu = median(each(from_disk, &Run::cpu));
  for (const auto& [name, runs] : {std::pair{"the same pages from disk", &from_disk},
                                   std::pair{"live, in pieces", &from_service}}) {
    std::printf("| %s | %.2f | %.2f | %.2f |\n", name, median(each(*runs, &Run::seconds)),
                median(each(*runs, &Run::cpu)), median(each(*runs, &Run::cpu)) / cpu);
  }
}

}  // namespace

void bench_fetch_graph(const FetchBenchOptions& options) {
  next_door(options);
  far_away(options);
}

}  // namespace trueup
