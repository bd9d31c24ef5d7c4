// SPDX-License-Identifier: Apache-2.0
// Reads of a server that is busy, that forgets the cookie of a paged search, or that loses the
// connection: the same in the end as from one that is well.
#include "io/ldap/session/patient_search.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>

#include "io/ldap/live_ad.h"
#include "tests/support/servers/ldap_faults.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

using Fault = LdapFaults::Fault;
using Request = LdapFaults::Request;

constexpr int kUsers = 95;

std::string users_ldif() {
  std::string ldif;
  for (int n = 0; n < kUsers; ++n) ldif += user_ldif(n, "mail: u" + std::to_string(n) + "@x\n");
  return ldif;
}

struct NamesOf : AdEntrySink {
  void on_entry(const AdEntry& entry, std::uint64_t) override {
    names.insert(std::string(entry.dn));
  }
  std::set<std::string> names;
};

class PatientSearchSlapd : public testing::Test {
 protected:
  PatientSearchSlapd() : slapd_({.ldif = users_ldif()}), faults_(slapd_.port()) {}

  std::set<std::string> read(const std::string& url) {
    LdapOptions server = slapd_.plain();
    server.urls = {url};
    server.notice.say = [this](const std::string& why) {
      const std::scoped_lock lock(mutex_);
      said_ += why + "\n";
    };
    LiveReadOptions options;
    options.reader.page_size = 10;
    LiveAd live(server, options);
    NamesOf sink;
    live.read_all(sink);
    return sink.names;
  }

  Slapd slapd_;
  LdapFaults faults_;
  std::mutex mutex_;
  std::string said_;
};

TEST_F(PatientSearchSlapd, ALostCookieBeginsTheSearchAgain) {
  const std::set<std::string> whole = read(slapd_.plain().urls.front());
  for (const int code : {53, 12}) {
    std::atomic<int> pages = 0;
    faults_.choose([&](const Request& request) -> std::optional<Fault> {
      if (request.operation != LdapFaults::Operation::kSearch || request.target.empty()) return {};
      const int page = ++pages;
      if (page != 5 && page != 9) return {};
      return Fault{.code = code, .message = "paged results cookie is invalid"};
    });
    EXPECT_EQ(read(faults_.url()), whole) << code;
    EXPECT_NE(said_.find("cookie is invalid"), std::string::npos) << said_;
  }
}

// On the first page it is an answer.
TEST_F(PatientSearchSlapd, ARefusalOfTheSearchIsToldAtOnce) {
  std::atomic<int> searches = 0;
  faults_.choose([&](const Request& request) -> std::optional<Fault> {
    if (request.operation != LdapFaults::Operation::kSearch || request.target.empty()) return {};
    if (++searches <= 2) return {};  // the base, twice
    return Fault{.code = 53, .message = "not for you"};
  });
  EXPECT_THROW(read(faults_.url()), DirectoryError);
  EXPECT_EQ(said_, "");
}

TEST_F(PatientSearchSlapd, BusyAndLostConnectionsAreWaitedFor) {
  const std::set<std::string> whole = read(slapd_.plain().urls.front());
  std::atomic<int> at = 0;
  faults_.choose([&](const Request& request) -> std::optional<Fault> {
    if (request.operation != LdapFaults::Operation::kSearch) return {};
    const int n = ++at;
    if (n == 2 || n == 5) return Fault{.code = 51, .message = "busy"};
    if (n == 3 || n == 9) return Fault{.kind = Fault::Kind::kClose};
    return {};
  });
  EXPECT_EQ(read(faults_.url()), whole);
}

TEST(ReadPauses, AreFewAndGrow) {
  ReadPauses pauses;
  std::chrono::milliseconds sum{0}, last{0};
  int count = 0;
  while (const auto pause = pauses.next()) {
    EXPECT_GE(*pause, last);
    last = *pause;
    sum += *pause;
    ++count;
  }
  EXPECT_EQ(count, ReadPauses::kMost);
  EXPECT_LT(sum, std::chrono::seconds(60));
}

TEST(WaitNotice, ASignalEndsTheWaiting) {
  std::atomic<bool> stop = false;
  std::string said;
  const WaitNotice notice{.say = [&](const std::string& why) { said = why; },
                          .stopped = [&] { return stop.load(); }};
  notice.wait(std::chrono::milliseconds(1), "busy");
  EXPECT_EQ(said, "busy; tries again in 1 ms");
  stop = true;
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_THROW(notice.wait(std::chrono::minutes(1), "busy"), StopError);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
  EXPECT_NO_THROW(WaitNotice{}.wait(std::chrono::milliseconds(1), "nobody listens"));
}

}  // namespace
}  // namespace trueup
