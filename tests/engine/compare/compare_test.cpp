// SPDX-License-Identifier: Apache-2.0
// Attributes other than addresses, and what a value must be to be written.
#include "engine/compare/compare.h"

#include <gtest/gtest.h>

#include "tests/support/pair.h"

namespace trueup {
namespace {

using world::Pair;

constexpr Attribute kExt1 = extension_attribute(1);
constexpr Attribute kCustom1 = extension_custom_attribute(1);

TEST(Compare, EqualMailboxesHaveNoVerdict) {
  Pair p;
  p.both(Attribute::kMail, {"a@x"}).both(kExt1, {"v"}).both(kCustom1, {"p", "q"});
  EXPECT_TRUE(p.compare().empty());
}

TEST(Compare, ReplacesASingleValueByDeletingOldAndAddingNew) {
  Pair p;
  p.cloud(kExt1, {"new"}).ad(kExt1, {"old"});
  EXPECT_EQ(p.text(), "extensionAttribute1 -old +new");
}

TEST(Compare, ExtensionAttributesAreExact) {
  Pair p;
  p.cloud(kExt1, {"Value"}).ad(kExt1, {"value"});
  EXPECT_EQ(p.text(), "extensionAttribute1 -value +Value");
  EXPECT_FALSE(p.compare()[0].case_only);
}

TEST(Compare, CustomAttributesAreSetsWithoutOrder) {
  Pair p;
  p.cloud(kCustom1, {"q", "p"}).ad(kCustom1, {"p", "q"});
  EXPECT_EQ(p.text(), "");
  Pair other;
  other.cloud(kCustom1, {"q", "r"}).ad(kCustom1, {"p", "q"});
  EXPECT_EQ(other.text(), "msExchExtensionCustomAttribute1 -p +r");
}

TEST(Compare, WhatTheCloudDoesNotSupplyIsNotManaged) {
  Pair p;
  p.ad(kExt1, {"stays"}).ad(Attribute::kMail, {"a@x"});
  EXPECT_TRUE(p.compare().empty());
}

TEST(Compare, AttributesOutsideTheListAreNotManaged) {
  Pair p;
  p.cloud(Attribute::kMailNickname, {"new"}).ad(Attribute::kMailNickname, {"old"});
  p.cloud(Attribute::kHideFromAddressLists, {"TRUE"});
  EXPECT_EQ(p.text(), "");
  p.options.attributes = kAllAttributes;
  EXPECT_EQ(p.text(), "msExchHideFromAddressLists +TRUE\nmailNickname -old +new");
}

TEST(Compare, DefaultAttributesAreTheTwentyFour) {
  const AttributeSet managed = DiffOptions{}.attributes;
  EXPECT_EQ(managed.size(), 24);
  EXPECT_FALSE(managed.contains(Attribute::kHideFromAddressLists));
  EXPECT_FALSE(managed.contains(Attribute::kMailNickname));
  EXPECT_TRUE(managed.contains(Attribute::kMail));
}

TEST(Compare, TypeDetailsAreSixtyFourBit) {
  Pair p;
  p.cloud(Attribute::kRecipientTypeDetails, {"34359738368"});
  p.ad(Attribute::kRecipientTypeDetails, {"2147483648"});
  EXPECT_EQ(p.text(), "msExchRecipientTypeDetails -2147483648 +34359738368");
  // Equal in their lower 32 bits.
  Pair low;
  low.cloud(Attribute::kRecipientTypeDetails, {"8589934592"});
  low.ad(Attribute::kRecipientTypeDetails, {"17179869184"});
  EXPECT_NE(low.text(), "");
}

TEST(Compare, AclableTwinOfADisplayTypeIsEqual) {
  Pair p;
  p.cloud(Attribute::kRecipientDisplayType, {"-2147483642"});
  p.ad(Attribute::kRecipientDisplayType, {"-1073741818"});
  EXPECT_EQ(p.text(), "");
  Pair room;
  room.cloud(Attribute::kRecipientDisplayType, {"-2147481850"});
  room.ad(Attribute::kRecipientDisplayType, {"-1073741818"});
  EXPECT_EQ(room.text(), "msExchRecipientDisplayType --1073741818 +-2147481850");
}

TEST(Compare, LocalDisplayTypeIsNotTheTwinOfARemoteOne) {
  Pair p;
  p.cloud(Attribute::kRecipientDisplayType, {"-2147483642"});
  p.ad(Attribute::kRecipientDisplayType, {"1073741830"});  // 0x40000006: a local ACLable mailbox
  EXPECT_EQ(p.text(), "msExchRecipientDisplayType -1073741830 +-2147483642");
}

TEST(Compare, MailIgnoresAsciiCaseOnlyAndCountsIt) {
  Pair p;
  p.cloud(Attribute::kMail, {"John.Doe@X"}).ad(Attribute::kMail, {"john.doe@x"});
  ASSERT_EQ(p.compare().size(), 1U);
  EXPECT_TRUE(p.compare()[0].case_only);
  EXPECT_EQ(p.text(), "");
  Pair umlaut;
  umlaut.cloud(Attribute::kMail, {"\xC3\x84@x"}).ad(Attribute::kMail, {"\xC3\xA4@x"});
  EXPECT_NE(umlaut.text(), "") << "only ASCII is folded";
}

TEST(Compare, ExactAddressCaseWritesMail) {
  Pair p;
  p.options.exact_address_case = true;
  p.cloud(Attribute::kMail, {"John@x"}).ad(Attribute::kMail, {"john@x"});
  EXPECT_EQ(p.text(), "mail -john@x +John@x");
  EXPECT_FALSE(p.compare()[0].case_only);
  EXPECT_FALSE(p.compare()[0].replaces_primary) << "the address is the same";
}

TEST(Compare, MailOfAnotherAddressReplacesThePrimary) {
  Pair p;
  p.cloud(Attribute::kMail, {"b@x"}).ad(Attribute::kMail, {"a@x"});
  EXPECT_TRUE(p.compare()[0].replaces_primary);
}

TEST(Compare, SeveralValuesForASingleValuedAttributeAreRefused) {
  Pair p;
  p.cloud(kExt1, {"one", "two"}).ad(kExt1, {"old"});
  EXPECT_EQ(p.text(), "extensionAttribute1 -old +one +two several-values");
}

std::string repeated(const char* text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Compare, LimitsAreInUtf16Units) {
  // Of so many UTF-16 units, a domain of two among them.
  const auto refusal = [](Attribute a, const char* character, int units_each, int units) {
    Pair p;
    p.cloud(a, {repeated(character, (units - 2) / units_each) + "@v"});
    return p.compare()[0].refusal;
  };
  const auto fits = [&](Attribute a, int limit) {
    EXPECT_EQ(refusal(a, "v", 1, limit), Refusal::kNone) << limit;
    EXPECT_EQ(refusal(a, "v", 1, limit + 1), Refusal::kValueTooLong) << limit;
    // Two bytes, one unit.
    EXPECT_EQ(refusal(a, "\xC3\xA4", 1, limit), Refusal::kNone) << limit;
    EXPECT_EQ(refusal(a, "\xC3\xA4", 1, limit + 1), Refusal::kValueTooLong) << limit;
    // Four bytes, a surrogate pair: two units.
    EXPECT_EQ(refusal(a, "\xF0\x9F\x98\x80", 2, limit), Refusal::kNone) << limit;
    EXPECT_EQ(refusal(a, "\xF0\x9F\x98\x80", 2, limit + 2), Refusal::kValueTooLong);
  };
  fits(Attribute::kMail, 256);
  fits(extension_attribute(10), 1024);
  fits(extension_attribute(11), 2048);
}

TEST(Compare, ProxyAddressesTakeAThousandAndALot) {
  Pair fits;
  fits.cloud(Attribute::kProxyAddresses, {"SMTP:" + repeated("v", 1116) + "@v"});
  EXPECT_EQ(fits.compare()[0].refusal, Refusal::kNone);
  Pair p;
  p.cloud(Attribute::kProxyAddresses, {"SMTP:" + repeated("v", 1117) + "@v"});
  EXPECT_EQ(p.compare()[0].refusal, Refusal::kValueTooLong);
}

TEST(Compare, InvalidUtf8IsRefused) {
  for (const char* bad : {"\xFF", "a\xC3", "\xED\xA0\x80", "\xC0\xAF", "\xF4\x90\x80\x80"}) {
    Pair p;
    p.cloud(kExt1, {bad});
    EXPECT_EQ(p.compare()[0].refusal, Refusal::kInvalidUtf8);
  }
}

TEST(Compare, OldValuesAreNotCheckedAgainstLimits) {
  Pair p;  // AD's own value may be what it likes, it only goes
  p.cloud(kExt1, {"new"}).ad(kExt1, {repeated("v", 5000)});
  EXPECT_EQ(p.compare()[0].refusal, Refusal::kNone);
}

TEST(Compare, ValuesThatADomainControllerTakesAsEqualAreRefused) {
  // Case, accent, width.
  for (const char* twin : {"VALUE", "v\xC3\xA4lue",
                           "\xEF\xBD\x96"
                           "alue"}) {
    Pair p;
    p.cloud(kCustom1, {"value", twin});
    EXPECT_EQ(p.compare()[0].refusal, Refusal::kEqualValues) << twin;
  }
}

TEST(Compare, AValueMayTakeThePlaceOfOneThatIsEqualToAController) {
  Pair p;  // deletes come first
  p.cloud(kCustom1, {"Value"}).ad(kCustom1, {"value"});
  EXPECT_EQ(p.text(), "msExchExtensionCustomAttribute1 -value +Value");
}

TEST(Compare, OnlyTheAttributeConcernedIsRefused) {
  Pair p;
  p.cloud(kExt1, {repeated("v", 1025)}).cloud(extension_attribute(2), {"fine"});
  ASSERT_EQ(p.compare().size(), 2U);
  EXPECT_EQ(p.compare()[0].refusal, Refusal::kValueTooLong);
  EXPECT_EQ(p.compare()[1].refusal, Refusal::kNone);
}

TEST(Compare, ClearOfAnAttributeSeenFilledIsPlanned) {
  for (const Attribute a : {kExt1, kCustom1, Attribute::kMail}) {
    Pair p;
    p.supplied_empty(a).ad(a, {"v"});
    p.ever_filled.add(a);
    p.options.clear_at_first_sight = FirstSightClears::kNone;
    EXPECT_TRUE(p.compare()[0].clears);
    EXPECT_FALSE(p.compare()[0].first_sight);
    EXPECT_EQ(p.compare()[0].hold, Hold::kNone);
  }
}

Hold first_sight(Attribute a, FirstSightClears setting) {
  Pair p;
  p.options.clear_at_first_sight = setting;
  p.supplied_empty(a).ad(a, {a == Attribute::kProxyAddresses ? "SMTP:a@x" : "v"});
  if (a == Attribute::kProxyAddresses) p.supplied_empty(Attribute::kMail);
  const auto verdicts = p.compare();
  EXPECT_EQ(verdicts.size(), 1U);
  EXPECT_TRUE(verdicts[0].clears);
  EXPECT_TRUE(verdicts[0].first_sight);
  return verdicts[0].hold;
}

TEST(Compare, ClearAtFirstSightIsPlannedButForCustomAttributes) {
  EXPECT_EQ(first_sight(kExt1, FirstSightClears::kDefault), Hold::kNone);
  EXPECT_EQ(first_sight(Attribute::kMail, FirstSightClears::kDefault), Hold::kNone);
  EXPECT_EQ(first_sight(Attribute::kProxyAddresses, FirstSightClears::kDefault), Hold::kNone);
  for (int n = 1; n <= 5; ++n) {
    EXPECT_EQ(first_sight(extension_custom_attribute(n), FirstSightClears::kDefault),
              Hold::kClearAtFirstSight);
  }
}

TEST(Compare, AllFirstSightClearsArePlannedWithAll) {
  EXPECT_EQ(first_sight(kCustom1, FirstSightClears::kAll), Hold::kNone);
  EXPECT_EQ(first_sight(kExt1, FirstSightClears::kAll), Hold::kNone);
}

TEST(Compare, NoFirstSightClearIsPlannedWithNone) {
  for (const Attribute a : {kExt1, kCustom1, Attribute::kMail, Attribute::kProxyAddresses}) {
    EXPECT_EQ(first_sight(a, FirstSightClears::kNone), Hold::kClearAtFirstSight);
  }
}

// The cloud is empty and AD is filled; that an X500 address is kept does not make it less of a
// clear: every address that people write to would go.
TEST(Compare, FirstSightClearIsHeldAlsoWhereAddressesAreKept) {
  Pair p;
  p.options.clear_at_first_sight = FirstSightClears::kNone;
  p.supplied_empty(Attribute::kMail).supplied_empty(Attribute::kProxyAddresses);
  p.ad(Attribute::kProxyAddresses, {"SMTP:a@x", "X500:/o=a"});
  EXPECT_EQ(p.text(), "proxyAddresses -SMTP:a@x clear-at-first-sight");
}

TEST(Compare, EditsAreSortedByValue) {
  Pair p;
  p.cloud(kCustom1, {"d", "c"}).ad(kCustom1, {"b", "a"});
  EXPECT_EQ(p.text(), "msExchExtensionCustomAttribute1 -a -b +c +d");
}

}  // namespace
}  // namespace trueup
