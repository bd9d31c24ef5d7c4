// SPDX-License-Identifier: Apache-2.0
// proxyAddresses: which values are the same, which are kept, which are never touched, and which
// sets AD or Exchange would not take.
#include <gtest/gtest.h>

#include "engine/compare/compare.h"
#include "tests/support/pair.h"

namespace trueup {
namespace {

using world::Pair;
using List = std::vector<std::string>;

constexpr Attribute kProxies = Attribute::kProxyAddresses;

Pair pair(const List& cloud, const List& ad) {
  Pair p;
  p.cloud(kProxies, cloud).ad(kProxies, ad);
  return p;
}

// The edit without the attribute's name.
std::string edit(Pair p) {
  const std::string text = p.text();
  return text.empty() ? "" : text.substr(std::string("proxyAddresses ").size());
}
std::string edit(const List& cloud, const List& ad) { return edit(pair(cloud, ad)); }

TEST(CompareAddresses, OrderIsIgnored) {
  EXPECT_EQ(edit({"SMTP:a@x", "smtp:b@x"}, {"smtp:b@x", "SMTP:a@x"}), "");
}

TEST(CompareAddresses, PrefixCaseMattersForSmtp) {
  EXPECT_EQ(edit({"SMTP:b@x", "smtp:a@x"}, {"SMTP:a@x", "smtp:b@x"}),
            "-SMTP:a@x -smtp:b@x +SMTP:b@x +smtp:a@x");
}

TEST(CompareAddresses, PrefixCaseMattersForSip) {
  EXPECT_EQ(edit({"SIP:a@x"}, {"sip:a@x"}), "-sip:a@x +SIP:a@x");
}

TEST(CompareAddresses, PrimarySwapLosesNothing) {
  const auto verdicts = pair({"SMTP:b@x", "smtp:a@x"}, {"SMTP:a@x", "smtp:b@x"}).compare();
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_FALSE(verdicts[0].loses);
  EXPECT_TRUE(verdicts[0].replaces_primary);
}

TEST(CompareAddresses, AnAddressThatGoesIsALoss) {
  EXPECT_TRUE(pair({"SMTP:a@x"}, {"SMTP:a@x", "smtp:b@x"}).compare()[0].loses);
  EXPECT_FALSE(pair({"SMTP:a@x", "smtp:b@x"}, {"SMTP:a@x"}).compare()[0].loses);
}

TEST(CompareAddresses, AddressCaseIsIgnoredAndCounted) {
  Pair p = pair({"SMTP:John@X", "smtp:b@x"}, {"SMTP:john@x", "smtp:b@x"});
  EXPECT_EQ(p.text(), "");
  ASSERT_EQ(p.compare().size(), 1U);
  EXPECT_TRUE(p.compare()[0].case_only);
}

TEST(CompareAddresses, ValuesInAnotherCaseAreLeftAloneAlsoWhenOthersChange) {
  EXPECT_EQ(edit({"SMTP:John@X", "smtp:c@x"}, {"SMTP:john@x", "smtp:b@x"}), "-smtp:b@x +smtp:c@x");
}

TEST(CompareAddresses, PrefixCaseIsNotIgnoredWithTheAddressCase) {
  EXPECT_EQ(edit({"smtp:A@X", "SMTP:b@x"}, {"SMTP:a@x"}), "-SMTP:a@x +SMTP:b@x +smtp:A@X");
}

TEST(CompareAddresses, ExactAddressCaseIsWritten) {
  Pair p = pair({"SMTP:John@x"}, {"SMTP:john@x"});
  p.options.exact_address_case = true;
  EXPECT_EQ(edit(p), "-SMTP:john@x +SMTP:John@x");
  EXPECT_FALSE(p.compare()[0].case_only);
  EXPECT_FALSE(p.compare()[0].loses);
  EXPECT_FALSE(p.compare()[0].replaces_primary);
}

TEST(CompareAddresses, X500ComparesWhollyWithoutCase) {
  EXPECT_EQ(edit({"x500:/O=A/CN=b"}, {"X500:/o=a/cn=B"}), "");
  Pair exact = pair({"x500:/O=A"}, {"X500:/o=a"});
  exact.options.exact_address_case = true;
  EXPECT_EQ(edit(exact), "");
}

TEST(CompareAddresses, SplitsAtTheFirstColonOnly) {
  EXPECT_EQ(edit({"EUM:1;phone-context=a:b"}, {"eum:1;phone-context=A:b"}), "");
}

TEST(CompareAddresses, DefaultKeepTypesAreKept) {
  for (const char* kept : {"X500:/o=a", "x500:/o=a", "X400:c=de;a= ", "MSMAIL:a/b", "CCMAIL:a at b",
                           "NOTES:a/b", "EUM:1;phone-context=p"}) {
    EXPECT_EQ(edit({"SMTP:a@x"}, {"SMTP:a@x", kept}), "") << kept;
  }
  EXPECT_EQ(edit({"SMTP:a@x"}, {"SMTP:a@x", "FAX:1"}), "-FAX:1");
  EXPECT_EQ(edit({"SMTP:a@x"}, {"SMTP:a@x", "smtp:b@x"}), "-smtp:b@x");
}

TEST(CompareAddresses, KeepTypesCanBeChosen) {
  Pair p = pair({"SMTP:a@x"}, {"SMTP:a@x", "X500:/o=a", "FAX:1"});
  p.options.keep_types = {"fax"};
  EXPECT_EQ(edit(p), "-X500:/o=a");
}

TEST(CompareAddresses, SipIsKeptWhereTheCloudShowsNoSip) {
  EXPECT_EQ(edit({"SMTP:a@x"}, {"SMTP:a@x", "SIP:a@x", "sip:b@x"}), "");
}

TEST(CompareAddresses, SipFollowsACloudThatShowsSip) {
  EXPECT_EQ(edit({"SMTP:a@x", "SIP:a@x"}, {"SMTP:a@x", "SIP:a@x", "sip:b@x"}), "-sip:b@x");
  EXPECT_EQ(edit({"SIP:c@x"}, {"SIP:a@x"}), "-SIP:a@x +SIP:c@x");
}

TEST(CompareAddresses, KeepSuffixesAreKeptWhateverTheCase) {
  Pair p = pair({"SMTP:a@x"}, {"SMTP:a@x", "smtp:b@Corp.local", "smtp:b@other.local"});
  p.options.keep_suffixes = {"@corp.LOCAL"};
  EXPECT_EQ(edit(p), "-smtp:b@other.local");
}

TEST(CompareAddresses, KeptMeansThatTheCloudDoesNotHaveTheAddress) {
  Pair p = pair({"smtp:a@corp.local", "SMTP:b@x"}, {"SMTP:a@corp.local"});
  p.options.keep_suffixes = {"@corp.local"};
  EXPECT_EQ(edit(p), "-SMTP:a@corp.local +SMTP:b@x +smtp:a@corp.local");
}

TEST(CompareAddresses, DropTypesAreNeitherAddedNorRemoved) {
  EXPECT_EQ(edit({"SMTP:a@x", "SPO:SPO_1"}, {"SMTP:a@x"}), "");
  EXPECT_EQ(edit({"SMTP:a@x", "spo:spo_1"}, {"SMTP:a@x"}), "");
  EXPECT_EQ(edit({"SMTP:a@x"}, {"SMTP:a@x", "SPO:SPO_1"}), "");
  Pair p = pair({"SMTP:a@x", "SPO:SPO_1"}, {"SMTP:a@x"});
  p.options.drop_types = {};
  EXPECT_EQ(edit(p), "+SPO:SPO_1");
}

TEST(CompareAddresses, HiddenSuffixesAreNeitherAddedNorRemoved) {
  Pair p = pair({"SMTP:a@x", "smtp:a@t.onmicrosoft.com"}, {"SMTP:a@x"});
  EXPECT_EQ(edit(p), "+smtp:a@t.onmicrosoft.com") << "none are hidden by default";
  p.options.hide_suffixes = {"@T.onmicrosoft.com"};
  EXPECT_EQ(edit(p), "");
  Pair there = pair({"SMTP:a@x"}, {"SMTP:a@x", "smtp:old@t.onmicrosoft.com"});
  there.options.hide_suffixes = {"@t.onmicrosoft.com"};
  EXPECT_EQ(edit(there), "");
}

TEST(CompareAddresses, TwoPrimariesAreRefused) {
  EXPECT_EQ(edit({"SMTP:a@x", "SMTP:b@x"}, {"SMTP:a@x"}), "+SMTP:b@x two-primaries");
}

TEST(CompareAddresses, APrimaryBesideAKeptOneIsRefused) {
  Pair p = pair({"SMTP:a@x"}, {"SMTP:a@corp.local"});
  p.options.keep_suffixes = {"@corp.local"};
  EXPECT_EQ(edit(p), "+SMTP:a@x two-primaries");
}

TEST(CompareAddresses, TwoSipPrimariesAreNotTwoSmtpPrimaries) {
  EXPECT_EQ(edit({"SMTP:a@x", "SIP:a@x"}, {"SMTP:a@x"}), "+SIP:a@x");
}

// Where none of them is added they are AD's own, and no reason to refuse another address.
TEST(CompareAddresses, ASecondSipPrimaryIsNotAdded) {
  Pair p = pair({"SMTP:a@x", "SIP:a@x"}, {"SMTP:a@x", "SIP:a@corp.local"});
  p.options.keep_suffixes = {"@corp.local"};
  EXPECT_EQ(edit(p), "+SIP:a@x two-primaries");
  EXPECT_EQ(edit({"SMTP:a@x", "SIP:a@x", "SIP:b@x"}, {"SMTP:a@x"}),
            "+SIP:a@x +SIP:b@x two-primaries");
  EXPECT_EQ(
      edit({"SMTP:a@x", "SIP:a@x", "SIP:b@x", "smtp:b@x"}, {"SMTP:a@x", "SIP:a@x", "SIP:b@x"}),
      "+smtp:b@x");
}

TEST(CompareAddresses, AValueWithoutATypeIsRefused) {
  EXPECT_EQ(edit({"SMTP:a@x", "b@x"}, {"SMTP:a@x"}), "+b@x no-address-type");
}

TEST(CompareAddresses, AValueOfAdWithoutATypeMayGo) {
  EXPECT_EQ(edit({"SMTP:a@x"}, {"SMTP:a@x", "b@x"}), "-b@x");
}

TEST(CompareAddresses, ValuesThatADomainControllerTakesAsEqualAreRefused) {
  EXPECT_EQ(edit({"SMTP:a@x", "smtp:A@x"}, {}), "+SMTP:a@x +smtp:A@x equal-values");
  EXPECT_EQ(edit({"SMTP:a@x", "smtp:rene@x", "smtp:ren\xC3\xA9@x"}, {"SMTP:a@x"}),
            "+smtp:rene@x +smtp:ren\xC3\xA9@x equal-values");
}

TEST(CompareAddresses, AValueEqualToAKeptOneIsRefused) {
  Pair p = pair({"SMTP:a@x", "smtp:ren\xC3\xA9@c"}, {"SMTP:a@x", "smtp:rene@c"});
  p.options.keep_suffixes = {"@c"};
  EXPECT_EQ(edit(p), "+smtp:ren\xC3\xA9@c equal-values");
}

TEST(CompareAddresses, MailIsRefusedTogetherWithProxyAddresses) {
  Pair p = pair({"SMTP:b@x", "SMTP:c@x"}, {"SMTP:a@x"});
  p.cloud(Attribute::kMail, {"b@x"}).ad(Attribute::kMail, {"a@x"});
  p.cloud(extension_attribute(1), {"v"});
  EXPECT_EQ(p.text(),
            "mail -a@x +b@x two-primaries\n"
            "proxyAddresses -SMTP:a@x +SMTP:b@x +SMTP:c@x two-primaries\n"
            "extensionAttribute1 +v");
}

TEST(CompareAddresses, ProxyAddressesAreRefusedTogetherWithMail) {
  Pair p = pair({"SMTP:b@x"}, {"SMTP:a@x"});
  p.cloud(Attribute::kMail, {std::string(257, 'm')}).ad(Attribute::kMail, {"a@x"});
  const auto verdicts = p.compare();
  ASSERT_EQ(verdicts.size(), 2U);
  EXPECT_EQ(verdicts[0].refusal, Refusal::kValueTooLong);
  EXPECT_EQ(verdicts[1].refusal, Refusal::kValueTooLong);
}

TEST(CompareAddresses, WhatIsRefusedIsNotHeldAsWell) {
  Pair p = pair({"SMTP:b@x", "SMTP:c@x"}, {"SMTP:a@x"});
  p.options.clear_at_first_sight = FirstSightClears::kNone;
  p.supplied_empty(Attribute::kMail).ad(Attribute::kMail, {"a@x"});
  EXPECT_EQ(p.text(),
            "mail -a@x no-primary\n"
            "proxyAddresses -SMTP:a@x +SMTP:b@x +SMTP:c@x two-primaries");
}

// Every mailbox has a primary address: an empty set beside an address of it is damage.
TEST(CompareAddresses, AnEmptySetTakesNoPrimary) {
  Pair alone = pair({}, {"SMTP:a@x", "smtp:b@x"});
  alone.supplied_empty(kProxies);
  EXPECT_EQ(alone.text(), "proxyAddresses -SMTP:a@x -smtp:b@x no-primary");
  Pair beside_mail = pair({}, {"SMTP:a@x"});
  beside_mail.supplied_empty(kProxies)
      .cloud(Attribute::kMail, {"a@x"})
      .ad(Attribute::kMail, {"a@x"});
  EXPECT_EQ(beside_mail.text(), "proxyAddresses -SMTP:a@x no-primary");
  Pair no_mail = pair({}, {"SMTP:a@x"});
  no_mail.supplied_empty(kProxies).supplied_empty(Attribute::kMail);
  EXPECT_EQ(no_mail.text(), "proxyAddresses -SMTP:a@x") << "nothing is left: no mailbox";
  Pair secondary = pair({}, {"smtp:a@x"});
  secondary.supplied_empty(kProxies);
  EXPECT_EQ(secondary.text(), "proxyAddresses -smtp:a@x no-primary") << "the only address would go";
  Pair of_exchange = pair({}, {"SMTP:a@x"});
  of_exchange.supplied_empty(kProxies).supplied_empty(Attribute::kMail).cloud_flag(kFromExo);
  of_exchange.ad(Attribute::kMail, {"a@x"});
  EXPECT_EQ(of_exchange.text(), "mail -a@x no-primary\nproxyAddresses -SMTP:a@x no-primary")
      << "every mailbox of Exchange has a primary address";
}

TEST(CompareAddresses, NoSetWithoutAPrimaryIsMade) {
  EXPECT_EQ(edit({"smtp:a@x"}, {}), "+smtp:a@x no-primary");
  EXPECT_EQ(edit({"smtp:b@x"}, {"smtp:a@x"}), "-smtp:a@x +smtp:b@x no-primary");
  EXPECT_EQ(edit({"SIP:a@x"}, {}), "+SIP:a@x") << "one without a mailbox";
  Pair of_exchange = pair({"SIP:a@x"}, {});
  of_exchange.cloud_flag(kFromExo);
  EXPECT_EQ(of_exchange.text(), "proxyAddresses +SIP:a@x no-primary");
  Pair hidden = pair({"SMTP:a@h", "smtp:b@x"}, {});
  hidden.options.hide_suffixes = {"@h"};
  EXPECT_EQ(edit(hidden), "+smtp:b@x hidden-primary");
}

TEST(CompareAddresses, MailDoesNotGoBesideAPrimary) {
  Pair p = pair({"SMTP:a@x"}, {"SMTP:a@x"});
  p.supplied_empty(Attribute::kMail).ad(Attribute::kMail, {"a@x"});
  EXPECT_EQ(p.text(), "mail -a@x no-primary");
}

TEST(CompareAddresses, WhatIsNoAddressIsNeverAdded) {
  EXPECT_EQ(edit({"SMTP:a@x", "smtp:", "smtp:\xC2\xA0"}, {"SMTP:a@x"}), "") << "nothing at all";
  EXPECT_EQ(edit({"SMTP:a@x", "smtp:b"}, {"SMTP:a@x"}), "+smtp:b not-an-address");
  EXPECT_EQ(edit({"SMTP:a@x"}, {"SMTP:a@x", "smtp:b"}), "-smtp:b") << "it may go";
  Pair mail = pair({"SMTP:a@x"}, {"SMTP:a@x"});
  mail.cloud(Attribute::kMail, {"SMTP:a@x"});
  EXPECT_EQ(mail.text(), "mail +SMTP:a@x not-an-address");
}

TEST(CompareAddresses, AValueThatTheCloudNamesTwiceIsOneValue) {
  EXPECT_EQ(edit({"smtp:a@x", "smtp:a@x", "SMTP:b@x"}, {"SMTP:b@x"}), "+smtp:a@x");
}

}  // namespace
}  // namespace trueup
