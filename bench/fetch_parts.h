// SPDX-License-Identifier: Apache-2.0
// The parts of bench/fetch. Each prints tables in Markdown to stdout and says on stderr what it is
// doing; throws std::exception if something was not read as it should.
//
// Runs that are compared take turns; one more round runs first and is not counted. Medians.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace trueup {

struct FetchBenchOptions {
  int rounds = 5;
  std::vector<std::string> servers = {"samba", "slapd"};  // of ad
  std::size_t samba_users = 10'000;
  std::size_t slapd_users = 200'000;
  std::size_t graph_users = 200'000;
};

/// Users/s read from a directory: slices that are found out, fixed ones, ldapsearch.
void bench_fetch_ad(const FetchBenchOptions& options);

/// A full read of Graph from graph_sim: in pieces against the sequential delta with the latency of
/// the real one (which takes its time: 400 s), and CPU without latency against loading from disk.
void bench_fetch_graph(const FetchBenchOptions& options);

}  // namespace trueup
