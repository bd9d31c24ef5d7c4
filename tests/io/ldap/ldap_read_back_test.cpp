// SPDX-License-Identifier: Apache-2.0
// LdapWriter::read(): what an object holds, asked for among the modifies.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "io/ldap/ldap_writer.h"
#include "tests/io/ldap/ldap_changes.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

using std::chrono::milliseconds;

TEST(LdapReadBackSlapd, ReadsWhatAnObjectHoldsNow) {
  const Slapd slapd({.ldif = user_ldif(1,
                                       "proxyAddresses: SMTP:a@x\nproxyAddresses: smtp:b@x\n"
                                       "mail: a@x\nextensionAttribute1: not asked for\n") +
                             user_ldif(2, "")});
  LdapWriter writer(slapd.plain(), {});
  Changes changes;
  // Only the edited attributes count, not what is to become of them.
  writer.read(
      changes.add(1, {{Attribute::kMail, {"x"}, {}}, {Attribute::kProxyAddresses, {}, {"y"}}}));
  writer.read(changes.add(2, {{Attribute::kMail, {}, {"x"}}}));
  writer.read(changes.add(9, {{Attribute::kMail, {}, {"x"}}}));
  EXPECT_EQ(writer.in_flight(), 3U);
  std::map<std::uint32_t, WriterAnswer> outcomes;
  for (WriterAnswer& outcome : wait_for_all(writer)) outcomes[outcome.number] = std::move(outcome);
  ASSERT_EQ(outcomes.size(), 3U);
  std::multiset<std::pair<int, std::string>> held;
  for (const HeldValue& v : outcomes[1].values) held.emplace(index(v.attribute), v.bytes);
  EXPECT_EQ(held, (std::multiset<std::pair<int, std::string>>{
                      {index(Attribute::kMail), "a@x"},
                      {index(Attribute::kProxyAddresses), "SMTP:a@x"},
                      {index(Attribute::kProxyAddresses), "smtp:b@x"}}));
  EXPECT_EQ(outcomes[1].request, WriterAnswer::Request::kRead);
  EXPECT_GT(outcomes[1].latency.count(), 0);
  EXPECT_EQ(outcomes[2].result_code, 0);
  EXPECT_TRUE(outcomes[2].values.empty());
  EXPECT_EQ(outcomes[3].result_code, 32);
}

TEST(LdapReadBackSlapd, ReadsAndModifiesShareTheWindow) {
  constexpr int kUsers = 200;
  std::string ldif;
  for (int i = 0; i < kUsers; ++i) ldif += user_ldif(i, "extensionAttribute1: old\n");
  const Slapd slapd({.ldif = ldif});
  LdapWriter writer(slapd.plain(), {.connections = 2, .max_in_flight = 8});
  Changes changes;
  std::vector<WriterAnswer> outcomes;
  for (int i = 0; i < kUsers;) {
    for (; i < kUsers && writer.has_room(); ++i) {
      const Change& change = changes.add(i, {{kFirst, {"old"}, {"new"}}});
      if (i % 2 == 0) {
        writer.submit(change);
      } else {
        writer.read(change);
      }
    }
    EXPECT_LE(writer.in_flight(), 16U);
    writer.poll(milliseconds(100), outcomes);
  }
  std::ranges::move(wait_for_all(writer), std::back_inserter(outcomes));
  ASSERT_EQ(outcomes.size(), static_cast<std::size_t>(kUsers));
  for (const WriterAnswer& outcome : outcomes) {
    EXPECT_EQ(outcome.result_code, 0) << outcome.message;
    const bool is_read = outcome.request == WriterAnswer::Request::kRead;
    EXPECT_EQ(is_read, outcome.number % 2 == 0);  // numbers count from 1
    ASSERT_EQ(outcome.values.size(), is_read ? 1U : 0U);
    if (is_read) {
      EXPECT_EQ(outcome.values.front().bytes, "old");
    }
  }
}

/// Answers of many TLS records each, some of which end within a record: what TLS has taken off the
/// socket already must not wait for the socket's next event.
TEST(LdapReadBackSlapd, LargeAnswersOverTlsAreNotWaitedForTwice) {
  constexpr int kUsers = 40;
  std::string ldif;
  for (int i = 0; i < kUsers; ++i) {
    std::string values;
    for (int k = 0; k < 100 + 37 * i; ++k) {
      values += "proxyAddresses: smtp:" + std::to_string(k) + "@" + std::string(40, 'x') + "\n";
    }
    ldif += user_ldif(i, values);
  }
  const Slapd slapd({.ldif = ldif, .tls = true});
  LdapWriter writer(slapd.tls(), {.connections = 2, .max_in_flight = 16});
  Changes changes;
  const auto start = std::chrono::steady_clock::now();
  std::vector<WriterAnswer> outcomes;
  for (int i = 0; i < kUsers || writer.in_flight() > 0;) {
    for (; i < kUsers && writer.has_room(); ++i) {
      writer.read(changes.add(i, {{Attribute::kProxyAddresses, {}, {"x"}}}));
    }
    writer.poll(milliseconds(50'000), outcomes);  // one that waits in vain takes all of it
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(40));
  ASSERT_EQ(outcomes.size(), static_cast<std::size_t>(kUsers));
  for (const WriterAnswer& outcome : outcomes) {
    EXPECT_EQ(outcome.result_code, 0) << outcome.message;
    EXPECT_EQ(outcome.values.size(), 100 + 37 * (outcome.number - 1));
  }
}

}  // namespace
}  // namespace trueup
