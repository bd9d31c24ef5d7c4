// SPDX-License-Identifier: Apache-2.0
// A directory that is busy, unavailable, moved in part, not bound any more, half down: what is one
// object's is a reject, what is the server's is waited for, and a read is never given up for "not
// now".
#include <atomic>
#include <mutex>

#include "tests/cli/small_tenant.h"
#include "tests/support/servers/ldap_faults.h"

namespace trueup::cli {
namespace {

using Fault = LdapFaults::Fault;
using Operation = LdapFaults::Operation;
using Request = LdapFaults::Request;
using MaybeFault = std::optional<Fault>;

constexpr int kMailboxes = 60;

class CliServerFaultsSlapd : public SmallTenant {
 protected:
  void SetUp() override {
    mailboxes(kMailboxes);
    start();
    faults_ = std::make_unique<LdapFaults>(slapd_->port());
  }

  Arguments at(const std::string& urls) const {
    const LdapOptions options = slapd_->plain();
    return {"--ad",
            urls,
            "--base",
            options.base_dn,
            "--bind-dn",
            options.bind_dn,
            "--password-file",
            options.password_file,
            "--allow-plaintext",
            "--no-progress"};
  }
  ProcessResult apply_at(const std::string& urls, const Arguments& more = {}) const {
    return trueup(Arguments{"apply"} + at(urls) + in_store() + more);
  }
  std::set<int> all() const {
    std::set<int> numbers;
    for (int n = 1; n <= kMailboxes; ++n) numbers.insert(n);
    return numbers;
  }
  /// Each search is answered so the first `times` times; by what is asked for.
  LdapFaults::Choose first_searches(int times, const std::vector<Fault>& in_turn) {
    auto seen = std::make_shared<std::map<std::string, int>>();
    auto mutex = std::make_shared<std::mutex>();
    return [=](const Request& request) -> MaybeFault {
      if (request.operation != Operation::kSearch) return {};
      const std::scoped_lock lock(*mutex);
      const int before = (*seen)[request.target]++;
      if (before >= times) return {};
      return in_turn[static_cast<std::size_t>(before) % in_turn.size()];
    };
  }

