// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/verify.h"

#include <gtest/gtest.h>

#include <map>

#include "io/ldap/ldap_writer.h"
#include "tests/support/scripted_directory.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

using Kind = VerifyFinding::Kind;

constexpr Attribute kFirst = extension_attribute(1);
constexpr Attribute kProxy = Attribute::kProxyAddresses;

Change& add_change(ScriptedPlan& plan, int user, std::vector<Edit> edits) {
  Change& change = plan.add();
  change.dn = plan.keep(user_dn(user));
  change.edits = std::move(edits);
  return change;
}

void write(const Slapd& slapd, const Change& change) {
  LdapWriter writer(slapd.plain(), {.connections = 1, .max_in_flight = 1});
  writer.submit(change);
  std::vector<WriterAnswer> outcomes;
  while (writer.in_flight() > 0) writer.poll(std::chrono::milliseconds(100), outcomes);
  ASSERT_EQ(outcomes.size(), 1U);
  ASSERT_EQ(outcomes.front().result_code, 0) << outcomes.front().message;
}

/// "2 extensionAttribute1 missing v (message)" for each finding.
std::vector<std::string> listed(const VerifyResult& result) {
  std::vector<std::string> lines;
  for (const VerifyFinding& f : result.findings) {
    EXPECT_EQ(f.dn, user_dn(static_cast<int>(f.number)));
    std::string line = std::to_string(f.number) + " ";
    line += f.attribute ? traits(*f.attribute).name : "object";
    line += " " + std::string(to_string(f.kind)) + " " + f.value;
    if (f.kind == Kind::kAddOtherCase || f.kind == Kind::kOtherValue)
      line += " (" + f.message + ")";
    lines.push_back(line);
  }
  return lines;
}

TEST(VerifySlapd, FindsWhatWasChangedBehindOurBack) {
  std::string ldif;
  for (int i = 1; i <= 5; ++i) {
    ldif += user_ldif(i, "proxyAddresses: smtp:a@x\nextensionAttribute1: old\n");
  }
  const Slapd slapd({.ldif = ldif});
  ScriptedPlan plan;
  for (int i = 1; i <= 5; ++i) {
    const Change& change =
        add_change(plan, i, {{kProxy, {"smtp:a@x"}, {"SMTP:a@x"}}, {kFirst, {"old"}, {"new"}}});
    write(slapd, change);
  }
  add_change(plan, 6, {{kFirst, {}, {"v"}}});  // an object that is gone
  ScriptedPlan others;
  write(slapd, add_change(others, 2, {{kProxy, {"SMTP:a@x"}, {"smtp:a@x"}}}));
  write(slapd, add_change(others, 3, {{kFirst, {"new"}, {"NEW"}}}));
  write(slapd, add_change(others, 4, {{kFirst, {"new"}, {"old"}}}));
  write(slapd, add_change(others, 5, {{kFirst, {"new"}, {}}, {kProxy, {}, {"smtp:more@x"}}}));

  LdapReader reader(slapd.plain(), {});
  std::atomic<std::uint64_t> checked = 0;
  const VerifyResult result = verify(plan.source(), reader, {.page_size = 4}, &checked);
  EXPECT_EQ(result.checked, 6U);
  EXPECT_EQ(checked.load(), 6U);
  EXPECT_EQ(result.differing, 5U);
  EXPECT_FALSE(result.stopped);
  EXPECT_EQ(
      listed(result),
      (std::vector<std::string>{
          "2 proxyAddresses other-case SMTP:a@x (smtp:a@x)",
          "2 proxyAddresses still-present smtp:a@x", "3 extensionAttribute1 other-case new (NEW)",
          "4 extensionAttribute1 missing new", "4 extensionAttribute1 still-present old",
          "5 extensionAttribute1 missing new", "6 object unreadable "}));
  EXPECT_NE(result.findings.back().message, "");
}

TEST(VerifySlapd, ASingleValueIsExactlyWhatWasShown) {
  std::string ldif;
  for (int i = 1; i <= 3; ++i) ldif += user_ldif(i, "extensionAttribute1: theirs\n");
  ldif += user_ldif(4, "proxyAddresses: smtp:theirs@x\nproxyAddresses: smtp:b@x\n");
  const Slapd slapd({.ldif = ldif});
  ScriptedPlan plan;
  add_change(plan, 1, {{kFirst, {"old"}, {}}});
  add_change(plan, 2, {{kFirst, {"old"}, {"new"}}});
  add_change(plan, 3, {{kFirst, {}, {"theirs"}}});
  add_change(plan, 4, {{kProxy, {"smtp:a@x"}, {"smtp:b@x"}}});
  LdapReader reader(slapd.plain(), {});
  EXPECT_EQ(listed(verify(plan.source(), reader, {})),
            (std::vector<std::string>{"1 extensionAttribute1 other-value  (theirs)",
                                      "2 extensionAttribute1 missing new",
                                      "2 extensionAttribute1 other-value new (theirs)"}));
}

TEST(VerifySlapd, WhatIsInDoubtIsOnlyLookedAt) {
  std::string ldif;
  for (int i = 1; i <= 3; ++i) ldif += user_ldif(i, i == 2 ? "" : "extensionAttribute1: new\n");
  const Slapd slapd({.ldif = ldif});
  ScriptedPlan plan;
  for (int i = 1; i <= 5; ++i) add_change(plan, i, {{kFirst, {"old"}, {"new"}}});
  add_change(plan, 3, {{kFirst, {}, {"new"}}, {kProxy, {}, {"smtp:b@x"}}});
  NumberSet in_doubt;
  for (const std::uint32_t n : {1U, 2U, 5U, 6U}) in_doubt.add(n);
  VerifyOptions options;
  options.in_doubt = &in_doubt;
  LdapReader reader(slapd.plain(), {});
  const VerifyResult result = verify(plan.source(), reader, options);
  EXPECT_EQ(result.checked, 2U);
  EXPECT_EQ(result.differing, 1U) << "4, which is not there";
  EXPECT_EQ(result.doubts(), 4U);
  std::string found;
  for (const DoubtfulChange& d : result.in_doubt) {
    found += std::to_string(d.number) + " " + std::string(to_string(d.found)) + ", ";
  }
  EXPECT_EQ(found, "1 there, 2 not-there, 5 unreadable, 6 in-part, ");
}

TEST(VerifySlapd, AValueDeletedAndAddedAgainIsToBeThere) {
  const Slapd slapd({.ldif = user_ldif(1, "extensionAttribute1: v\n")});
  ScriptedPlan plan;
  add_change(plan, 1, {{kFirst, {"v"}, {"v"}}});
  LdapReader reader(slapd.plain(), {});
  EXPECT_EQ(verify(plan.source(), reader, {}).differing, 0U);
}

TEST(VerifySlapd, ListsNoMoreThanItMay) {
  std::string ldif;
  ScriptedPlan plan;
  for (int i = 1; i <= 30; ++i) {
    ldif += user_ldif(i, "");
    add_change(plan, i, {{kFirst, {}, {"v"}}});
  }
  const Slapd slapd({.ldif = ldif});
  LdapReader reader(slapd.plain(), {});
  const VerifyResult result = verify(plan.source(), reader, {.page_size = 7, .max_findings = 10});
  EXPECT_EQ(result.differing, 30U);
  ASSERT_EQ(result.findings.size(), 10U);
  EXPECT_EQ(result.findings.back().number, 10U);

  const std::atomic<bool> stop = true;
  EXPECT_TRUE(verify(plan.source(), reader, {}, nullptr, &stop).stopped);
}

}  // namespace
}  // namespace trueup
