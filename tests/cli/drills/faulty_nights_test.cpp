// SPDX-License-Identifier: Apache-2.0
// Thirty nights on which both services have trouble: a Graph that throttles, fails and hangs up,
// and a directory that is busy, unavailable, hangs up, or has lost objects to another domain, each
// on one request in twenty. No night needs a hand; each reads what a fresh read of well services
// gives, and in the end nothing is left to be written.
#include <gtest/gtest.h>

#include <filesystem>
#include <mutex>
#include <random>
#include <set>

#include "tests/cli/drills/drill_table.h"
#include "tests/cli/live_graph.h"
#include "tests/cli/slapd_tenant.h"
#include "tests/support/servers/ldap_faults.h"

namespace trueup::drills {
namespace {

using cli::Arguments;
using cli::Json;
using cli::operator+;
using Fault = LdapFaults::Fault;

constexpr int kMailboxes = 600;
constexpr int kNights = 30;
constexpr int kChanges = 200;  // in the cloud, before each night
constexpr double kRate = 0.05;

/// One request in twenty, whatever it asks for; and one object in twenty, a night long.
class Trouble {
 public:
  explicit Trouble(unsigned night) : random_(night), night_(night) {}

  std::optional<Fault> operator()(const LdapFaults::Request& request) {
    const std::scoped_lock lock(mutex_);
    if (request.operation == LdapFaults::Operation::kModify && is_moved(request.target)) {
      return Fault{.code = 10,
                   .message = "0000202B: RefErr: DSID-0310070A, data 0, 1 access points"};
    }
    if (std::uniform_real_distribution<>(0, 1)(random_) >= kRate) return {};
    switch (random_() % 3) {
      case 0: return Fault{.code = 51, .message = "busy"};
      case 1: return Fault{.code = 52, .message = "unavailable"};
      default: return Fault{.kind = Fault::Kind::kClose};
    }
  }

 private:
  bool is_moved(const std::string& dn) const {
    return std::hash<std::string>()(dn + std::to_string(night_)) % 20 == 0;
  }

  std::mutex mutex_;
  std::mt19937 random_;
  const unsigned night_;
};

int count_of(const std::string& text, std::string_view what) {
  int n = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}

class FaultyNights {
 public:
  FaultyNights()
      : tenant_(cli::make_tenant(folder_, "tenant", kMailboxes,
                                 {"--feeds", "ad", "--ldif-style", "ldapsearch"})),
        graph_(kMailboxes),
        slapd_({.ldif = read_file(tenant_.ad), .lifetime = 3000}),
        faults_(slapd_.port()) {}

  /// Both sides read by a store that has never seen them, from services that are well.
  Json fresh() {
    const std::string store = folder_ / "fresh";
    std::filesystem::remove_all(store);
    const Json read =
        cli::trueup_json(Arguments{"load", "--store", store} + graph_.reach() +
                         Arguments{"--graph-read", "sequential"} + directory(slapd_.port()));
    return read;
  }

  /// The nightly job, and a line of the table.
  int night(int number) {
    SCOPED_TRACE("night " + std::to_string(number));
    graph_.change(kChanges, number);
    const Json fresh = this->fresh();
    const auto trouble = std::make_shared<Trouble>(static_cast<unsigned>(number));
    faults_.choose([trouble](const LdapFaults::Request& request) { return (*trouble)(request); });
    graph_.service().post(
        "/sim/faults",
        {{"rate", kRate},
         {"kinds", Json::array({"429", "503", "504", "cut", "bad-json", "401", "reset"})},
         {"seed", number},
         {"retry_after", "1"}});
    const std::uint64_t before = faults_.faults(), graph_before = graph_faults();
    const ProcessResult ended = run();
    faults_.choose({});
    graph_.service().post("/sim/faults", {{"clear", true}});
    const Json report = Json::parse(ended.out, nullptr, /*allow_exceptions=*/false);
    EXPECT_TRUE(ended.exit_code == 0 || ended.exit_code == 4) << ended.exit_code << ended.err;
    if (!report.is_object()) return ended.exit_code;
    for (const char* side : {"cloud", "ad"}) {
      EXPECT_EQ(report.at(side).at("digest"), fresh.at(side).at("digest")) << side;
    }
    const Json applied = report.value("applied", Json::object());
    std::string line = "|";
    for (const std::uint64_t figure :
         {static_cast<std::uint64_t>(number), graph_faults() - graph_before,
          faults_.faults() - before, static_cast<std::uint64_t>(count_of(ended.err, "waiting: ")),
          applied.value("done", std::uint64_t{0}), applied.value("rejected", std::uint64_t{0}),
          applied.value("reconnects", std::uint64_t{0}),
          static_cast<std::uint64_t>(ended.exit_code)}) {
      line += " " + std::to_string(figure) + " |";
    }
    record_line(line);
    return ended.exit_code;
  }

  ProcessResult run() const {
    return cli::trueup(Arguments{"run", "--json", "--store", folder_ / "store"} + planning() +
                       cli::open_guards());
  }
  ProcessResult first_plan_and_apply() const {
    const ProcessResult planned = cli::trueup(Arguments{"plan", "--store", folder_ / "store"} +
                                              planning() + cli::open_guards());
    if (planned.exit_code != 0) return planned;
    return cli::trueup(Arguments{"apply", "--store", folder_ / "store"} +
                       directory(faults_.port()));
  }
  /// What is still to be written, by a fresh read of both sides.
  Json left() {
    std::filesystem::remove_all(folder_ / "last");
    return cli::trueup_json(Arguments{"plan", "--store", folder_ / "last"} + graph_.reach() +
                            Arguments{"--scope", "synced"} + directory(slapd_.port()) +
                            cli::open_guards());
  }

 private:
  std::uint64_t graph_faults() const {
    std::uint64_t sum = 0;
    const Json counts = graph_.service().get("/sim/counts");
    for (const auto& [what, count] : counts.items()) {
      if (what.starts_with("fault-")) sum += count.get<std::uint64_t>();
    }
    return sum;
  }
  Arguments directory(int port) const {
    const LdapOptions options = slapd_.plain();
    return {"--ad",
            "ldap://127.0.0.1:" + std::to_string(port),
            "--base",
            options.base_dn,
            "--bind-dn",
            options.bind_dn,
            "--password-file",
            options.password_file,
            "--allow-plaintext"};
  }
  Arguments planning() const {
    return graph_.reach() + Arguments{"--scope", "synced"} + directory(faults_.port());
  }

  TempFolder folder_;
  cli::Tenant tenant_;
  mutable cli::LiveGraph graph_;
  Slapd slapd_;
  LdapFaults faults_;
};

TEST(FaultyNightsSlapd, ThirtyNights) {
  FaultyNights nights;
  const ProcessResult begun = nights.first_plan_and_apply();
  ASSERT_TRUE(begun.exit_code == 0 || begun.exit_code == 4) << begun.out << begun.err;
  record_line(
      "\n| night | Graph faults | directory faults | waits told | written | rejected | reconnects "
      "| exit |\n"
      "|---|---|---|---|---|---|---|---|");
  for (int n = 1; n <= kNights && !testing::Test::HasFailure(); ++n) nights.night(n);
  // A quiet night writes what the moved objects were spared.
  const ProcessResult quiet = nights.run();
  EXPECT_TRUE(quiet.exit_code == 0 || quiet.exit_code == 4) << quiet.err;
  const Json left = nights.left();
  EXPECT_EQ(left.at("plan").at("mailboxes"), 0) << left.dump(2);
}

}  // namespace
}  // namespace trueup::drills
