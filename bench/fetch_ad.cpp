// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "bench/corpus.h"
#include "bench/fetch_parts.h"
#include "bench/rounds.h"
#include "engine/load/ad/ad_events.h"
#include "engine/load/load.h"
#include "io/ldap/live_ad.h"
#include "io/ldap/subtree_read.h"
#include "tests/support/process.h"
#include "tests/support/servers/samba.h"
#include "tests/support/servers/slapd.h"
#include "tools/tenant/ad.h"

namespace trueup {
namespace {

using MonotonicClock = std::chrono::steady_clock;

constexpr int kFixedCounts[] = {1, 2, 4, 8, 16};
constexpr int kConnections = 4;

struct Run {
  double seconds = 0;
  double server_cpu = 0;  // seconds
  std::uint64_t entries = 0;
};

struct Contestant {
  std::string name;
  std::function<std::uint64_t()> read;  // gives the entries
  std::vector<Run> runs;
};

/// User and system time of a process and its threads so far (proc(5), stat, fields 14 and 15).
double cpu_seconds(const std::string& pid) {
  std::string line;
  std::getline(std::ifstream("/proc/" + pid + "/stat"), line);
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::string tenant_ldif(const std::string& folder, std::size_t users) {
  tenant::TenantShape shape;
  shape.mailboxes = static_cast<std::uint32_t>(users);
  tenant::FeedOptions feed;
  feed.folder = folder;
  feed.threads = 2;
  tenant::write_ad_feed(shape, feed, {});
  std::ifstream file(folder + "/ad.ldif", std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  return text;
}

/// All objects that a snapshot takes, as far as a read brings them to where they are put together.
std::uint64_t read_slices(const LdapOptions& server, const std::string& folder, int fixed_slices) {
  const int connections = fixed_slices > 0 ? std::min(fixed_slices, kConnections) : kConnections;
  BlockPool pool(std::size_t{512} << 20);
  LiveReadOptions options;
  options.connections = connections;
  options.fixed_slices = fixed_slices;
  LiveAd live(server, options);
  AdEvents events(pool, folder, live.session().root_dse().active_directory, false);
  std::vector<std::unique_ptr<AdEvents::Sink>> owners;
  std::vector<AdEntrySink*> sinks;
  for (int i = 0; i < connections; ++i) {
    owners.push_back(std::make_unique<AdEvents::Sink>(events, nullptr));
    sinks.push_back(owners.back().get());
  }
  live.read_slices(live.session().root_dse().highest_committed_usn, sinks);
  owners.clear();
  AdSpools spools(pool, folder);
  AdSinks ends([&] { return AdSink(spools, nullptr, AdSink::Domain::kOwn); });
  events.deliver(ends);
  std::uint64_t records = 0;
  for (const AdSink& end : ends) records += end.records();
  return records;
}

std::uint64_t run_ldapsearch(const LdapOptions& server, const std::string& folder) {
  // It takes a line end in the file for a part of the password.
  const std::string password_file = folder + "/password";
  std::string password;
  std::getline(std::ifstream(server.password_file), password);
  std::ofstream(password_file) << password;
  std::vector<std::string> argv = {"sh",
                                   "-c",
                                   "exec \"$@\" >/dev/null",
                                   "sh",
                                   "ldapsearch",
                                   "-LLL",
                                   "-x",
                                   "-H",
                                   server.urls.front(),
                                   "-D",
                                   server.bind_dn,
                                   "-y",
                                   password_file,
                                   "-b",
                                   server.base_dn,
                                   "-E",
                                   "pr=1000/noprompt",
                                   "-o",
                                   "ldif-wrap=no",
                                   std::string(kSubtreeFilter)};
  for (const std::string& name : subtree_attributes()) argv.push_back(name);
  const ProcessResult done =
      run_process(argv, {.environment = {{"LDAPTLS_CACERT", server.ca_file}}});
  if (done.exit_code != 0) throw std::runtime_error("ldapsearch: " + done.err);
  return 0;
}

std::uint64_t run_load(const LdapOptions& server, const std::string& folder, int number) {
  const std::unique_ptr<Store> store =
      Store::open(folder + "/store" + std::to_string(number), Store::Mode::kReadWrite);
  Progress progress;
  LoadOptions options;
  options.max_defects = 1;
  const SnapshotDescription d = load_ad(*store, options, &server, progress).snapshot;
  return d.records;
}

void show(const std::string& title, const std::vector<Contestant>& all, std::uint64_t entries) {
  double best = 0;
  for (const Contestant& c : all) {
    if (!c.name.starts_with("fixed")) continue;
    best = std::max(best, 1 / median(each(c.runs, &Run::seconds)));
  }
  std::printf(
      "\n| %s, %llu objects | s | objects/s | x best fixed | server CPU s | x ldapsearch |\n"
      "|---|---|---|---|---|---|\n",
      title.c_str(), static_cast<unsigned long long>(entries));
  const double peer = median(each(all.back().runs, &Run::seconds));
  for (const Contestant& c : all) {
    const double seconds = median(each(c.runs, &Run::seconds));
    std::printf("| %s | %.2f | %.0f | %.2f | %.2f | %.2f |\n", c.name.c_str(), seconds,
                static_cast<double>(entries) / seconds, 1 / seconds / best,
                median(each(c.runs, &Run::server_cpu)), peer / seconds);
  }
  std::fflush(stdout);
}

void compare(const std::string& title, const LabServer& lab, const LdapOptions& server,
             const FetchBenchOptions& options) {
  const ScratchFolder scratch;
  int loads = 0;
  std::vector<Contestant> all;
  all.push_back(
      {"slices as found out", [&] { return read_slices(server, scratch.path(), 0); }, {}});
  for (const int count : kFixedCounts) {
    all.push_back({"fixed slices: " + std::to_string(count),
                   [&, count] { return read_slices(server, scratch.path(), count); },
                   {}});
  }
  all.push_back({"load into a store, all of it",
                 [&] { return run_load(server, scratch.path(), loads++); },
                 {}});
  all.push_back({"`ldapsearch -E pr=1000/noprompt`",
                 [&] { return run_ldapsearch(server, scratch.path()); },
                 {}});
  std::uint64_t entries = 0;
  for (int round = 0; round <= options.rounds; ++round) {
    std::fprintf(stderr, "%s: round %d of %d\n", title.c_str(), round, options.rounds);
    for (std::size_t i = 0; i < all.size(); ++i) {
      // Nobody always runs behind the one that leaves the disk busy.
      Contestant& c = all[(i + static_cast<std::size_t>(round)) % all.size()];
      Run run;
      const double cpu = cpu_seconds(lab.pid());
      const auto begun = MonotonicClock::now();
      run.entries = c.read();
      run.seconds = std::chrono::duration<double>(MonotonicClock::now() - begun).count();
      run.server_cpu = cpu_seconds(lab.pid()) - cpu;
      if (run.entries != 0 && entries == 0) entries = run.entries;
      if (run.entries != 0 && run.entries != entries) {
        throw std::runtime_error(c.name + " gave " + std::to_string(run.entries) +
                                 " objects, not " + std::to_string(entries));
      }
      if (round > 0) c.runs.push_back(run);
    }
  }
  show(title, all, entries);
}

}  // namespace

void bench_fetch_ad(const FetchBenchOptions& options) {
  for (const std::string& name : options.servers) {
    const ScratchFolder scratch;
    const bool samba = name == "samba";
    std::string ldif =
        tenant_ldif(scratch.path(), samba ? options.samba_users : options.slapd_users);
    if (samba) {
      const SambaDc dc({.ldif = std::move(ldif)});
      compare("Samba AD", dc, dc.admin(), options);
    } else {
      const Slapd slapd({.ldif = std::move(ldif)});
      LdapOptions server = slapd.plain();
      server.base_dn = Slapd::kSuffix;
      compare("slapd", slapd, server, options);
    }
  }
}

}  // namespace trueup
