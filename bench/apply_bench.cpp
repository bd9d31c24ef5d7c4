// SPDX-License-Identifier: Apache-2.0
// bench_apply: how fast changes reach a directory, against other ways of writing them; what each
// part measures is in apply_parts.h. bench/apply builds and runs it.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "bench/apply_parts.h"

namespace {

using trueup::ApplyBenchOptions;

using Part = void (*)(const ApplyBenchOptions&);
const std::map<std::string, Part> kParts = {
    {"cpu", trueup::bench_cpu}, {"peers", trueup::bench_peers}, {"windows", trueup::bench_windows}};

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);  // as the trueup process does
  CLI::App app("Measures trueup's writer against private servers on this machine", "bench/apply");
  ApplyBenchOptions options;
  std::vector<std::string> parts = {"peers", "windows", "cpu"};
  std::vector<std::string> names;
  for (const auto& [name, part] : kParts) names.push_back(name);
  app.add_option("parts", parts)->check(CLI::IsMember(names))->capture_default_str();
  app.add_option("--users", options.users)
      ->check(CLI::Range(100, 1'000'000))
      ->capture_default_str();
  app.add_option("--rounds", options.rounds, "that count; one more runs first")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--pairs", options.pairs, "of best window and adaptive, and of the journal")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "that one run of windows takes")
      ->check(CLI::Range(0.05, 5.0))  // a slapd of tests/support ends itself after 10 minutes
      ->capture_default_str();
  app.add_option("--targets", options.targets, "of windows; samba needs --samba")
      ->delimiter(',')
      ->check(CLI::IsMember({"loopback", "sync", "1ms", "5ms", "10ms", "samba"}))
      ->capture_default_str();
  auto* const samba =
      app.add_option("--samba", options.samba.ldap.urls, "URL of an AD lab for windows");
  samba->needs(app.add_option("--samba-bind-dn", options.samba.ldap.bind_dn));
  samba->needs(app.add_option("--samba-password-file", options.samba.ldap.password_file));
  samba->needs(app.add_option("--samba-users", options.samba.dn_pattern,
                              "their DN; each run of # is the number, from 0: "
                              "CN=User ######,OU=Load,DC=lab,DC=test"));
  app.add_option("--samba-ca-file", options.samba.ldap.ca_file);
  app.add_flag("--samba-allow-plaintext", options.samba.ldap.allow_plaintext);
  CLI11_PARSE(app, argc, argv);
  try {
    for (const std::string& part : parts) kParts.at(part)(options);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_apply: %s\n", e.what());
    return 1;
  }
  return 0;
}
