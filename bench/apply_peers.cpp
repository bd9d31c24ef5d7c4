// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "bench/apply_clients.h"
#include "bench/apply_parts.h"
#include "bench/corpus.h"
#include "bench/rounds.h"
#include "tests/support/servers/relay.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

constexpr std::chrono::milliseconds kRoundTrip(10);
constexpr std::size_t kThreads = 8;
// So that each run takes a few seconds: one change a round trip, and eight.
constexpr std::size_t kLdapmodifyChanges = 200;
constexpr std::size_t kThreadsChanges = 1'600;

struct Peer {
  const char* name;
  std::vector<Measured> runs;
};

void show(const std::vector<Peer>& peers) {
  const auto rates = [&](const Peer& peer) { return each(peer.runs, &Measured::rate); };
  std::printf(
      "\n| %d ms round trip to slapd | changes a run | s | changes/s | x ldapmodify "
      "| x %zu threads |\n|---|---|---|---|---|---|\n",
      static_cast<int>(kRoundTrip.count()), kThreads);
  for (const Peer& peer : peers) {
    const Ratio serial = ratio(rates(peer), rates(peers[0]));
    const Ratio threads = ratio(rates(peer), rates(peers[1]));
    std::printf("| %s | %zu | %.2f | %.0f | %.1f (%.1f to %.1f) | %.1f (%.1f to %.1f) |\n",
                peer.name, peer.runs[0].changes,
                median(each(peer.runs, [](const Measured& m) { return m.seconds; })),
                median(rates(peer)), serial.median, serial.least, serial.most, threads.median,
                threads.least, threads.most);
  }
  std::printf("\nConnecting and binding included, in all of them; targets: 40 x, 6 x.\n");
}

}  // namespace

void bench_peers(const ApplyBenchOptions& options) {
  Workload workload(options.users, "CN=User ####,OU=Staff," + std::string(Slapd::kSuffix));
  const Slapd slapd({.ldif = workload.ldif()});
  Relay relay(slapd.port());
  relay.set_round_trip(kRoundTrip);
  const LdapOptions direct = slapd.plain();
  LdapOptions far = direct;
  far.urls = {relay.url()};
  const ScratchFolder scratch;
  const std::unique_ptr<Store> store =
      Store::open(scratch.path() + "/store", Store::Mode::kReadWrite);

  std::vector<Peer> peers = {
      {"`ldapmodify -f`", {}}, {"8 threads, `ldap_modify_ext_s`", {}}, {"trueup's writer", {}}};
  for (int round = 0; round <= options.rounds; ++round) {
    std::fprintf(stderr, "peers: round %d of %d\n", round, options.rounds);
    const auto keep = [&](std::size_t peer, const Measured& measured) {
      workload.check(direct, measured.changes);
      if (round > 0) peers[peer].runs.push_back(measured);
    };
    const auto at_most = [&](std::size_t count) { return std::min(count, options.users); };
    keep(0, run_ldapmodify(far, workload, at_most(kLdapmodifyChanges), scratch.path()));
    keep(1, run_threads(far, workload, at_most(kThreadsChanges), kThreads));
    keep(2, run_apply(far, workload, options.users, *store, {.with_connecting = true}));
  }
  show(peers);
}

}  // namespace trueup
