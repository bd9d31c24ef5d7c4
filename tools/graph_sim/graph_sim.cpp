// SPDX-License-Identifier: Apache-2.0
//
// graph_sim: a Microsoft Graph on the loopback address that serves a synthetic tenant. For tests,
// for benchmarks, and for trials without a tenant of one's own.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "tools/graph_sim/folder.h"
#include "tools/graph_sim/server.h"
#include "tools/graph_sim/service.h"

namespace trueup::sim {
namespace {

constexpr const char* kExamples = R"(Examples:
  graph_sim --folder g --mailboxes 5000
      makes g/ca.pem, g/secret, g/app-cert.pem, g/app-key.pem, g/url and g/trueup.toml, prints
      "ready https://127.0.0.1:PORT", and serves the tenant that
      make_tenant --mailboxes 5000 writes, until it gets SIGTERM or SIGINT
  trueup load --config g/trueup.toml
  graph_sim --folder g --mailboxes 200000 --latency-ms 200 --latency-us-per-object 1000
      as slow as the real one
  graph_sim --folder g --mailboxes 5000 --faults 0.2 --fault-kinds 429,503,cut,bad-json
  curl --cacert g/ca.pem -d '{"count":100,"seed":7}' "$(cat g/url)/sim/random"
      100 changes; also /sim/changes, /sim/while-reading, /sim/faults, /sim/resync,
      /sim/expire-deltas, /sim/revoke-tokens, /sim/replay, /sim/delay, /sim/requests,
      /sim/counts, /sim/users, /sim/quit

Exit status: 0 ended by a signal or /sim/quit, 1 failed, 2 wrong usage.)";

struct Arguments {
  SimOptions sim;
  std::string folder;
  std::string address = "127.0.0.1";
  int port = 0;
  std::string list_order = "id";
  std::int64_t token_seconds = 3599;
  std::int64_t delta_seconds = 7 * 24 * 3600;
  std::int64_t latency_ms = 0;
  std::int64_t latency_us_per_object = 0;
  std::size_t cache_mb = 512;
  std::int64_t lifetime = 0;
  bool no_quota = false;
  bool no_oddities = false;
};

void bind_tenant_options(CLI::App& app, Arguments& a) {
  app.add_option("--folder", a.folder, "for certificates, the secret, the url; made if not there")
      ->required()
      ->type_name("DIR");
  app.add_option("--mailboxes", a.sim.shape.mailboxes, "size of the tenant, as make_tenant's")
      ->required()
      ->check(CLI::Range(1U, 50'000'000U).description(""))
      ->type_name("N");
  app.add_option("--seed", a.sim.shape.seed, "as make_tenant's")
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--drift", a.sim.shape.drift, "as make_tenant's")
      ->check(CLI::Range(0.0, 1.0).description(""))
      ->capture_default_str()
      ->type_name("F");
  app.add_option("--threads", a.sim.threads, "to make the tenant with")
      ->check(CLI::Range(1U, 1024U).description(""))
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--listen", a.address, "address")->capture_default_str()->type_name("ADDRESS");
  app.add_option("--port", a.port, "0: any that is free")->capture_default_str()->type_name("N");
  app.add_option("--tenant", a.sim.application.tenant, "the tenant's id")
      ->capture_default_str()
      ->type_name("GUID");
  app.add_option("--client-id", a.sim.application.client_id, "the application's id")
      ->capture_default_str()
      ->type_name("GUID");
}

void bind_behaviour_options(CLI::App& app, Arguments& a) {
  app.add_option("--list-order", a.list_order, "order of /users: id or name")
      ->check(CLI::IsMember({"id", "name"}).description(""))
      ->capture_default_str()
      ->type_name("NAME");
  app.add_option("--token-lifetime", a.token_seconds, "of an access token, in seconds")
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--delta-lifetime", a.delta_seconds, "of a delta token, in seconds")
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--expired-status", a.sim.delta.expired_status,
                 "with which syncStateNotFound comes: 400 or 410")
      ->check(CLI::IsMember({400, 410}).description(""))
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--latency-ms", a.latency_ms, "a page takes so long ...")
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--latency-us-per-object", a.latency_us_per_object, "... and so much a user on it")
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--cache-mb", a.cache_mb, "for pages to send again while the tenant is the same")
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--lifetime", a.lifetime, "ends by itself after so many seconds; 0: never")
      ->capture_default_str()
      ->type_name("N");
  app.add_flag("--no-quota", a.no_quota, "no resource units, no 429 of its own");
  app.add_flag("--no-oddities", a.no_oddities,
               "a delta without empty pages, users twice, and @removed in the first round");
  app.add_option("--faults", a.sim.faults.rate, "share of the requests that fail, 0 to 1")
      ->check(CLI::Range(0.0, 1.0).description(""))
      ->capture_default_str()
      ->type_name("F");
  app.add_option("--fault-kinds", a.sim.faults.kinds,
                 "429, 429-no-retry-after, 500, 502, 503, 504, 509, 401, 403, 404, 410, 501, "
                 "sync-state-not-found, bad-token, expired-page-token, cut, slow, bad-json, reset")
      ->delimiter(',')
      ->check(CLI::Validator(
          [](const std::string& kind) {
            return is_fault_kind(kind) ? std::string() : "there is no fault " + kind;
          },
          ""))
      ->default_str("429,503,504,cut,bad-json,401,reset")
      ->type_name("LIST");
  app.add_option("--fault-seed", a.sim.faults.seed, "which requests fail")
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--retry-after", a.sim.faults.retry_after, "seconds that a drawn 429 asks for")
      ->capture_default_str()
      ->type_name("F");
}

