// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <fstream>
#include <functional>
#include <stdexcept>

#include "bench/apply_clients.h"
#include "bench/apply_parts.h"
#include "bench/corpus.h"
#include "bench/rounds.h"
#include "tests/support/servers/ack_server.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

constexpr std::size_t kWindow = 32;  // on each connection

struct Client {
  std::string name;
  std::function<Measured()> run;
  std::vector<Measured> runs;
};

std::vector<double> cpu(const Client& client) {
  return each(client.runs, &Measured::cpu_microseconds);
}

/// The first of `clients` is what the others are compared with.
void show(const std::vector<Client>& clients, int connections) {
  std::printf(
      "\n| %d connection%s, %zu in flight on each | CPU a modify, us | x bare | modifies/s "
      "|\n|---|---|---|---|\n",
      connections, connections == 1 ? "" : "s", kWindow);
  for (const Client& client : clients) {
    const Ratio against = ratio(cpu(client), cpu(clients[0]));
    std::printf("| %s | %.2f | %.2f (%.2f to %.2f) | %.0f |\n", client.name.c_str(),
                median(cpu(client)), against.median, against.least, against.most,
                median(each(client.runs, &Measured::rate)));
  }
}

void measure_client(const ApplyBenchOptions& options, Store& store, const std::string& password,
                    int connections) {
  const AckServer server;
  LdapOptions ldap;
  ldap.urls = {server.url()};
  ldap.bind_dn = "cn=admin";
  ldap.password_file = password;
  ldap.allow_plaintext = true;
  Workload workload(options.users, "CN=User ####,OU=Staff," + std::string(AckServer::kSuffix));
  ApplyRun in_memory{.writer = {.connections = connections, .max_in_flight = kWindow},
                     .plan_in_store = false,
                     .journal = false};
  ApplyRun stored = in_memory;
  stored.plan_in_store = stored.journal = true;
  std::vector<Client> clients = {
      {"bare `ldap_modify_ext`, `ldap_result`",
       [&] {
         return run_bare(ldap, workload, options.users, static_cast<std::size_t>(connections),
                         kWindow);
       },
       {}},
      {"LdapWriter and apply(), plan in memory, no journal",
       [&] { return run_apply(ldap, workload, options.users, store, in_memory); },
       {}},
      {"LdapWriter and apply(), plan and journal in a store",
       [&] { return run_apply(ldap, workload, options.users, store, stored); },
       {}}};
  for (int round = 0; round <= options.rounds; ++round) {
    std::fprintf(stderr, "cpu, %d connections: round %d of %d\n", connections, round,
                 options.rounds);
    for (Client& client : clients) {
      const std::uint64_t before = server.modifies();
      const Measured measured = client.run();
      if (server.modifies() - before != options.users) {
        throw std::runtime_error(client.name + ": the server has not seen each change once");
      }
      if (round > 0) client.runs.push_back(measured);
    }
  }
  show(clients, connections);
}

void measure_journal(const ApplyBenchOptions& options, Store& store) {
  Workload workload(options.users, "CN=User ####,OU=Staff," + std::string(Slapd::kSuffix));
  const Slapd slapd({.ldif = workload.ldif()});
  const LdapOptions ldap = slapd.plain();
  std::vector<Measured> with, without;
  for (int round = 0; round <= options.pairs; ++round) {
    std::fprintf(stderr, "journal: pair %d of %d\n", round, options.pairs);
    for (const bool second : {false, true}) {
      const bool journal = (round % 2 == 0) == second;  // each goes first in turn
      const Measured measured =
          run_apply(ldap, workload, options.users, store, {.journal = journal});
      workload.check(ldap, options.users);
      if (round > 0) (journal ? with : without).push_back(measured);
    }
  }
  const auto seconds = [](const Measured& m) { return m.seconds; };
  const Ratio times = ratio(each(with, seconds), each(without, seconds));
  std::printf("\n| slapd on loopback, %zu changes | changes/s |\n|---|---|\n", options.users);
  std::printf("| journal of a store | %.0f |\n| journal that forgets | %.0f |\n",
              median(each(with, &Measured::rate)), median(each(without, &Measured::rate)));
  std::printf("\n%d pairs, time with / without: %.3f (%.3f to %.3f); target: <= 1.03.\n",
              options.pairs, times.median, times.least, times.most);
}

}  // namespace

void bench_cpu(const ApplyBenchOptions& options) {
  const ScratchFolder scratch;
  const std::unique_ptr<Store> store =
      Store::open(scratch.path() + "/store", Store::Mode::kReadWrite);
  const std::string password = scratch.path() + "/password";
  std::ofstream(password) << "none\n";
  for (const int connections : {1, 4}) measure_client(options, *store, password, connections);
  std::printf("\nCPU of the client's thread, system calls included; target: <= 1.5 x bare.\n");
  measure_journal(options, *store);
}

}  // namespace trueup
