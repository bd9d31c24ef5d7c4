// SPDX-License-Identifier: Apache-2.0
// The limiter against each fixed window, on servers that behave as measured slapd and Samba do.
#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <ostream>
#include <string>

#include "engine/apply/in_flight_limiter.h"
#include "tests/support/simulated_server.h"

namespace trueup {
namespace {

constexpr std::size_t kMost = 256;

ServerModel slapd(double round_trip_us) {
  return {.service_us = 95, .commit_us = 90, .most_a_commit = 16, .round_trip_us = round_trip_us};
}
ServerModel slapd_sync(double round_trip_us) {
  return {.service_us = 440, .commit_us = 90, .most_a_commit = 16, .round_trip_us = round_trip_us};
}
/// One writer, answers in order; what is not work on the server overlaps.
ServerModel samba(double round_trip_us) {
  return {.service_us = 620, .round_trip_us = round_trip_us + 300};
}
ServerModel workers(double round_trip_us) {
  return {.service_us = 1600, .workers = 16, .round_trip_us = round_trip_us};
}

struct Measured {
  double rate;
  double latency;
};

Measured measure(const SimulatedRun& run, double from, double to) {
  return {run.rate(from, to), run.median_latency(from, to)};
}

using Script = std::function<void(Simulation&)>;

/// The smallest window within 3 % of the best.
Measured best_fixed(const ServerModel& model, std::uint32_t seed, const Simulation::Client& client,
                    double from = 0, double to = 0, const Script& script = {}) {
  std::map<std::size_t, Measured> measured;
  double best = 0;
  for (const std::size_t window : {1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256}) {
    if (script && std::popcount(window) != 1) continue;
    Simulation simulation(model, seed);
    if (script) script(simulation);
    const SimulatedRun run = simulation.run(client, window);
    const Measured m = to > 0 ? measure(run, from, to) : Measured{run.rate(), run.median_latency()};
    best = std::max(best, m.rate);
    measured[window] = m;
  }
  for (const auto& [window, m] : measured) {
    if (m.rate >= 0.97 * best) return m;
  }
  return {};
}

struct Case {
  std::string name;
  ServerModel model;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

class LimiterSimulation : public testing::TestWithParam<Case> {};

TEST_P(LimiterSimulation, IsAsFastAsTheBestWindowInALongRun) {
  double rate = 0;
  double latency = 0;
  for (const std::uint32_t seed : {1, 2, 3}) {
    const Measured best = best_fixed(GetParam().model, seed, {.changes = 50'000});
    InFlightLimiter limiter({.most = kMost}, {});
    const SimulatedRun run = Simulation(GetParam().model, seed).run({.changes = 50'000}, limiter);
    EXPECT_GE(run.rate() / best.rate, 0.93) << "seed " << seed;
    rate += run.rate() / best.rate / 3;
    latency += run.median_latency() / best.latency / 3;
    EXPECT_LE(run.most_in_flight, kMost);
  }
  EXPECT_GE(rate, 0.95);
  EXPECT_LE(latency, 2);
}

TEST_P(LimiterSimulation, IsSoonAsFastInAShortRun) {
  double rate = 0;
  for (const std::uint32_t seed : {1, 2, 3, 4, 5, 6}) {
    const Measured best = best_fixed(GetParam().model, seed, {.changes = 5000});
    InFlightLimiter limiter({.most = kMost}, {});
    const SimulatedRun run = Simulation(GetParam().model, seed).run({.changes = 5000}, limiter);
    rate += run.rate() / best.rate / 6;
  }
  EXPECT_GE(rate, 0.85);
}

TEST_P(LimiterSimulation, MakesNoStormOfRetriesAndIsSoonBackWhenTheServerIs) {
  Simulation simulation(GetParam().model, 1);
  simulation.at(0.3, [](ServerModel& model) { model.busy = true; });
  simulation.at(5.3, [](ServerModel& model) { model.busy = false; });
  InFlightLimiter limiter({.most = kMost}, {});
  const SimulatedRun run = simulation.run({.changes = 200'000, .stop_after = 10}, limiter);
  EXPECT_LE(run.refused, 1000U);
  InFlightLimiter other({.most = kMost}, {});
  const SimulatedRun undisturbed =
      Simulation(GetParam().model, 1).run({.changes = 200'000, .stop_after = 10}, other);
  EXPECT_GE(run.rate(7.3, 9.3), 0.85 * undisturbed.rate(1, 9));
}

TEST_P(LimiterSimulation, FollowsADelayAndComesBack) {
  const Script script = [](Simulation& simulation) {
    simulation.at(3, [](ServerModel& model) { model.round_trip_us *= 4; });
    simulation.at(13, [](ServerModel& model) { model.round_trip_us /= 4; });
  };
  const Simulation::Client client{.changes = 400'000, .stop_after = 18};
  InFlightLimiter limiter({.most = kMost}, {});
  Simulation simulation(GetParam().model, 1);
  script(simulation);
  const SimulatedRun run = simulation.run(client, limiter);
  const double slow = best_fixed(GetParam().model, 1, client, 3.5, 13, script).rate;
  EXPECT_GE(run.rate(3.5, 13), 0.85 * slow);
  const Measured after = best_fixed(GetParam().model, 1, client, 15, 18, script);
  EXPECT_GE(run.rate(15, 18), 0.9 * after.rate);
  EXPECT_LE(run.median_latency(15, 18), 4 * after.latency);
}

TEST_P(LimiterSimulation, DoesNotPileUpOnAServerInTrouble) {
  const Script script = [](Simulation& simulation) {
    const auto slower = [](double by) {
      return [by](ServerModel& model) {
        model.service_us *= by;
        model.commit_us *= by;
      };
    };
    simulation.at(3, slower(4));
    simulation.at(13, slower(0.25));
  };
  const Simulation::Client client{.changes = 400'000, .stop_after = 18};
  InFlightLimiter limiter({.most = kMost}, {});
  Simulation simulation(GetParam().model, 1);
  script(simulation);
  const SimulatedRun run = simulation.run(client, limiter);
  const Measured slow = best_fixed(GetParam().model, 1, client, 5, 13, script);
  EXPECT_GE(run.rate(5, 13), 0.88 * slow.rate);
  EXPECT_LE(run.median_latency(5, 13), 4 * slow.latency);
  const double after = best_fixed(GetParam().model, 1, client, 15, 18, script).rate;
  EXPECT_GE(run.rate(15, 18), 0.88 * after);
}

TEST_P(LimiterSimulation, KeepsItsPaceWhenSomeAreRefused) {
  ServerModel model = GetParam().model;
  InFlightLimiter calm({.most = kMost}, {});
  const SimulatedRun undisturbed = Simulation(model, 1).run({.changes = 20'000}, calm);
  model.busy_fraction = 0.02;
  InFlightLimiter limiter({.most = kMost}, {});
  const SimulatedRun run = Simulation(model, 1).run({.changes = 20'000}, limiter);
  EXPECT_EQ(limiter.pauses(), 0U);
  EXPECT_GE(run.rate(), 0.8 * undisturbed.rate());
}

TEST_P(LimiterSimulation, StaysBelowWhatTheServerRefuses) {
  ServerModel model = GetParam().model;
  model.busy_above = 32;
  InFlightLimiter limiter({.most = kMost}, {});
  const SimulatedRun run = Simulation(model, 1).run({.changes = 20'000}, limiter);
  const SimulatedRun fixed = Simulation(model, 1).run({.changes = 20'000}, std::size_t{32});
  EXPECT_LE(run.tries_per_change(), 1.2);
  EXPECT_GE(run.rate(), 0.6 * fixed.rate());
}

TEST_P(LimiterSimulation, LeavesTheOperatorsRateAlone) {
  InFlightLimiter free({.most = kMost}, {});
  const double possible = Simulation(GetParam().model, 1).run({.changes = 20'000}, free).rate();
  InFlightLimiter limiter({.most = kMost}, {});
  const SimulatedRun run =
      Simulation(GetParam().model, 1)
          .run({.changes = 5000, .max_changes_per_second = possible / 3}, limiter);
  EXPECT_GE(run.rate(), 0.95 * possible / 3);
}

TEST_P(LimiterSimulation, KeepsToTheOperatorsMaximum) {
  for (const std::size_t most : {1, 2, 3, 10, 32}) {
    InFlightLimiter limiter({.most = most}, {});
    const SimulatedRun run = Simulation(GetParam().model, 1).run({.changes = 10'000}, limiter);
    const SimulatedRun fixed = Simulation(GetParam().model, 1).run({.changes = 10'000}, most);
    EXPECT_LE(run.most_in_flight, most);
    EXPECT_GE(run.rate(), 0.88 * fixed.rate()) << most;
  }
}

std::string name_of(const testing::TestParamInfo<Case>& tested) { return tested.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Servers, LimiterSimulation,
    testing::Values(Case{"MdbLoopback", slapd(20)}, Case{"Mdb1Ms", slapd(1020)},
                    Case{"Mdb5Ms", slapd(5020)}, Case{"Mdb10Ms", slapd(10'020)},
                    Case{"MdbSync", slapd_sync(20)}, Case{"OneWriterLoopback", samba(0)},
                    Case{"OneWriter1Ms", samba(1000)}, Case{"OneWriter5Ms", samba(5000)},
                    Case{"OneWriter10Ms", samba(10'000)}, Case{"Workers1Ms", workers(1000)},
                    Case{"Workers10Ms", workers(10'000)}),
    name_of);

}  // namespace
}  // namespace trueup