SimOptions options_of(const Arguments& a) {
  SimOptions options = a.sim;
  options.list_order = a.list_order == "name" ? ListOrder::kByName : ListOrder::kById;
  options.application.token_lifetime = std::chrono::seconds(a.token_seconds);
  options.delta.lifetime = std::chrono::seconds(a.delta_seconds);
  options.delta.oddities = !a.no_oddities;
  options.quota = !a.no_quota;
  options.cache_bytes = a.cache_mb << 20;
  options.latency = std::chrono::milliseconds(a.latency_ms);
  options.latency_per_object = std::chrono::microseconds(a.latency_us_per_object);
  return options;
}

/// Serves until a signal comes.
void serve(const Arguments& a, const sigset_t& signals) {
  SimOptions options = options_of(a);
  const TrialFolder folder = prepare_folder(a.folder);
  options.application.secret = read_secret(folder);
  options.application.certificate_pem = read_whole(folder.file("app-cert.pem"));
  GraphSim sim(options, [] { ::kill(::getpid(), SIGTERM); });
  SimServer server(folder.file("cert.pem"), folder.file("key.pem"),
                   [&sim](const Request& request) { return sim.answer(request); });
  const int port = server.bind(a.address, a.port);
  const std::string host =
      a.address.find(':') == std::string::npos ? a.address : "[" + a.address + "]";
  const std::string url = "https://" + host + ":" + std::to_string(port);
  write_address(folder, url, options.application.tenant, options.application.client_id);
  std::thread([&server] { server.run(); }).detach();
  std::printf("ready %s\n", url.c_str());
  std::fflush(stdout);
  int signal = 0;
  if (a.lifetime > 0) {
    const timespec limit{static_cast<std::time_t>(a.lifetime), 0};
    sigtimedwait(&signals, nullptr, &limit);
  } else {
    sigwait(&signals, &signal);
  }
  // The connections' threads are in the middle of something, and there is nothing to save.
  std::_Exit(0);
}

}  // namespace
}  // namespace trueup::sim

int main(int argc, char** argv) {
  using namespace trueup::sim;
  Arguments arguments;
  arguments.sim.threads = std::max(1U, std::thread::hardware_concurrency());
  arguments.sim.application.tenant = "0f3a7d12-6c1b-4a5e-9a53-51a1c0de0001";
  arguments.sim.application.client_id = "7b1e2c44-90d5-4f0e-8a11-51a1c0de0002";
  CLI::App app("A Microsoft Graph that serves a synthetic tenant: /users, /users/delta, tokens.");
  bind_tenant_options(app, arguments);
  bind_behaviour_options(app, arguments);
  app.footer(kExamples);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  // Before any thread: they inherit it, and only main waits for them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  try {
    serve(arguments, signals);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "graph_sim: %s\n", error.what());
    return 1;
  }
  return 0;
}
