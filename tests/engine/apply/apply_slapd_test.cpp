// SPDX-License-Identifier: Apache-2.0
// apply() against a real server. Order and trouble in all their variants are in apply_test.cpp and
// apply_trouble_test.cpp.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/apply/apply.h"
#include "engine/apply/verify.h"
#include "io/ldap/ldap_reader.h"
#include "io/ldap/ldap_writer.h"
#include "tests/support/scripted_directory.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

using Stop = ApplyResult::Stop;

constexpr Attribute kFirst = extension_attribute(1);

struct Outcomes {
  ApplyResult result;
  std::map<std::uint32_t, JournalEntry> journal;
  std::function<void()> after_page = [] {};

  std::optional<Verdict> verdict(std::uint32_t number) const {
    const auto found = journal.find(number);
    return found == journal.end() ? std::nullopt : std::optional(found->second.verdict);
  }
};

void apply_to(const Slapd& slapd, ScriptedPlan& plan, Outcomes& outcomes,
              const ApplyOptions& options = {}) {
  LdapWriter writer(slapd.plain(), {});
  SteadyClock clock;
  const auto record = [&](std::span<const JournalEntry> page) {
    for (const JournalEntry& e : page) {
      EXPECT_TRUE(outcomes.journal.emplace(e.number, e).second);
    }
    outcomes.after_page();
  };
  outcomes.result = apply(records_of(plan.source(), record), writer, {}, options, clock);
  EXPECT_EQ(outcomes.result.settled(), outcomes.journal.size());
}

Change& add_change(ScriptedPlan& plan, int user, std::vector<Edit> edits,
                   std::vector<std::uint32_t> after = {}) {
  Change& change = plan.add(std::move(after));
  change.anchor.octets[2] = static_cast<std::uint8_t>(user >> 8);
  change.anchor.octets[3] = static_cast<std::uint8_t>(user);
  change.anchor.octets[0] = change.anchor.octets[1] = 0;
  change.dn = plan.keep(user_dn(user));
  change.edits = std::move(edits);
  return change;
}

/// user -> values of `attribute`, sorted, for users 0 to count - 1.
std::vector<std::vector<std::string>> read_all(const Slapd& slapd, int count, Attribute attribute) {
  LdapReader reader(slapd.plain(), {});
  std::vector<std::string> dns;
  for (int i = 0; i < count; ++i) dns.push_back(user_dn(i));
  std::vector<ObjectRequest> requests;
  for (const std::string& dn : dns) requests.push_back({{}, dn, {attribute}});
  std::vector<std::vector<std::string>> values(dns.size());
  reader.read_objects(requests, [&](const ObjectAnswer& answer) {
    EXPECT_EQ(answer.result_code, 0) << answer.message;
    for (const AttributeValue& v : answer.values) values[answer.index].emplace_back(v.bytes);
    std::ranges::sort(values[answer.index]);
  });
  return values;
}

using Values = std::vector<std::string>;

TEST(ApplySlapd, AddressesMoveOnlyFromAGiverThatGaveThem) {
  std::string ldif;
  for (int i = 0; i < 4; ++i) {
    ldif += user_ldif(i, "proxyAddresses: SMTP:" + std::to_string(i) + "@x\n");
  }
  ldif += user_ldif(4, "proxyAddresses: smtp:moving@x\n");
  const Slapd slapd({.ldif = ldif});
  ScriptedPlan plan;
  constexpr Attribute kProxy = Attribute::kProxyAddresses;
  add_change(plan, 4, {{kProxy, {"smtp:moving@x"}, {}}});
  add_change(plan, 0, {{kProxy, {}, {"smtp:moving@x"}}}, {1});
  add_change(plan, 1, {{kProxy, {"smtp:stale@x"}, {"smtp:new@x"}}, {kFirst, {}, {"v"}}});
  add_change(plan, 2, {{kProxy, {}, {"smtp:stale@x"}}}, {3});
  add_change(plan, 3, {{kProxy, {}, {"smtp:other@x"}}}, {4});
  Outcomes outcomes;
  apply_to(slapd, plan, outcomes);
  EXPECT_EQ(outcomes.verdict(2), Verdict::kDone);
  EXPECT_EQ(outcomes.verdict(3), Verdict::kConflict);
  EXPECT_EQ(outcomes.journal.at(3).result_code, 16);
  EXPECT_EQ(outcomes.verdict(4), Verdict::kDependsOn);
  EXPECT_EQ(outcomes.verdict(5), Verdict::kDependsOn);
  const auto addresses = read_all(slapd, 5, kProxy);
  EXPECT_EQ(addresses[0], (Values{"SMTP:0@x", "smtp:moving@x"}));
  EXPECT_EQ(addresses[1], (Values{"SMTP:1@x"}));
  EXPECT_EQ(addresses[2], (Values{"SMTP:2@x"}));
  EXPECT_EQ(addresses[4], Values{});
  // The edit whose old values stood is made, and on record.
  EXPECT_EQ(read_all(slapd, 2, kFirst)[1], Values{"v"});
  Change done;
  decode(outcomes.journal.at(3).acknowledged, done);
  ASSERT_EQ(done.edits.size(), 1U);
  EXPECT_EQ(done.edits[0].attribute, kFirst);
  EXPECT_EQ(outcomes.journal.at(3).held, (std::vector<HeldValue>{{kProxy, "SMTP:1@x"}}));
}

