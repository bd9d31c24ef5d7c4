// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/canonical.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace trueup {
namespace {

std::string proxy_key(std::string_view value) {
  std::string key;
  append_proxy_key(parse_proxy_address(value), key);
  return key;
}
std::string address_key(std::string_view value) {
  std::string key;
  append_address_key(value, key);
  return key;
}
std::string directory_key(std::string_view value) {
  std::string key;
  append_directory_key(value, key);
  return key;
}

TEST(Canonical, FoldsAsciiLettersOnly) {
  EXPECT_EQ(folded("AZ[`az{@\xC3\x84"), "az[`az{@\xC3\x84");
  EXPECT_TRUE(equal_ignoring_ascii_case("aB@x", "Ab@X"));
  EXPECT_FALSE(equal_ignoring_ascii_case("\xC3\x84", "\xC3\xA4"));
  EXPECT_FALSE(equal_ignoring_ascii_case("a", "ab"));
  EXPECT_FALSE(equal_ignoring_ascii_case("@", "`"));  // 32 apart, but no letters
}

TEST(Canonical, ProxyAddressIsSplitAtTheFirstColon) {
  const ProxyAddress a = parse_proxy_address("EUM:1;phone-context=a:b");
  EXPECT_EQ(a.prefix, "EUM");
  EXPECT_EQ(a.address, "1;phone-context=a:b");
  EXPECT_EQ(a.type, ProxyAddress::Type::kOther);
}

TEST(Canonical, PrimaryIsAnUpperCasePrefix) {
  EXPECT_TRUE(parse_proxy_address("SMTP:a@x").primary);
  EXPECT_FALSE(parse_proxy_address("smtp:a@x").primary);
  EXPECT_FALSE(parse_proxy_address("Smtp:a@x").primary);
  EXPECT_TRUE(parse_proxy_address("SIP:a@x").primary);
  EXPECT_EQ(parse_proxy_address("Smtp:a@x").type, ProxyAddress::Type::kSmtp);
  EXPECT_EQ(parse_proxy_address("sIP:a@x").type, ProxyAddress::Type::kSip);
}

TEST(Canonical, WithoutAPrefixThereIsNoType) {
  for (const char* value : {"a@x", ":a@x", ""}) {
    EXPECT_EQ(parse_proxy_address(value).type, ProxyAddress::Type::kNone) << value;
  }
}

TEST(Canonical, ProxyKeyKeepsPrefixCaseForSmtpAndSipOnly) {
  EXPECT_NE(proxy_key("SMTP:a@x"), proxy_key("smtp:a@x"));
  EXPECT_NE(proxy_key("SIP:a@x"), proxy_key("sip:a@x"));
  EXPECT_EQ(proxy_key("smtp:A@X"), proxy_key("smtp:a@x"));
  EXPECT_EQ(proxy_key("Smtp:a@x"), proxy_key("smtp:a@x"));
  EXPECT_EQ(proxy_key("X500:/O=A"), proxy_key("x500:/o=a"));
  EXPECT_NE(proxy_key("x500:a"), proxy_key("x400:a"));
  EXPECT_NE(proxy_key("smtp:a"), proxy_key("sip:a"));
}

TEST(Canonical, AddressKeyIgnoresAllCase) {
  EXPECT_EQ(address_key("SMTP:A@x"), address_key("smtp:a@X"));
  EXPECT_NE(address_key("sip:a@x"), address_key("smtp:a@x"));
  std::string mail;
  append_mail_key("A@x", mail);
  EXPECT_EQ(mail, address_key("SMTP:a@x"));
}

TEST(Canonical, OuterWhiteSpaceOfAnAddressIsNoDifference) {
  EXPECT_EQ(address_key("SMTP: bob@x"), address_key("SMTP:bob@x"));
  EXPECT_EQ(proxy_key("SMTP:bob@x "), proxy_key("SMTP:bob@x"));
}

TEST(Canonical, DirectoryKeyIgnoresCaseWidthKanaAndAccents) {
  EXPECT_EQ(directory_key("smtp:rene@x"), directory_key("SMTP:Ren\xC3\xA9@x"));
  EXPECT_EQ(directory_key("e"), directory_key("e\xCC\x81"));                // combining acute
  EXPECT_EQ(directory_key("A"), directory_key("\xEF\xBC\xA1"));             // fullwidth A
  EXPECT_EQ(directory_key("\xE3\x81\x82"), directory_key("\xE3\x82\xA2"));  // hiragana, katakana a
  EXPECT_EQ(directory_key("\xC3\x84"), directory_key("\xC3\xA4"));          // umlauts
  EXPECT_NE(directory_key("a"), directory_key("b"));
}

TEST(Canonical, DirectoryKeyOfWhatIsNotUtf8IsItself) {
  EXPECT_EQ(directory_key("\xFF\xFE"), "\xFF\xFE");
}

TEST(Canonical, Utf16LengthCountsSurrogatePairsAsTwo) {
  EXPECT_EQ(utf16_length(""), 0U);
  EXPECT_EQ(utf16_length("abc"), 3U);
  EXPECT_EQ(utf16_length("\xC3\xA4"), 1U);
  EXPECT_EQ(utf16_length("\xE2\x82\xAC"), 1U);
  EXPECT_EQ(utf16_length("a\xF0\x9F\x98\x80"), 3U);
}

TEST(Canonical, Utf16LengthRefusesWhatIsNotUtf8) {
  for (const char* bad : {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                          "\xED\xBF\xBF", "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80",
                          "\xF5\x80\x80\x80", "a\xC3(", "\xE2\x82", "\xF0\x9F\x98"}) {
    EXPECT_FALSE(utf16_length(bad)) << bad;
  }
}

TEST(Canonical, AclableBitIsTakenOffRemoteDisplayTypesOnly) {
  EXPECT_EQ(without_aclable_bit("-1073741818"), "-2147483642");
  EXPECT_EQ(without_aclable_bit("-2147483642"), "-2147483642");
  EXPECT_EQ(without_aclable_bit("6"), "6");
  EXPECT_EQ(without_aclable_bit("1073741824"), "1073741824") << "a mailbox of this forest";
  for (const char* other : {"", "-", "x", "-1073741818 ", "-99999999999"}) {
    EXPECT_EQ(without_aclable_bit(other), other);
  }
}

RC_GTEST_PROP(CanonicalProperties, EqualProxyKeysHaveEqualAddressKeys, ()) {
  const auto value = [] {
    std::string s;
    for (int i = *rc::gen::inRange(0, 8); i > 0; --i) {
      s += *rc::gen::element('s', 'S', 'm', ':', 'a');
    }
    return s;
  };
  const std::string a = value(), b = value();
  if (proxy_key(a) == proxy_key(b)) RC_ASSERT(address_key(a) == address_key(b));
  RC_ASSERT(proxy_key(a) == proxy_key(a + " "));
}

}  // namespace
}  // namespace trueup
