// SPDX-License-Identifier: Apache-2.0
// bench_fetch: how fast live sources are read; what each part measures is in fetch_parts.h.
// bench/fetch builds and runs it.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "bench/fetch_parts.h"

namespace {

using trueup::FetchBenchOptions;

using Part = void (*)(const FetchBenchOptions&);
const std::map<std::string, Part> kParts = {{"ad", trueup::bench_fetch_ad},
                                            {"graph", trueup::bench_fetch_graph}};

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);  // as the trueup process does
  CLI::App app("Measures reads of live sources on this machine", "bench/fetch");
  FetchBenchOptions options;
  std::vector<std::string> parts = {"ad"};
  std::vector<std::string> names;
  for (const auto& [name, part] : kParts) names.push_back(name);
  app.add_option("parts", parts)->check(CLI::IsMember(names))->capture_default_str();
  app.add_option("--rounds", options.rounds, "that count; one more runs first")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--servers", options.servers, "of ad; samba needs root")
      ->delimiter(',')
      ->check(CLI::IsMember({"samba", "slapd"}))
      ->capture_default_str();
  app.add_option("--samba-users", options.samba_users)->capture_default_str();
  app.add_option("--slapd-users", options.slapd_users)->capture_default_str();
  app.add_option("--graph-users", options.graph_users)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    for (const std::string& part : parts) kParts.at(part)(options);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_fetch: %s\n", e.what());
    return 1;
  }
  return 0;
}