TEST(ApplySlapd, ManyChangesOfTheSameObjectsKeepTheirOrder) {
  constexpr int kUsers = 40;
  std::string ldif;
  for (int i = 0; i < kUsers; ++i) ldif += user_ldif(i, "extensionAttribute1: 0\n");
  const Slapd slapd({.ldif = ldif});
  ScriptedPlan plan;
  for (int step = 0; step < 10; ++step) {
    const std::string_view before = plan.keep(std::to_string(step));
    const std::string_view next = plan.keep(std::to_string(step + 1));
    for (int i = 0; i < kUsers; ++i) add_change(plan, i, {{kFirst, {before}, {next}}});
  }
  Outcomes outcomes;
  apply_to(slapd, plan, outcomes, {.page_size = 64});
  EXPECT_EQ(outcomes.result.done, 400U);  // each was a precondition of the next
  for (const Values& values : read_all(slapd, kUsers, kFirst)) EXPECT_EQ(values, Values{"10"});
}

TEST(ApplySlapd, ABusyServerIsAskedNineTimes) {
  const Slapd slapd({.ldif = user_ldif(1, ""),
                     .database_config = "overlay retcode\n"
                                        "retcode-parent \"ou=RetCodes,DC=contoso,DC=lab\"\n"
                                        "retcode-item \"cn=Busy\" 0x33 op=modify text=later\n"
                                        "retcode-item \"cn=Unwilling\" 0x35 op=modify\n"});
  ScriptedPlan plan;
  add_change(plan, 1, {{kFirst, {}, {"v"}}});
  for (const char* name : {"cn=Busy", "cn=Unwilling"}) {
    Change& change = plan.add();
    change.dn = plan.keep(std::string(name) + ",ou=RetCodes,DC=contoso,DC=lab");
    change.edits = {{kFirst, {}, {"v"}}};
  }
  Outcomes outcomes;
  apply_to(slapd, plan, outcomes, {.first_backoff = std::chrono::milliseconds(1)});
  EXPECT_EQ(outcomes.verdict(1), Verdict::kDone);
  EXPECT_EQ(outcomes.verdict(2), Verdict::kRejected);
  EXPECT_EQ(outcomes.journal.at(2).result_code, 51);
  EXPECT_EQ(outcomes.journal.at(2).message, "later");
  EXPECT_EQ(outcomes.journal.at(3).result_code, 53);
  EXPECT_EQ(outcomes.result.retries, 8U);
}

TEST(ApplySlapd, TellsTheTruthAboutAServerThatIsKilled) {
  constexpr int kUsers = 3000;
  std::string ldif;
  for (int i = 0; i < kUsers; ++i) ldif += user_ldif(i, "");
  Slapd slapd({.ldif = ldif});
  ScriptedPlan plan;
  for (int i = 0; i < kUsers; ++i) add_change(plan, i, {{kFirst, {}, {"v"}}});
  Outcomes outcomes;
  int pages = 0;
  outcomes.after_page = [&] {
    if (++pages == 3) slapd.signal(SIGKILL);
  };
  apply_to(slapd, plan, outcomes, {.page_size = 200, .longest_outage = std::chrono::seconds(1)});
  EXPECT_EQ(outcomes.result.stop, Stop::kDirectoryGone);
  EXPECT_GE(outcomes.result.done, 600U);
  EXPECT_LT(outcomes.result.settled(), static_cast<std::uint64_t>(kUsers));
  EXPECT_EQ(outcomes.result.done + outcomes.result.unknown, outcomes.result.settled());

  slapd.start();
  const auto values = read_all(slapd, kUsers, kFirst);
  for (int i = 0; i < kUsers; ++i) {
    const auto verdict = outcomes.verdict(static_cast<std::uint32_t>(i + 1));
    const bool applied = !values[static_cast<std::size_t>(i)].empty();
    if (verdict == Verdict::kDone) {
      EXPECT_TRUE(applied) << i;
    }
    if (!verdict) {
      EXPECT_FALSE(applied) << i;
    }
  }
  LdapReader reader(slapd.plain(), {});
  const auto written = [&, source = plan.source()](Change& change) {
    while (source(change)) {
      if (outcomes.verdict(change.number) == Verdict::kDone) return true;
    }
    return false;
  };
  const VerifyResult verified = verify(written, reader, {});
  EXPECT_EQ(verified.checked, outcomes.result.done);
  EXPECT_EQ(verified.differing, 0U);
}

}  // namespace
}  // namespace trueup
