// SPDX-License-Identifier: Apache-2.0
// One object may hold an address in two attributes, mail and proxyAddresses, and each may change by
// hand after the plan was made. What moves between the two is proven free as what is new.
#include "tests/cli/small_tenant.h"

namespace trueup::cli {
namespace {

const std::string kSince = "CN=Since,OU=Staff," + std::string(Slapd::kSuffix);
constexpr const char* kTaken = "address-taken";

class CliHeldAsMailSlapd : public SmallTenant {
 protected:
  /// Somebody has addresses, so that it is seen that they were exported.
  void SetUp() override { mailbox(3, {primary(3)}, {primary(3)}); }
  /// A mailbox with a mail of its own on either side.
  void mailbox_with_mail(int number, const std::string& mail_in_ad, const Addresses& in_ad,
                         const std::string& mail_in_cloud, const Addresses& in_cloud) {
    ldif_ +=
        user_ldif(number, "extensionAttribute1: old\nmail: " + mail_in_ad + "\n" + proxies(in_ad));
    cloud_.put(number, {{"CustomAttribute1", "new"},
                        {"WindowsEmailAddress", mail_in_cloud},
                        {"EmailAddresses", in_cloud}});
  }
  void hold(const std::string& address) const { by_hand(holder_ldif(kSince, proxies({address}))); }
  /// Mailbox `number` keeps what it has, because of `holder`; its other edit is made.
  void expect_taken(int number, const std::string& holder) {
    EXPECT_EQ(reject(1, number).comment("reason"), kTaken) << run_file(1, "rejects.ldif");
    EXPECT_TRUE(mentions(reject(1, number), holder)) << run_file(1, "rejects.ldif");
    EXPECT_TRUE(written(2).contains(number));
  }
};

// As at a first sync. The half of the move that deletes is in conflict, and the other would be
// written alone.
TEST_F(CliHeldAsMailSlapd, WhatMovesToTheAddressesIsLookedFor) {
  mailbox_with_mail(1, "old@contoso.lab", {}, "new@contoso.lab",
                    {"SMTP:new@contoso.lab", "smtp:old@contoso.lab"});
  plan();
  by_hand(edit_ldif(user_dn(1), "replace", "mail", "by-hand@contoso.lab"));
  hold("SMTP:old@contoso.lab");
  EXPECT_EQ(applied(kSomeRejected).at("address_taken"), 1);
  EXPECT_TRUE(mentions(reject(1, 1), kSince)) << run_file(1, "rejects.ldif");
  EXPECT_EQ(addresses(1), Values{});
  EXPECT_EQ(values(user_dn(1), "mail"), Values{"by-hand@contoso.lab"});
}

TEST_F(CliHeldAsMailSlapd, AndWhatMovesToTheMail) {
  mailbox_with_mail(1, "old@contoso.lab", {"smtp:new@contoso.lab"}, "new@contoso.lab",
                    {"SMTP:other@contoso.lab"});
  plan();
  by_hand(edit_ldif(user_dn(1), "delete", "proxyAddresses", "smtp:new@contoso.lab"));
  hold("SMTP:new@contoso.lab");
  EXPECT_EQ(applied(kSomeRejected).at("address_taken"), 1);
  EXPECT_EQ(values(user_dn(1), "mail"), Values{"old@contoso.lab"});
}

// That the object has it as mail is no excuse for another one that has got it since.
TEST_F(CliHeldAsMailSlapd, AContactThatHasItSinceIsNotExcused) {
  mailbox_with_mail(1, "sales@contoso.lab", {}, "sales@contoso.lab", {"SMTP:sales@contoso.lab"});
  plan();
  hold("SMTP:sales@contoso.lab");
  EXPECT_EQ(applied(kSomeRejected).at("address_taken"), 1);
  expect_taken(1, kSince);
  EXPECT_EQ(addresses(1), Values{});
}

// Both had it when the plan was made, which says so: the plan makes no duplicate.
TEST_F(CliHeldAsMailSlapd, AContactThatHadItBeforeIs) {
  ldif_ += replaced_once(holder_ldif(kSince, proxies({"SMTP:sales@contoso.lab"})),
                         "changetype: add\n", "");
  mailbox_with_mail(1, "sales@contoso.lab", {}, "sales@contoso.lab", {"SMTP:sales@contoso.lab"});
  plan();
  EXPECT_EQ(applied(kDone).at("done"), 2);
  EXPECT_EQ(addresses(1), Values{"SMTP:sales@contoso.lab"});
}

TEST_F(CliHeldAsMailSlapd, AGiverThatHasItAsMailSinceKeepsIt) {
  mailbox(1, {primary(1), "smtp:move@contoso.lab"}, {primary(1)});
  mailbox(2, {primary(2)}, {primary(2), "smtp:move@contoso.lab"});
  plan();
  by_hand(edit_ldif(user_dn(1), "replace", "mail", "move@contoso.lab"));
  EXPECT_EQ(applied(kSomeRejected).at("address_taken"), 1);
  expect_taken(2, user_dn(1));
  EXPECT_EQ(addresses(2), Values{primary(2)});
}

TEST_F(CliHeldAsMailSlapd, AGiverThatGivesBothIsExcused) {
  mailbox_with_mail(1, "move@contoso.lab", {"SMTP:move@contoso.lab"}, "user1@contoso.lab",
                    {primary(1)});
  mailbox_with_mail(2, "user2@contoso.lab", {primary(2)}, "move@contoso.lab",
                    {"SMTP:move@contoso.lab", "smtp:user2@contoso.lab"});
  plan();
  EXPECT_EQ(applied(kDone).at("done"), 3);
  EXPECT_EQ(addresses(1), Values{primary(1)});
  EXPECT_EQ(addresses(2), (Values{"SMTP:move@contoso.lab", "smtp:user2@contoso.lab"}));
}

// To a server that is another value, to Exchange the same address.
TEST_F(CliHeldAsMailSlapd, ABlankBehindTheColonMakesNoOtherAddress) {
  mailbox(1, {primary(1)}, {primary(1), "smtp:sales@contoso.lab"});
  mailbox(2, {primary(2)}, {primary(2)});
  plan();
  hold("smtp: sales@contoso.lab");
  EXPECT_EQ(applied(kSomeRejected).at("address_taken"), 1);
  expect_taken(1, kSince);
}

// What the server compares with case, no search of ours finds.
TEST_F(CliHeldAsMailSlapd, ASchemaThatTellsCasesApartIsNoProof) {
  mailbox(1, {primary(1)}, {primary(1), "smtp:sales@contoso.lab"});
  mailbox(2, {primary(2)}, {primary(2)});
  const std::string schema = read_file(TRUEUP_SOURCE_DIR "/tools/lab/ad.schema");
  slapd_ = std::make_unique<Slapd>(Slapd::Options{
      .ldif = export_ldif(),
      .schema = replaced_once(schema, "NAME 'proxyAddresses' EQUALITY caseIgnoreMatch",
                              "NAME 'proxyAddresses' EQUALITY caseExactMatch")});
  plan();
  hold("SMTP:Sales@contoso.lab");
  EXPECT_EQ(apply().exit_code, kSomeRejected);
  EXPECT_EQ(reject(1, 1).comment("reason"), "address-unknown") << run_file(1, "rejects.ldif");
  EXPECT_TRUE(mentions(reject(1, 1), "caseExactMatch")) << run_file(1, "rejects.ldif");
  EXPECT_EQ(addresses(1), Values{primary(1)});
  EXPECT_EQ(written(2), (std::set<int>{1, 2}));
}

}  // namespace
}  // namespace trueup::cli
