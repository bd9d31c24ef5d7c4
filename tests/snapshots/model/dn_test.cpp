// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/dn.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace trueup {
namespace {

constexpr DnFold kFolds[] = {DnFold::kWidest, DnFold::kActiveDirectory, DnFold::kLdap};

struct Pair {
  std::string a;
  std::string b;
};

bool equal(const Pair& p, DnFold fold) { return dn_key(p.a, fold) == dn_key(p.b, fold); }
bool parses(std::string_view dn) { return !dn_key(dn, DnFold::kLdap).starts_with('\xFF'); }

TEST(DnKey, SpellingsThatAreTheSameToEveryDirectory) {
  const std::vector<Pair> pairs = {
      {"OU=Board,DC=x", "ou=BOARD,dc=X"},
      // RFC 2253 and 1779: blanks, ';', quotes
      {"OU=Board,DC=x", "  OU = Board , DC\t=\r\n x "},
      {"OU=Board,DC=x", "OU=Board;DC=x"},
      {"OU=Board,DC=x", "OU=\"Board\" ,DC=x"},
      {"CN=Doe\\, John,DC=x", "CN=\"Doe, John\",DC=x"},
      {"CN=a\\\"b", "CN=\"a\\\"b\""},
      {"CN=a\\=b", "CN=a=b"},
      {"CN=a\\+b", "CN=\"a+b\""},
      {"CN=a\\;b", "CN=\"a;b\""},
      {"CN=a\\<b\\>", "CN=\"a<b>\""},
      {"CN=\\#a", "CN=\"#a\""},
      {"CN=a#b", "CN=a\\#b"},
      {"CN=a/b", "CN=a\\/b"},
      {"CN=a\\\\", "CN=a\\5C"},
      // hex pairs
      {"CN=Doe\\, John", "CN=Doe\\2C John"},
      {"CN=Doe\\2c John", "CN=Doe\\2C\\20John"},
      {"CN=L\xC3\xBC", "CN=L\\C3\\BC"},
      {"CN=\\42oard", "CN=Board"},
      // blanks in values
      {"CN=a  b", "CN=a b"},
      {"CN=\\ a b\\ ", "CN=a b"},
      {"CN=a\\20\\20b\\20", "CN=a b"},
      // types
      {"CN=a", "commonName=a"},
      {"CN=a", "2.5.4.3=a"},
      {"CN=a", "oid.2.5.4.3=a"},
      {"OU=a", "OID.2.5.4.11=a"},
      {"organizationalUnitName=a", "ou=a"},
      {"DC=a", "0.9.2342.19200300.100.1.25=a"},
      {"domainComponent=a", "dc=a"},
      {"ST=a", "S=a"},
      {"stateOrProvinceName=a", "2.5.4.8=a"},
      {"E=a@x", "emailAddress=A@X"},
      {"uid=a", "0.9.2342.19200300.100.1.1=a"},
      {"street=a", "streetAddress=a"},
      {"1.2.3.4=a", "OID.1.2.3.4=a"},
      {"x-Unknown=a", "X-UNKNOWN=A"},
      // #hex: UTF8String, PrintableString, IA5String, BMPString (with a surrogate pair), and a
      // length of two octets
      {"CN=Hi", "CN=#0C024869"},
      {"CN=Hi,DC=x", "2.5.4.3=#13026869 , DC=x"},
      {"CN=Hi", "CN=#16024869"},
      {"CN=Hi", "CN=#1e0400480069"},
      {"CN=\xF0\x9F\x98\x80", "CN=#1E04D83DDE00"},
      {"CN=Hi", "CN=#0C81024869"},
      {"CN=a,DC=x", "CN=#0C0141,DC=x"},
      // multi-valued RDNs in any order
      {"CN=a+UID=b,DC=x", "UID=b + CN=a,DC=x"},
      {"CN=a+CN=b+OU=c", "OU=c+CN=b+CN=a"},
      // Unicode: composed and decomposed, case beyond ASCII, width, ligature, NBSP, sharp s
      {"OU=Z\xC3\xBCrich", "OU=Zu\xCC\x88rich"},
      {"OU=Z\xC3\xBCrich", "OU=Z\xC3\x9CRICH"},
      {"OU=\xCE\xA3\xCE\xBF\xCF\x82", "OU=\xCF\x83\xCE\x9F\xCE\xA3"},  // final sigma
      {"OU=\xE1\xBE\xB3", "OU=\xCE\xB1\xCD\x85"},                      // iota subscript
      {"OU=\xEF\xBC\xA2oard", "OU=Board"},
      {"OU=\xEF\xAC\x81nance", "OU=finance"},
      {"OU=a\xC2\xA0"
       "b",
       "OU=a b"},
      {"OU=a\xE3\x80\x80 b", "OU=a b"},
      {"OU=Stra\xC3\x9F"
       "e",
       "OU=STRASSE"},
      {"OU=\xE1\xBA\x9B\xCC\xA3", "OU=\xE1\xB9\xA9"},  // long s, dots in the other order
  };
  for (const Pair& p : pairs) {
    ASSERT_TRUE(parses(p.a)) << p.a;
    for (const DnFold fold : kFolds) EXPECT_TRUE(equal(p, fold)) << p.a << " / " << p.b;
  }
}

TEST(DnKey, WhatIsDifferentToEveryDirectory) {
  const std::vector<Pair> pairs = {
      {"OU=Board", "CN=Board"},
      {"OU=Board", "OU=Boards"},
      {"OU=Board", "OU=B oard"},
      {"OU=a,OU=b", "OU=b,OU=a"},
      {"OU=a,DC=x", "OU=a"},
      {"CN=a\\,OU=b", "CN=a,OU=b"},
      {"CN=a\\+OU=b", "CN=a+OU=b"},
      {"CN=a+OU=b", "CN=a,OU=b"},
      {"CN=\"a,OU=b\"", "CN=a,OU=b"},
      {"CN=a\\00", "CN=a"},
      {"CN=a\\01OU=b", "CN=a+OU=b"},
      {"CN=a\\00OU=b", "OU=b,CN=a"},
      {"CN=\\FFa", "CN=a"},
      {"CN=#04024869", "CN=Hi"},         // an OCTET STRING is no text
      {"CN=#04024869", "CN=#04024849"},  // and has no case
      {"CN=#0C034869", "CN=Hi"},         // a length that is not its
      {"CN=#1E03004800", "CN=H"},
      {"CN=#1E04DE00D83D", "CN=\xF0\x9F\x98\x80"},
      {"CN=\\#0C024869", "CN=Hi"},
      {"1.2.3=a", "1.2.3.4=a"},
      {"CN=foo\\0ACNF:0c1b", "CN=foo"},
      {"OU=a", "OU="},
  };
  for (const Pair& p : pairs) {
    for (const DnFold fold : kFolds) {
      // Controls show nothing: RFC 4518 drops 0 and 1, a domain controller does not.
      const bool control = p.a == "CN=a\\00";
      if (control && fold != DnFold::kActiveDirectory) continue;
      EXPECT_FALSE(equal(p, fold)) << p.a << " / " << p.b;
    }
  }
}

TEST(DnKey, AccentsAndKanaTypeCountToLdapOnly) {
  for (const Pair& p : std::vector<Pair>{{"OU=Ren\xC3\xA9", "OU=rene"},
                                         {"OU=Z\xC3\xBCrich", "OU=Zurich"},
                                         {"OU=\xE3\x81\x82", "OU=\xE3\x82\xA2"}}) {
    EXPECT_FALSE(equal(p, DnFold::kLdap)) << p.a;
    EXPECT_TRUE(equal(p, DnFold::kActiveDirectory)) << p.a;
    EXPECT_TRUE(equal(p, DnFold::kWidest)) << p.a;
  }
}

TEST(DnKey, CharactersThatShowNothingCountToADomainControllerOnly) {
  for (const char* hidden : {"\xE2\x80\x8B", "\xC2\xAD", "\xEF\xBB\xBF", "\xE2\x80\x8D",
                             "\xEF\xBF\xBC", "\x7F", "\\07"}) {
    const Pair p = {std::string("OU=Bo") + hidden + "ard,DC=x", "OU=Board,DC=x"};
    EXPECT_TRUE(equal(p, DnFold::kLdap)) << hidden;
    EXPECT_FALSE(equal(p, DnFold::kActiveDirectory)) << hidden;
    EXPECT_TRUE(equal(p, DnFold::kWidest)) << hidden;
  }
  const Pair selector = {"OU=a\xEF\xB8\x8F", "OU=a"};  // a non-spacing mark to a domain controller
  for (const DnFold fold : kFolds) EXPECT_TRUE(equal(selector, fold));
  const Pair filler = {"OU=a\xE3\x85\xA4", "OU=a"};  // Hangul filler: not in RFC 4518's list
  EXPECT_FALSE(equal(filler, DnFold::kLdap));
  EXPECT_TRUE(equal(filler, DnFold::kWidest));
}

TEST(DnKey, MangledNamesOfActiveDirectoryParse) {
  EXPECT_TRUE(parses("CN=foo\\0ACNF:12345678-9abc-def0-1234-56789abcdef0,OU=a,DC=x"));
  EXPECT_TRUE(parses("CN=foo\\0ADEL:12345678-9abc-def0-1234-56789abcdef0,CN=Deleted Objects,DC=x"));
}

TEST(DnKey, BelowIsAPrefix) {
  for (const DnFold fold : kFolds) {
    const std::string board = dn_key("OU=Board,DC=x", fold);
    EXPECT_TRUE(dn_key("CN=a,OU=Board,DC=x", fold).starts_with(board));
    EXPECT_TRUE(board.starts_with(dn_key("DC=x", fold)));
    EXPECT_FALSE(dn_key("OU=Boards,DC=x", fold).starts_with(board));
    EXPECT_FALSE(dn_key("OU=Board+CN=a,DC=x", fold).starts_with(board));
    EXPECT_EQ(dn_key("", fold), "");
  }
}

TEST(DnKey, WhatIsNotUtf8IsComparedByItsOctets) {
  for (const DnFold fold : kFolds) {
    EXPECT_TRUE(equal({"OU=Z\xFCrich", "OU=z\xFCRICH"}, fold));
    EXPECT_TRUE(equal({"OU=Z\xFCrich", "OU=Z\\FCrich"}, fold));
    EXPECT_FALSE(equal({"OU=Z\xFCrich", "OU=Z\xDCrich"}, fold));
    EXPECT_FALSE(equal({"OU=Z\xFCrich", "OU=Z\xC3\xBCrich"}, fold));
  }
}

TEST(DnKey, WhatCannotBeParsedEqualsItselfOnly) {
  for (const char* bad :
       {"OU",      "OU=a,",       "OU=a;",     "OU=a+",     ",OU=a",          "OU=a,,DC=x", "=a",
        "OU=a,=b", "OU=\"a",      "OU=a\\",    "OU=a\\4",   "OU=a\\xy",       "OU=#",       "OU=#1",
        "OU=#0g",  "OU=#0C0141x", "OU=a\"b",   "OU=\"a\"b", "Doe, John,OU=a", "O U=a",      "1.=a",
        "1..2=a",  "1=a",         "abc.2.5=a", "-=a",       "\xC3\xBC=a"}) {
    EXPECT_FALSE(parses(bad)) << bad;
    for (const DnFold fold : kFolds) {
      EXPECT_EQ(dn_key(bad, fold), dn_key(bad, fold));
      EXPECT_NE(dn_key(bad, fold), dn_key(std::string(bad) + " ", fold));
    }
  }
}

TEST(ParentDn, IsWhatFollowsTheFirstSeparator) {
  for (const Pair& p : std::vector<Pair>{
           {"CN=a,OU=b,DC=x", "OU=b,DC=x"},
           {"CN=a , OU=b", "OU=b"},
           {"CN=a;OU=b", "OU=b"},
           {"CN=Doe\\, John,OU=b", "OU=b"},
           {"CN=Doe\\2C John,OU=b", "OU=b"},
           {"CN=a\\\\,OU=b", "OU=b"},
           {"CN=a\\\\\\,c,OU=b", "OU=b"},
           {"CN=\"Doe, John\",OU=b", "OU=b"},
           {"CN= \"a\\\",b\" ,OU=b", "OU=b"},
           {"CN=a+OU=\"c,d\",OU=b", "OU=b"},
           {"CN=5\\\" disk,OU=b", "OU=b"},
           {"CN=5\" disk,OU=b", "OU=b"},  // does not parse, but is clear
           {"CN=x=\"a,b", "b"},           // '"' is a quote at a value's start only
           {"CN=#0C0141,OU=b", "OU=b"},
           {"CN=foo\\0ACNF:1,OU=b", "OU=b"},
           {"DC=x", ""},
           {"DC=x\\", ""},
           {"DC=\"x", ""},
           {"DC=x,", ""},
           {"", ""},
       }) {
    EXPECT_EQ(parent_dn(p.a), p.b) << p.a;
  }
}

RC_GTEST_PROP(DnProperties, TheParentIsAPrefixOfTheKey, ()) {
  std::string dn;
  for (int i = *rc::gen::inRange(1, 14); i > 0; --i) {
    dn += *rc::gen::element<std::string>("CN=", "a", ",", "\\,", "\\\\", "\"", "+", " ", ";OU=b");
  }
  if (!parses(dn)) return;
  for (const DnFold fold : kFolds) {
    const std::string parent = dn_key(parent_dn(dn), fold);
    RC_ASSERT(dn_key(dn, fold).starts_with(parent));
    RC_ASSERT(dn_key(dn, fold).size() > parent.size() || dn.find('=') == std::string::npos);
  }
}

RC_GTEST_PROP(DnProperties, WidestTakesAllAsEqualThatAnotherFoldDoes, ()) {
  const auto value = [] {
    std::string s = "OU=";
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
      s += *rc::gen::element<std::string>("a", "A", "\xC3\xA9", "e\xCC\x81", "E", "\xC2\xAD",
                                          "\xE2\x80\x8B", "\\0A", " ", "\xC2\xA0", "\xC3\x9F", "ss",
                                          "\xEF\xBC\xA1", "\xCC\x81", "\xE3\x85\xA4", "\\FF",
                                          "\xE3\x82\xA2", "\xE3\x81\x82", "\xEF\xBD\xB1");
    }
    return s;
  };
  const Pair p = {value(), value()};
  if (equal(p, DnFold::kActiveDirectory)) RC_ASSERT(equal(p, DnFold::kWidest));
  if (equal(p, DnFold::kLdap)) RC_ASSERT(equal(p, DnFold::kWidest));
}

