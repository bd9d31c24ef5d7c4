// SPDX-License-Identifier: Apache-2.0
// The parts of bench/apply. Each prints a table in Markdown to stdout and says on stderr what it is
// doing; throws std::exception if something was not written as it should.
//
// Runs that are compared take turns, so that whatever else the machine does hits all of them; one
// more round runs first and is not counted. Ratios are taken round by round. Medians.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "io/ldap/session/ldap_session.h"

namespace trueup {

/// A server that is there already: a Samba AD, for windows.
struct OtherServer {
  LdapOptions ldap;        // without urls: there is none
  std::string dn_pattern;  // of its users; see Workload
};

struct ApplyBenchOptions {
  std::size_t users = 20'000;
  int rounds = 5;
  int pairs = 9;       // of the best window and the adaptive one
  double seconds = 1;  // that one run of windows takes
  std::vector<std::string> targets = {"loopback", "sync", "1ms", "5ms",
                                      "10ms"};  // of windows; also "samba"
  OtherServer samba;
};

/// Changes/s over 10 ms round trip: ldapmodify, 8 threads with libldap, trueup.
void bench_peers(const ApplyBenchOptions& options);
/// Fixed windows against the one that trueup finds.
void bench_windows(const ApplyBenchOptions& options);
/// The client's CPU against a bare loop, and what the journal costs.
void bench_cpu(const ApplyBenchOptions& options);

}  // namespace trueup
