// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/ldap_writer.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "io/dry_run_writer.h"
#include "io/ldap/directory_schema.h"
#include "io/ldap/modify_list.h"
#include "snapshots/model/errors.h"
#include "tests/io/ldap/ldap_changes.h"
#include "tests/support/servers/ldap_stub.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

using std::chrono::milliseconds;

TEST(LdapWriterSlapd, SendsDeletesThenAddsInOneModify) {
  const Slapd slapd({.ldif = user_ldif(1,
                                       "proxyAddresses: SMTP:old@x\nproxyAddresses: smtp:new@x\n"
                                       "mail: old@x\n")});
  LdapWriter writer(slapd.plain(), {});
  Changes changes;
  // A swap of the primary: the directory takes SMTP:a and smtp:a as the same value.
  const WriterAnswer outcome =
      write(writer, changes.add(1, {{Attribute::kMail, {"old@x"}, {"new@x"}},
                                    {Attribute::kProxyAddresses,
                                     {"SMTP:old@x", "smtp:new@x"},
                                     {"SMTP:new@x", "smtp:old@x"}},
                                    {kFirst, {}, {"one"}}}));
  EXPECT_EQ(outcome.result_code, 0) << outcome.message;
  EXPECT_EQ(outcome.number, 1U);
  EXPECT_GT(outcome.latency.count(), 0);
  EXPECT_EQ(read(slapd, 1, Attribute::kProxyAddresses), (Values{"SMTP:new@x", "smtp:old@x"}));
  EXPECT_EQ(read(slapd, 1, Attribute::kMail), (Values{"new@x"}));
  EXPECT_EQ(read(slapd, 1, kFirst), (Values{"one"}));
}

TEST(LdapWriterSlapd, AStaleOldValueStopsTheWholeModify) {
  const Slapd slapd({.ldif = user_ldif(1, "extensionAttribute1: theirs\nmail: a@x\n")});
  LdapWriter writer(slapd.plain(), {});
  Changes changes;
  const WriterAnswer outcome = write(
      writer, changes.add(1, {{Attribute::kMail, {"a@x"}, {"b@x"}}, {kFirst, {"ours"}, {"new"}}}));
  EXPECT_TRUE(outcome.answered);
  EXPECT_EQ(outcome.result_code, 16);
  EXPECT_NE(outcome.message, "");
  EXPECT_EQ(read(slapd, 1, Attribute::kMail), (Values{"a@x"}));
  EXPECT_EQ(write(writer, changes.add(1, {{Attribute::kMail, {}, {"A@X"}}})).result_code, 20);
  EXPECT_EQ(write(writer, changes.add(9, {{Attribute::kMail, {}, {"A@X"}}})).result_code, 32);
}

TEST(LdapWriterSlapd, AnswersEachOfManyInFlight) {
  constexpr int kUsers = 300;
  constexpr int kRounds = 7;
  std::string ldif;
  for (int i = 0; i < kUsers; ++i) ldif += user_ldif(i, "extensionAttribute1: 0\n");
  const Slapd slapd({.ldif = ldif});
  LdapWriter writer(slapd.plain(), {.connections = 3, .max_in_flight = 20});
  Changes changes;
  std::set<std::uint32_t> answered;
  std::size_t most = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<WriterAnswer> outcomes;
    const std::string_view before = changes.keep(std::to_string(round));
    const std::string_view after = changes.keep(std::to_string(round + 1));
    for (int i = 0; i < kUsers;) {
      for (; i < kUsers && writer.has_room(); ++i) {
        writer.submit(changes.add(i, {{kFirst, {before}, {after}}}));
      }
      most = std::max(most, writer.in_flight());
      writer.poll(milliseconds(100), outcomes);
    }
    std::ranges::move(wait_for_all(writer), std::back_inserter(outcomes));
    for (const WriterAnswer& outcome : outcomes) {
      EXPECT_EQ(outcome.result_code, 0) << outcome.message;
      EXPECT_TRUE(answered.insert(outcome.number).second);
    }
  }
  EXPECT_EQ(answered.size(), static_cast<std::size_t>(kUsers * kRounds));
  EXPECT_EQ(most, 60U);
  EXPECT_EQ(read(slapd, 299, kFirst), (Values{"7"}));
}

TEST(LdapWriterSlapd, WorksOverTls) {
  const Slapd slapd({.ldif = user_ldif(1, "") + user_ldif(2, ""), .tls = true});
  LdapWriter writer(slapd.tls(), {.connections = 2, .max_in_flight = 8});
  Changes changes;
  for (int i = 1; i <= 2; ++i) writer.submit(changes.add(i, {{kFirst, {}, {"v"}}}));
  const std::vector<WriterAnswer> outcomes = wait_for_all(writer);
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[0].result_code + outcomes[1].result_code, 0);
}

