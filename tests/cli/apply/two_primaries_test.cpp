// SPDX-License-Identifier: Apache-2.0
// Somebody gives an object another primary address by hand, before a plan that gives it one is
// applied or after. A directory takes a second one without a word, so apply must not add it, and
// verify must see it.
#include "tests/cli/small_tenant.h"

namespace trueup::cli {
namespace {

std::string address(const std::string& prefix, const std::string& name, int n) {
  return prefix + ":" + name + std::to_string(n) + "@contoso.lab";
}
std::string theirs(int n) { return address("SMTP", "theirs", n); }
std::string old_primary(int n) { return address("SMTP", "old", n); }

class CliTwoPrimariesSlapd : public SmallTenant {
 protected:
  void add_by_hand(int n, const std::string& value) const {
    by_hand(edit_ldif(user_dn(n), "add", "proxyAddresses", value));
  }
  void remove_by_hand(int n, const std::string& value) const {
    by_hand(edit_ldif(user_dn(n), "delete", "proxyAddresses", value));
  }
  /// "what is there, and what was to be" of each finding.
  std::set<std::string> findings(int exit_code) const {
    const Json verified = trueup_json(command("verify", *slapd_), exit_code).at("verified");
    std::set<std::string> lines;
    for (const Json& f : verified.at("findings")) {
      lines.insert(f.at("finding").get<std::string>() + " " + f.value("message", "") + ", " +
                   f.at("value").get<std::string>());
    }
    return lines;
  }
  /// The reject says conflict, and names both values.
  void expect_conflict(int n, const std::string& there, const std::string& planned) const {
    const LdifRecord record = reject(1, n);
    EXPECT_EQ(record.comment("reason"), "conflict") << n;
    for (const std::string& value : {there, planned}) {
      EXPECT_NE(record.comment("detail").find(value), std::string::npos)
          << record.comment("detail");
    }
  }
};

TEST_F(CliTwoPrimariesSlapd, BetweenPlanAndApply) {
  mailbox(1, {}, {primary(1)});                // no old value that could be in the way
  mailbox(2, {old_primary(2)}, {primary(2)});  // the old one is made a secondary one by hand
  mailbox(3, {old_primary(3)}, {primary(3)});  // ... is left beside another
  mailbox(4, {old_primary(4)}, {primary(4)});
  mailbox(5, {primary(5)}, {primary(5), address("SIP", "user", 5)});
  mailbox(6, {primary(6)}, {primary(6), address("smtp", "more", 6)});
  plan();
  const std::string secondary = address("smtp", "old", 2);
  for (const int n : {1, 3}) add_by_hand(n, theirs(n));
  remove_by_hand(2, old_primary(2));
  add_by_hand(2, secondary);
  add_by_hand(2, theirs(2));
  add_by_hand(5, address("SIP", "theirs", 5));
  const Json applied = this->applied(kSomeRejected);
  EXPECT_EQ(applied.at("conflict"), 4);
  EXPECT_EQ(applied.at("done"), 2);
  EXPECT_EQ(addresses(1), Values{theirs(1)});
  EXPECT_EQ(addresses(2), (Values{theirs(2), secondary}));
  EXPECT_EQ(addresses(3), (Values{theirs(3), old_primary(3)}));
  EXPECT_EQ(addresses(4), Values{primary(4)});
  EXPECT_EQ(addresses(5), (Values{primary(5), address("SIP", "theirs", 5)}));
  EXPECT_EQ(addresses(6), (Values{primary(6), address("smtp", "more", 6)}));
  EXPECT_EQ(written(6), (std::set<int>{1, 2, 3, 4, 5, 6})) << "their other edits go on";
  for (const int n : {1, 2, 3}) expect_conflict(n, theirs(n), primary(n));
  expect_conflict(5, address("SIP", "theirs", 5), address("SIP", "user", 5));
  EXPECT_EQ(findings(kDone), std::set<std::string>{}) << "a conflict is no broken promise";

  // The cause is mended.
  for (const int n : {1, 3}) remove_by_hand(n, theirs(n));
  EXPECT_EQ(this->applied(kSomeRejected, {"--rejects", "1"}).at("done"), 2);
  EXPECT_EQ(addresses(1), Values{primary(1)});
  EXPECT_EQ(addresses(3), Values{primary(3)});
}

// The sample and the search before the first write do not see it, the dry run does.
TEST_F(CliTwoPrimariesSlapd, ADryRunTellsIt) {
  mailbox(1, {}, {primary(1)});
  mailbox(2, {old_primary(2)}, {primary(2)});
  plan();
  add_by_hand(1, theirs(1));
  const ProcessResult dry = apply({"--dry-run"});
  EXPECT_EQ(dry.exit_code, kSomeRejected) << dry.out;
  EXPECT_NE(dry.out.find("would be in conflict 1"), std::string::npos) << dry.out;
  EXPECT_EQ(addresses(2), Values{old_primary(2)}) << "nothing is written";
}

TEST_F(CliTwoPrimariesSlapd, VerifyNamesBoth) {
  mailbox(1, {}, {primary(1)});
  mailbox(2, {old_primary(2)}, {primary(2), address("SIP", "user", 2)});
  mailbox(3, {primary(3)}, {primary(3), address("smtp", "more", 3)});
  plan();
  EXPECT_EQ(applied(kDone).at("done"), 3);
  for (const int n : {1, 2, 3}) add_by_hand(n, theirs(n));
  add_by_hand(2, address("SIP", "theirs", 2));
  EXPECT_EQ(findings(kSomeRejected),
            (std::set<std::string>{
                "other-value " + theirs(1) + ", " + primary(1),
                "other-value " + theirs(2) + ", " + primary(2),
                "other-value " + address("SIP", "theirs", 2) + ", " + address("SIP", "user", 2)}))
      << "the third was given no primary by the plan";
}

// An undo gives the old primary back, if no other has come.
TEST_F(CliTwoPrimariesSlapd, AnUndoAddsNoneEither) {
  mailbox(1, {old_primary(1)}, {primary(1)});
  mailbox(2, {old_primary(2)}, {primary(2)});
  plan();
  EXPECT_EQ(applied(kDone).at("done"), 2);
  remove_by_hand(1, primary(1));
  add_by_hand(1, address("smtp", "user", 1));
  add_by_hand(1, theirs(1));
  EXPECT_EQ(trueup(command("undo", *slapd_, Arguments{"1"} + open_guards_of_undo())).exit_code,
            kSomeRejected);
  EXPECT_EQ(addresses(1), (Values{theirs(1), address("smtp", "user", 1)}));
  EXPECT_EQ(addresses(2), Values{old_primary(2)});
}

}  // namespace
}  // namespace trueup::cli
