// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>

#include "bench/apply_clients.h"
#include "bench/apply_parts.h"
#include "bench/corpus.h"
#include "bench/rounds.h"
#include "tests/support/servers/relay.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

constexpr std::array<std::size_t, 9> kWindows = {1, 2, 4, 8, 16, 32, 64, 128, 256};
constexpr double kAsGoodAsTheBest = 0.97;
constexpr std::size_t kFewest = 100;  // changes a run

/// What is in flight in one kind of run, and what its runs gave.
struct Cell {
  std::size_t window = 0;   // 0: the adaptive one
  std::size_t changes = 0;  // a run
  std::vector<Measured> runs;

  std::vector<double> rates() const { return each(runs, &Measured::rate); }
  std::vector<double> latencies() const {
    return each(runs, [](const Measured& m) { return m.median_latency_ms; });
  }
};

/// `window` in flight over the default number of connections; 0: as trueup runs by itself.
ApplyRun with_window(std::size_t window) { return {.fixed_in_flight = window}; }

class Target {
 public:
  Target(std::string target_name, const ApplyBenchOptions& options)
      : name_(std::move(target_name)),
        options_(options),
        workload_(options.users, dn_pattern(name_, options)),
        store_(Store::open(scratch_.path() + "/store", Store::Mode::kReadWrite)) {
    if (name_ == "samba") {
      if (options.samba.ldap.urls.empty()) throw std::runtime_error("--samba says which one");
      ldap_ = direct_ = options.samba.ldap;
      workload_.prepare(direct_);
      return;
    }
    slapd_.emplace(Slapd::Options{.ldif = workload_.ldif(),
                                  .database_config = name_ == "sync" ? "dbnosync off\n" : ""});
    ldap_ = direct_ = slapd_->plain();
    if (name_.ends_with("ms")) {
      relay_.emplace(slapd_->port());
      relay_->set_round_trip(std::chrono::milliseconds(std::stoi(name_)));
      ldap_.urls = {relay_->url()};
    }
  }

  void measure();

 private:
  static std::string dn_pattern(const std::string& name, const ApplyBenchOptions& options) {
    if (name == "samba") return options.samba.dn_pattern;
    return "CN=User ####,OU=Staff," + std::string(Slapd::kSuffix);
  }

  Measured run(std::size_t window, std::size_t changes) {
    const Measured measured = run_apply(ldap_, workload_, changes, *store_, with_window(window));
    workload_.check(direct_, changes);
    return measured;
  }
  void size(Cell& cell);
  void show(const std::vector<Cell>& cells, const Cell& best, const Cell& adaptive) const;

  const std::string name_;
  const ApplyBenchOptions& options_;
  Workload workload_;
  std::optional<Slapd> slapd_;
  std::optional<Relay> relay_;
  LdapOptions ldap_;    // to write
  LdapOptions direct_;  // to read back
  ScratchFolder scratch_;
  std::unique_ptr<Store> store_;
};

/// The run that is not counted tells how many changes take about the time that one run shall take.
void Target::size(Cell& cell) {
  const std::size_t try_out = std::max(kFewest, 16 * cell.window);
  const double rate = run(cell.window, std::min(try_out, options_.users)).rate();
  cell.changes = std::clamp(static_cast<std::size_t>(rate * options_.seconds),
                            std::min(kFewest, options_.users), options_.users);
}

void Target::measure() {
  std::vector<Cell> cells;
  for (const std::size_t window : kWindows) cells.push_back({.window = window, .runs = {}});
  for (Cell& cell : cells) size(cell);
  for (int round = 1; round <= options_.rounds; ++round) {
    std::fprintf(stderr, "windows, %s: round %d of %d\n", name_.c_str(), round, options_.rounds);
    for (Cell& cell : cells) cell.runs.push_back(run(cell.window, cell.changes));
  }
  double most = 0;
  for (const Cell& cell : cells) most = std::max(most, median(cell.rates()));
  const Cell& found = *std::ranges::find_if(
      cells, [&](const Cell& cell) { return median(cell.rates()) >= kAsGoodAsTheBest * most; });

  Cell best{.window = found.window, .changes = found.changes, .runs = {}};
  Cell adaptive{.window = 0, .changes = found.changes, .runs = {}};
  run(adaptive.window, adaptive.changes);
  for (int pair = 1; pair <= options_.pairs; ++pair) {
    std::fprintf(stderr, "windows, %s: pair %d of %d\n", name_.c_str(), pair, options_.pairs);
    // Each goes first in turn: the second may find more in the server's caches.
    std::array<Cell*, 2> order = {&best, &adaptive};
    if (pair % 2 == 0) std::swap(order[0], order[1]);
    for (Cell* cell : order) cell->runs.push_back(run(cell->window, cell->changes));
  }
  show(cells, best, adaptive);
}

void Target::show(const std::vector<Cell>& cells, const Cell& best, const Cell& adaptive) const {
  std::printf("\n| %s: in flight | changes/s | median latency, ms |\n|---|---|---|\n",
              name_.c_str());
  for (const Cell& cell : cells) {
    std::printf("| %zu%s | %.0f | %.2f |\n", cell.window,
                cell.window == best.window ? " (best)" : "", median(cell.rates()),
                median(cell.latencies()));
  }
  const Ratio rates = ratio(adaptive.rates(), best.rates());
  const Ratio latencies = ratio(adaptive.latencies(), best.latencies());
  std::printf("| adaptive | %.0f | %.2f |\n", median(adaptive.rates()),
              median(adaptive.latencies()));
  std::printf(
      "\n%s, %d pairs, adaptive / best fixed (%zu): changes/s %.2f (%.2f to %.2f), median "
      "latency %.2f (%.2f to %.2f); target: changes/s >= 0.95\n",
      name_.c_str(), options_.pairs, best.window, rates.median, rates.least, rates.most,
      latencies.median, latencies.least, latencies.most);
  std::fflush(stdout);
}

}  // namespace

void bench_windows(const ApplyBenchOptions& options) {
  for (const std::string& target : options.targets) Target(target, options).measure();
}

}  // namespace trueup