TEST(LdapWriterSlapd, AddressesAnAdByGuid) {
  Slapd::Options options{.ldif = user_ldif(1, "")};
  options.global_config = "rootDSE @DIR@/root.ldif\n";
  options.files["root.ldif"] = "dn:\nsupportedCapabilities: 1.2.840.113556.1.4.800\n";
  const Slapd slapd(options);
  LdapWriter writer(slapd.plain(), {});
  Changes changes;
  Change& change = changes.add(1, {{kFirst, {}, {"v"}}});
  change.object_guid.octets[0] = 1;
  // slapd does not know this form of a name: invalidDNSyntax. It would know the DN.
  EXPECT_EQ(write(writer, change).result_code, 34);
  change.object_guid = {};
  EXPECT_EQ(write(writer, change).result_code, 0);
}

TEST(LdapWriterSlapd, WhatAKilledServerDidNotAnswerIsUnknown) {
  std::string ldif;
  for (int i = 0; i < 40; ++i) ldif += user_ldif(i, "");
  const Slapd slapd({.ldif = ldif});
  LdapWriter writer(slapd.plain(), {.connections = 2, .max_in_flight = 20});
  Changes changes;
  slapd.signal(SIGSTOP);
  for (int i = 0; i < 40; ++i) writer.submit(changes.add(i, {{kFirst, {}, {"v"}}}));
  EXPECT_FALSE(writer.has_room());
  slapd.signal(SIGKILL);
  const std::vector<WriterAnswer> outcomes = wait_for_all(writer);
  EXPECT_EQ(outcomes.size(), 40U);
  for (const WriterAnswer& outcome : outcomes) EXPECT_FALSE(outcome.answered);
  EXPECT_NE(outcomes.front().message, "");
  EXPECT_FALSE(writer.has_room());
  EXPECT_EQ(writer.connections(), 0U);
  EXPECT_EQ(writer.lost_connections(), 2U);
  std::vector<WriterAnswer> more;
  writer.poll(milliseconds(600'000), more);  // nothing to wait for: returns at once
  EXPECT_TRUE(more.empty());
}

TEST(LdapWriterSlapd, WhatAServerAnsweredBeforeItDiedCounts) {
  std::string ldif;
  for (int i = 0; i < 20; ++i) ldif += user_ldif(i, "");
  const Slapd slapd({.ldif = ldif});
  LdapWriter writer(slapd.plain(), {.connections = 1, .max_in_flight = 20});
  Changes changes;
  std::vector<WriterAnswer> outcomes;
  writer.submit(changes.add(0, {{kFirst, {}, {"v"}}}));
  writer.poll(milliseconds(5000), outcomes);
  for (int i = 1; i < 10; ++i) writer.submit(changes.add(i, {{kFirst, {}, {"v"}}}));
  // Stopped only when all are applied; what came back lies unread in the socket.
  for (int i = 1; i < 10; ++i) {
    while (read(slapd, i, kFirst).empty()) {
    }
  }
  slapd.signal(SIGKILL);
  // The first of these finds the connection closed, the next find it broken.
  for (int i = 10; i < 20 && writer.has_room(); ++i) {
    writer.submit(changes.add(i, {{kFirst, {}, {"v"}}}));
  }
  std::ranges::move(wait_for_all(writer), std::back_inserter(outcomes));
  std::set<std::uint32_t> answered;
  for (const WriterAnswer& outcome : outcomes) {
    if (outcome.answered) answered.insert(outcome.number);
  }
  EXPECT_GT(outcomes.size(), 10U);
  EXPECT_EQ(answered.size(), 10U);
  EXPECT_EQ(*answered.rbegin(), 10U);
}

TEST(LdapWriterSlapd, GivesUpAServerThatStaysSilent) {
  const Slapd slapd({.ldif = user_ldif(1, "")});
  LdapOptions options = slapd.plain();
  options.operation_timeout = milliseconds(300);
  LdapWriter writer(options, {.connections = 1, .max_in_flight = 4});
  Changes changes;
  slapd.signal(SIGSTOP);
  const WriterAnswer outcome = write(writer, changes.add(1, {{kFirst, {}, {"v"}}}));
  EXPECT_FALSE(outcome.answered);
  EXPECT_NE(outcome.message.find("no answer"), std::string::npos) << outcome.message;
}

TEST(LdapWriter, RefusesWindowsThatServersDoNotTake) {
  LdapOptions nowhere;
  EXPECT_THROW(LdapWriter(nowhere, {.connections = 4, .max_in_flight = 257}), UsageError);
  EXPECT_THROW(LdapWriter(nowhere, {.connections = 4, .max_in_flight = 0}), UsageError);
  EXPECT_THROW(LdapWriter(nowhere, {.connections = 0, .max_in_flight = 32}), UsageError);
}

TEST(LdapWriterSlapd, WaitsForItsAnswersBeforeItUnbinds) {
  constexpr int kUsers = 200;
  std::string ldif;
  for (int i = 0; i < kUsers; ++i) ldif += user_ldif(i, "");
  const Slapd slapd({.ldif = ldif});
  {
    LdapWriter writer(slapd.plain(), {.connections = 1, .max_in_flight = 256});
    Changes changes;
    for (int i = 0; i < kUsers; ++i) writer.submit(changes.add(i, {{kFirst, {}, {"v"}}}));
  }
  int written = 0;
  for (int i = 0; i < kUsers; ++i) written += read(slapd, i, kFirst).empty() ? 0 : 1;
  EXPECT_EQ(written, kUsers);
}

TEST(LdapWriter, DoesNotSendWhatADomainControllerWouldHangUpOn) {
  LdapStub stub(1500);
  LdapWriter writer(stub.options(), {.connections = 1, .max_in_flight = 2});
  Changes changes;
  // 10,485,760 bytes is the most that an AD takes; the second one is just above.
  const std::string_view fits = changes.keep(std::string(10'485'000, 'x'));
  const std::string_view too_long = changes.keep(std::string(10'485'760, 'x'));
  EXPECT_EQ(write(writer, changes.add(1, {{kFirst, {}, {fits}}})).result_code, 0);
  EXPECT_EQ(stub.modifies(), 1);
  const WriterAnswer outcome = write(writer, changes.add(2, {{kFirst, {}, {too_long}}}));
  EXPECT_TRUE(outcome.answered);
  EXPECT_EQ(outcome.result_code, 11);
  EXPECT_TRUE(outcome.message.starts_with("not sent: the request would be 1048"))
      << outcome.message;
  EXPECT_EQ(write(writer, changes.add(3, {{kFirst, {}, {"v"}}})).result_code, 0);
  EXPECT_EQ(stub.modifies(), 2);
}

TEST(ModifyList, KnowsAtLeastHowLargeARequestIs) {
  LdapStub stub(1500);
  LdapWriter writer(stub.options(), {.connections = 1, .max_in_flight = 1});
  Changes changes;
  for (const std::size_t length : {std::size_t{1}, std::size_t{200}, std::size_t{70'000}}) {
    const std::string_view value = changes.keep(std::string(length, 'x'));
    const Change& change = changes.add(
        1, {{kFirst, {"a"}, {value}}, {Attribute::kProxyAddresses, {"a", "b"}, {value, "c"}}});
    EXPECT_EQ(write(writer, change).result_code, 0);
    EXPECT_GT(encoded_bound(change) + change.dn.size(), stub.modify_size());
    EXPECT_LT(encoded_bound(change), stub.modify_size() + 200);
  }
}

TEST(LdapWriterSlapd, LendsItsFirstConnectionBeforeTheFirstRequest) {
  const Slapd slapd({.ldif = user_ldif(1, "")});
  LdapWriter writer(slapd.plain(), {.connections = 2, .max_in_flight = 2});
  EXPECT_EQ(writer.session().base_dn(), Slapd::kSuffix);
  EXPECT_TRUE(read_schema(writer.session()).of(kFirst).present);
  Changes changes;
  writer.submit(changes.add(1, {{kFirst, {}, {"v"}}}));
  EXPECT_THROW(writer.session(), std::logic_error);
  EXPECT_EQ(wait_for_all(writer).size(), 1U);
}

TEST(DryRunWriterSlapd, AnswersDoneToEveryChangeAndReadsWhatIsThere) {
  const Slapd slapd({.ldif = user_ldif(1, "extensionAttribute1: theirs\n")});
  LdapWriter directory(slapd.plain(), {.connections = 1, .max_in_flight = 4});
  DryRunWriter writer(directory);
  Changes changes;
  for (int i = 0; i < 256; ++i) {
    ASSERT_TRUE(writer.has_room());
    writer.submit(changes.add(i, {}));
  }
  EXPECT_FALSE(writer.has_room());
  const std::vector<WriterAnswer> outcomes = wait_for_all(writer);
  ASSERT_EQ(outcomes.size(), 256U);
  EXPECT_TRUE(outcomes.back().answered);
  EXPECT_EQ(outcomes.back().result_code, 0);
  EXPECT_EQ(outcomes.back().number, 256U);
  writer.read(changes.add(1, {{kFirst, {}, {"v"}}}));
  const std::vector<WriterAnswer> reads = wait_for_all(writer);
  ASSERT_EQ(reads.size(), 1U);
  EXPECT_EQ(reads.front().request, WriterAnswer::Request::kRead);
  ASSERT_EQ(reads.front().values.size(), 1U);
  EXPECT_EQ(reads.front().values.front().bytes, "theirs") << "and no change has come there";
}

}  // namespace
}  // namespace trueup