TEST(LooksLikeDn, StartsWithATypeThatNamesEntries) {
  for (const char* dn :
       {"OU=Board,DC=contoso,DC=com", "dc=x", " cn = a", "2.5.4.3=a,DC=x", "OID.2.5.4.3=a",
        "UID=a@contoso.com,OU=b", "C=DE", "1.2.3.4=x", "CN=Doe, John,DC=x"}) {
    EXPECT_TRUE(looks_like_dn(dn)) << dn;
  }
}

TEST(LooksLikeDn, AnchorsAddressesAndIdsDoNot) {
  for (const char* other :
       {"", "=", "a", "EjRWeJq83vASNFZ4mrze8A==", "ou/CNabcdefghijklmnoQ==", "ann@contoso.com",
        "c=us@contoso.com", "SMTP:a=b@x", "12345678-9abc-def0-1234-56789abcdef0", "foo=bar",
        "contoso.com/Board", "contoso.com/a=b", "X400:c=US;a= ;p=x", "1.2.=x", "CN"}) {
    EXPECT_FALSE(looks_like_dn(other)) << other;
  }
}

TEST(LooksLikeCanonicalName, IsADomainWithADotAndASlash) {
  for (const char* name :
       {"contoso.com/", "contoso.com/Board", " contoso.com/Board/Level 2", "a.b.c/x",
        "b\xC3\xBC"
        "cher.example/x",
        "my_domain.local/x", "contoso.com/a=b"}) {
    EXPECT_TRUE(looks_like_canonical_name(name)) << name;
  }
  for (const char* other : {"", "/", "contoso.com", "contoso/Board", ".com/x", "contoso./x",
                            "a..b/x", "a b.c/x", "OU=a.b/c,DC=x", "https://contoso.com/x",
                            "/o=Org/ou=x", "ann@contoso.com/x", "EjRWeJq8/vASNFZ4mrze8A=="}) {
    EXPECT_FALSE(looks_like_canonical_name(other)) << other;
  }
}

}  // namespace
}  // namespace trueup