  std::unique_ptr<LdapFaults> faults_;
};

TEST_F(CliServerFaultsSlapd, AMovedObjectIsARejectAndAResumeGoesPastIt) {
  plan();
  faults_->choose([](const Request& request) -> MaybeFault {
    if (request.operation != Operation::kModify) return {};
    if (folded_dn(request.target) != folded_dn(user_dn(3))) return {};
    return Fault{.code = 10, .message = "0000202B: RefErr: DSID-0310070A, data 0, 1 access points"};
  });
  const ProcessResult applied = apply_at(faults_->url());
  EXPECT_EQ(applied.exit_code, kSomeRejected) << applied.out << applied.err;
  std::set<int> rest = all();
  rest.erase(3);
  EXPECT_EQ(written(kMailboxes), rest);
  EXPECT_NE(reject(1, 3).comment("detail").find("load AD and plan again"), std::string::npos);
  EXPECT_TRUE(tells(apply_at(faults_->url(), {"--resume", "1"}), kUsage, {"run 1"}));
}

TEST_F(CliServerFaultsSlapd, ABindThatIsGoneIsMadeAgain) {
  plan();
  std::atomic<int> modifies = 0;
  std::atomic<bool> bound = true;
  faults_->choose([&](const Request& request) -> MaybeFault {
    if (request.operation == Operation::kBind) bound = true;
    if (request.operation != Operation::kModify) return {};
    if (++modifies == 20 || modifies == 40) bound = false;
    if (bound) return {};
    return Fault{.code = 1,
                 .message =
                     "000004DC: LdapErr: DSID-0C090A69, comment: In order to perform "
                     "this operation a successful bind must be completed"};
  });
  const ProcessResult applied = apply_at(faults_->url());
  EXPECT_EQ(applied.exit_code, kDone) << applied.out << applied.err;
  EXPECT_EQ(written(kMailboxes), all());
}

TEST_F(CliServerFaultsSlapd, ReadsThatAreBusyAreAskedAgain) {
  plan();
  faults_->choose(
      first_searches(2, {{.code = 51, .message = "busy"}, {.code = 52, .message = "unavailable"}}));
  const ProcessResult applied = apply_at(faults_->url());
  EXPECT_EQ(applied.exit_code, kDone) << applied.out << applied.err;
  EXPECT_EQ(written(kMailboxes), all());
  EXPECT_NE(applied.err.find("waiting: "), std::string::npos) << applied.err;
  EXPECT_NE(applied.out.find("verified 60 changes, 0 do not hold"), std::string::npos)
      << applied.out;
  faults_->choose(first_searches(2, {{.code = 3, .message = "time limit"}}));
  const ProcessResult verified = trueup(Arguments{"verify"} + at(faults_->url()) + in_store());
  EXPECT_EQ(verified.exit_code, kDone) << verified.out << verified.err;
}

TEST_F(CliServerFaultsSlapd, ReadsWhoseConnectionIsLostAreAskedAgain) {
  plan();
  faults_->choose(first_searches(1, {{.kind = Fault::Kind::kClose}}));
  const ProcessResult applied = apply_at(faults_->url());
  EXPECT_EQ(applied.exit_code, kDone) << applied.out << applied.err;
  EXPECT_EQ(written(kMailboxes), all());
  faults_->choose(first_searches(1, {{.kind = Fault::Kind::kClose}}));
  const ProcessResult verified = trueup(Arguments{"verify"} + at(faults_->url()) + in_store());
  EXPECT_EQ(verified.exit_code, kDone) << verified.out << verified.err;
}

TEST_F(CliServerFaultsSlapd, ALiveReadGoesOnAndReadsTheSame) {
  const auto digest = [&](const std::string& url, const std::string& store) {
    const ProcessResult loaded =
        trueup(Arguments{"load", "--json", "--store", folder_ / store} + cloud_.inputs() + at(url));
    EXPECT_EQ(loaded.exit_code, kDone) << loaded.out << loaded.err;
    return loaded.exit_code == kDone
               ? Json::parse(loaded.out).at("ad").at("digest").get<std::string>()
               : loaded.err;
  };
  const std::string whole = digest(slapd_->plain().urls.front(), "whole");
  faults_->choose(
      first_searches(2, {{.code = 51, .message = "busy"}, {.code = 3, .message = "time limit"}}));
  EXPECT_EQ(digest(faults_->url(), "busy"), whole);
  faults_->choose(first_searches(2, {{.kind = Fault::Kind::kClose}}));
  EXPECT_EQ(digest(faults_->url(), "lost"), whole);
  EXPECT_GT(faults_->faults(), 3U);
}

TEST_F(CliServerFaultsSlapd, TheNextOfTheListIsTaken) {
  const std::string well = slapd_->plain().urls.front();
  const auto at_the_bind = [](Fault fault) {
    return [fault](const Request& request) -> MaybeFault {
      return request.operation == Operation::kBind ? MaybeFault(fault) : MaybeFault();
    };
  };
  const auto at_the_root = [](Fault fault) {
    return [fault](const Request& request) -> MaybeFault {
      const bool root = request.operation == Operation::kSearch && request.target.empty();
      return root ? MaybeFault(fault) : MaybeFault();
    };
  };
  for (const LdapFaults::Choose& trouble :
       {LdapFaults::Choose(at_the_bind({.code = 51, .message = "busy"})),
        LdapFaults::Choose(at_the_bind({.code = 52, .message = "unavailable"})),
        LdapFaults::Choose(at_the_bind({.kind = Fault::Kind::kClose})),
        LdapFaults::Choose(at_the_root({.code = 52, .message = "unavailable"})),
        LdapFaults::Choose(at_the_root({.code = 1, .message = "operations error"})),
        LdapFaults::Choose(at_the_root({.kind = Fault::Kind::kClose}))}) {
    faults_->choose(trouble);
    const ProcessResult checked = trueup(Arguments{"load", "--json", "--store", folder_ / "list"} +
                                         cloud_.inputs() + at(faults_->url() + "," + well));
    EXPECT_EQ(checked.exit_code, kDone) << checked.err;
    EXPECT_NE(checked.err.find("goes on with " + well), std::string::npos) << checked.err;
  }
}

// What was read of one is not written to another, which may lag.
TEST_F(CliServerFaultsSlapd, WhatWasReadIsWrittenTo) {
  std::atomic<int> searches = 0, modifies = 0;
  faults_->choose([&](const Request& request) -> MaybeFault {
    modifies += request.operation == Operation::kModify;
    // Busy at first, and well when it comes to writing.
    const bool root = request.operation == Operation::kSearch && request.target.empty();
    if (!root || ++searches > 3) return {};
    return Fault{.code = 52, .message = "unavailable"};
  });
  const Arguments planning =
      cloud_.inputs() + in_store() + at(faults_->url() + "," + slapd_->plain().urls.front());
  const ProcessResult ran = nightly_run(folder_, planning);
  EXPECT_EQ(ran.exit_code, kDone) << ran.out << ran.err;
  EXPECT_EQ(written(kMailboxes), all());
  EXPECT_EQ(modifies, 0);
}

// Silence is bounded by the ten seconds of a connection.
TEST_F(CliServerFaultsSlapd, ASilentOneIsPassedOver) {
  faults_->choose([](const Request& request) -> MaybeFault {
    if (request.operation != Operation::kBind) return {};
    return Fault{.kind = Fault::Kind::kSilence};
  });
  const auto begun = std::chrono::steady_clock::now();
  const ProcessResult loaded =
      trueup(Arguments{"load", "--json", "--store", folder_ / "silent"} + cloud_.inputs() +
             at(faults_->url() + "," + slapd_->plain().urls.front()));
  EXPECT_EQ(loaded.exit_code, kDone) << loaded.err;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(50));
}

TEST_F(CliServerFaultsSlapd, ARefusedAccountIsNotTriedElsewhere) {
  LdapFaults other(slapd_->port());
  std::atomic<int> binds = 0;
  other.choose([&](const Request& request) -> MaybeFault {
    binds += request.operation == Operation::kBind;
    return {};
  });
  faults_->choose([](const Request& request) -> MaybeFault {
    if (request.operation != Operation::kBind) return {};
    return Fault{.code = 49,
                 .message =
                     "80090308: LdapErr: DSID-0C090439, comment: "
                     "AcceptSecurityContext error, data 52e, v4563"};
  });
  const ProcessResult loaded = trueup(Arguments{"load", "--store", folder_ / "refused"} +
                                      cloud_.inputs() + at(faults_->url() + "," + other.url()));
  EXPECT_EQ(loaded.exit_code, kFailed) << loaded.err;
  EXPECT_EQ(binds, 0);
}

TEST_F(CliServerFaultsSlapd, OneThatStaysBrokenStopsTheRunAndAResumeEndsIt) {
  plan();
  std::atomic<int> modifies = 0;
  faults_->choose([&](const Request& request) -> MaybeFault {
    if (request.operation != Operation::kModify || ++modifies <= 20) return {};
    return Fault{.code = 80,
                 .message =
                     "000020EF: SvcErr: DSID-02080490, problem 5012 (DIR_ERROR), "
                     "data -1069"};
  });
  const ProcessResult stopped = apply_at(faults_->url(), {"--outage-wait", "2"});
  EXPECT_EQ(stopped.exit_code, kStoppedEarly) << stopped.out << stopped.err;
  EXPECT_NE((stopped.out + stopped.err).find("data -1069"), std::string::npos) << stopped.out;
  EXPECT_EQ(written(kMailboxes).size(), 20U);
  faults_->choose({});
  const ProcessResult resumed = apply_at(faults_->url(), {"--resume", "1"});
  EXPECT_EQ(resumed.exit_code, kDone) << resumed.out << resumed.err;
  EXPECT_EQ(written(kMailboxes), all());
}

// The cloud cannot be read; the server of the other side would keep us for minutes.
TEST_F(CliServerFaultsSlapd, AFailureOfOneSideEndsTheOther) {
  faults_->choose([](const Request& request) -> MaybeFault {
    if (request.operation != Operation::kSearch || request.target.empty()) return {};
    return Fault{.kind = Fault::Kind::kSilence};
  });
  const auto begun = std::chrono::steady_clock::now();
  const ProcessResult loaded = trueup(Arguments{"load", "--store", folder_ / "half", "--graph",
                                                folder_.write("g.json", "{"), "--threads", "2"} +
                                      at(faults_->url()));
  EXPECT_EQ(loaded.exit_code, kFailed) << loaded.err;
  EXPECT_NE(loaded.err.find("g.json"), std::string::npos) << loaded.err;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
}

// A signal ends the waiting for a server at once.
TEST_F(CliServerFaultsSlapd, ASignalEndsTheWaiting) {
  faults_->choose([](const Request& request) -> MaybeFault {
    if (request.operation != Operation::kSearch || request.target.empty()) return {};
    return Fault{.kind = Fault::Kind::kSilence};
  });
  Process loading(Arguments{TRUEUP_BINARY, "load", "--store", folder_ / "signal"} +
                  cloud_.inputs() + at(faults_->url()));
  while (faults_->faults() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const auto begun = std::chrono::steady_clock::now();
  loading.signal(SIGTERM);
  const ProcessResult ended = loading.wait();
  EXPECT_EQ(ended.exit_code, kStoppedEarly) << ended.err;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
}

}  // namespace
}  // namespace trueup::cli
