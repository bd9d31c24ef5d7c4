// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/dn_subtree.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "snapshots/model/dn.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr DnFold kFolds[] = {DnFold::kWidest, DnFold::kActiveDirectory, DnFold::kLdap};

TEST(DnSubtree, ContainsItsHeadAndAllBelow) {
  for (const DnFold fold : kFolds) {
    const DnSubtree board("ou = Board ; DC=contoso,DC=com", fold);
    EXPECT_EQ(board.text(), "ou = Board ; DC=contoso,DC=com");
    for (const char* dn :
         {"OU=Board,DC=contoso,DC=com",
          "ou=BOARD,dc=Contoso,dc=COM",
          "CN=a,OU=Board,DC=contoso,DC=com",
          "CN=a,OU=b,OU=Board,DC=contoso,DC=com",
          "CN=Doe\\, John,OU=Board,DC=contoso,DC=com",
          "CN=\"Doe, John\",OU=Board,DC=contoso,DC=com",
          "CN=a\\\\,OU=Board,DC=contoso,DC=com",
          "CN=a\\5C,OU=Board,DC=contoso,DC=com",
          "CN=a;OU=Board;DC=contoso;DC=com",
          "CN=a , OU=Board , DC=contoso , DC=com ",
          "CN=a,OU=\"Board\",DC=contoso,DC=com",
          "CN=a,OU=\\42oard,DC=contoso,DC=com",
          "CN=a,2.5.4.11=Board,DC=contoso,DC=com",
          "CN=a,OU=#0C05426F617264,DC=contoso,DC=com",
          "CN=a+UID=b,OU=Board,DC=contoso,DC=com",
          "CN=M\xC3\xBCller,OU=Board,DC=contoso,DC=com",
          "CN=M\xFCller,OU=Board,DC=contoso,DC=com",
          "CN=a,OU=\xEF\xBC\xA2oard,DC=contoso,DC=com",
          "CN=,OU=Board,DC=contoso,DC=com",
          "CN=foo\\0ACNF:12345678-9abc-def0-1234-56789abcdef0,OU=Board,DC=contoso,DC=com"}) {
      EXPECT_TRUE(board.contains(dn)) << dn;
    }
  }
}

TEST(DnSubtree, ATextThatEndsTheSameIsNotBelow) {
  for (const DnFold fold : kFolds) {
    const DnSubtree board("OU=Board,DC=contoso,DC=com", fold);
    for (const char* dn : {"",
                           "DC=com",
                           "DC=contoso,DC=com",
                           "OU=Boards,DC=contoso,DC=com",
                           "OU=xBoard,DC=contoso,DC=com",
                           "xOU=Board,DC=contoso,DC=com",
                           "OU=x OU=Board,DC=contoso,DC=com",
                           "CN=Board,DC=contoso,DC=com",
                           "CN=a\\,OU=Board,DC=contoso,DC=com",
                           "CN=a\\\\\\,OU=Board,DC=contoso,DC=com",
                           "CN=a\\2COU=Board,DC=contoso,DC=com",
                           "CN=\"a,OU=Board\",DC=contoso,DC=com",
                           "CN=\"a,OU=Board,DC=contoso,DC=com\"",
                           "CN=\"x,OU=Board,DC=contoso\",DC=com",
                           "CN=a+OU=Board,DC=contoso,DC=com",
                           "OU=Board+CN=a,DC=contoso,DC=com",
                           "OU=Board,OU=x,DC=contoso,DC=com",
                           "OU=Board,DC=contoso,DC=com,DC=x",
                           "OU=Board,DC=xcontoso,DC=com",
                           "OU=Board,DC=contoso\\,DC=com",
                           "OU=Board,DC=contoso,O=com",
                           "OU=Board,DC=contoso.com"}) {
      EXPECT_FALSE(board.contains(dn)) << dn;
    }
  }
}

TEST(DnSubtree, FoldsBeyondAscii) {
  const std::string dn = "CN=a,OU=ZURICH,DC=x", hidden = "CN=a,OU=Z\xC3\xBC\xC2\xADrich,DC=x";
  for (const DnFold fold : kFolds) {
    const DnSubtree zurich("OU=Z\xC3\xBCrich,DC=x", fold);
    EXPECT_TRUE(zurich.contains("CN=a,OU=Zu\xCC\x88RICH,DC=x"));
    EXPECT_EQ(zurich.contains(dn), fold != DnFold::kLdap);
    EXPECT_EQ(zurich.contains(hidden), fold != DnFold::kActiveDirectory);
    EXPECT_FALSE(zurich.contains("CN=a,OU=Zorich,DC=x"));
    const DnSubtree ascii("OU=Zurich,DC=x", fold);
    EXPECT_EQ(ascii.contains("CN=a,OU=Z\xC3\xBCrich,DC=x"), fold != DnFold::kLdap);
  }
}

TEST(DnSubtree, WhatCannotBeParsedIsInTheWidestOnly) {
  for (const DnFold fold : kFolds) {
    const DnSubtree board("OU=Board,DC=x", fold), comma("OU=a\\,b,DC=x", fold);
    const DnSubtree at_the_end("OU=a\\,", fold);
    const DnSubtree canonical("c.x/Board", fold), canonical_comma("c.x/a,b", fold);
    const bool widest = fold == DnFold::kWidest;
    for (const char* dn :
         {"CN=\"a,OU=Board,DC=x", "Doe, John,OU=Board,DC=x", "CN=a\\zz,OU=Board,DC=x",
          "CN=a,OU=Board,DC=x,", "CN=a,OU=Board,DC=x\\", "CN=a\"b\\,OU=board,DC=x",
          ",OU=Board,DC=x", "CN=a,,organizationalUnitName = \"Board\";DC=x ",
          "CN=#zz,OU=Bo\xC2\xAD\\61rd,DC=x"}) {
      EXPECT_EQ(board.contains(dn), widest) << dn;
      EXPECT_FALSE(board.names(dn)) << dn;
    }
    EXPECT_EQ(at_the_end.contains("CN=\"x,OU=a\\,"), widest);
    EXPECT_EQ(comma.contains("CN=\"x,OU=a\\2Cb,DC=x"), widest);
    EXPECT_EQ(canonical.contains("CN=\"a,CN=board,DC=c,DC=x"), widest);
    EXPECT_EQ(canonical_comma.contains("Doe, John,CN=a\\,b,DC=c,DC=x"), widest);
    for (const char* dn : {"CN=\"a,OU=xBoard,DC=x", "Doe, John,OU=Board,DC=y", "CN=\"a,DC=x",
                           "OU=Board,", "CN=\"a,OU=Board,DC=x,OU=c", "\"", "\\", ","}) {
      EXPECT_FALSE(board.contains(dn)) << dn;
      EXPECT_FALSE(canonical.contains(dn)) << dn;
      EXPECT_FALSE(canonical_comma.contains(dn)) << dn;
    }
  }
}

TEST(DnSubtree, ACanonicalNameTakesItsComponentsOfAnyType) {
  for (const DnFold fold : kFolds) {
    const DnSubtree level("Contoso.com/Board/Level  2", fold);
    for (const char* dn :
         {"OU=Level 2,OU=Board,DC=contoso,DC=com", "CN=level 2,OU=board,DC=CONTOSO,DC=com",
          "CN=a,O=Level 2,CN=Board,DC=contoso,DC=com",
          "CN=a,OU=\"Level 2\",OU=Board,DC=contoso,DC=com",
          "CN=a,st=Level 2,x-y=Board,DC=contoso,DC=com", "DC=Level 2,OU=Board,DC=contoso,DC=com"}) {
      EXPECT_TRUE(level.contains(dn)) << dn;
    }
    for (const char* dn :
         {"OU=Board,DC=contoso,DC=com", "OU=Board,OU=Level 2,DC=contoso,DC=com",
          "OU=Level 2,DC=Board,DC=contoso,DC=com", "OU=xLevel 2,OU=Board,DC=contoso,DC=com",
          "CN=a\\,OU=Level 2,OU=Board,DC=contoso,DC=com",
          "OU=Level 2+CN=a,OU=Board,DC=contoso,DC=com", "OU=Level 2,OU=Board,OU=contoso,DC=com",
          "OU=Level 2,OU=Board,DC=contoso,DC=net",
          "OU=Level 2,domainComponent=Board,DC=contoso,DC=com"}) {
      EXPECT_FALSE(level.contains(dn)) << dn;
    }
    EXPECT_TRUE(DnSubtree("c.x/a\\/b", fold).names("OU=a/b,DC=c,DC=x"));
    EXPECT_TRUE(DnSubtree("c.x/a\\\\b", fold).names("OU=a\\\\b,DC=c,DC=x"));
    EXPECT_TRUE(DnSubtree("c.x/a,b+c", fold).names("OU=a\\,b\\+c,DC=c,DC=x"));
    EXPECT_TRUE(DnSubtree("c.x/a=b", fold).names("OU=a\\=b,DC=c,DC=x"));
    EXPECT_TRUE(DnSubtree("c.x/Board/", fold).names("OU=board,DC=c,DC=x"));
    EXPECT_TRUE(DnSubtree("c.x/#1", fold).names("OU=\\#1,DC=c,DC=x"));
  }
}

TEST(DnSubtree, ABareDomainIsAllOfIt) {
  for (const DnFold fold : kFolds) {
    const DnSubtree domain("sub.contoso.com/", fold);
    EXPECT_TRUE(domain.names("DC=sub,DC=contoso,DC=com"));
    EXPECT_TRUE(domain.contains("CN=a,OU=b,dc=Sub,dc=contoso,dc=com"));
    EXPECT_FALSE(domain.contains("CN=a,OU=sub,DC=contoso,DC=com"));
    EXPECT_FALSE(domain.contains("DC=contoso,DC=com"));
    EXPECT_TRUE(DnSubtree("contoso.com/", fold).covers(domain));
    EXPECT_FALSE(DnSubtree("contoso.com/sub", fold).covers(domain));
  }
}

TEST(DnSubtree, NamesItsHeadOnly) {
  for (const DnFold fold : kFolds) {
    const DnSubtree board("OU=Board,DC=x", fold);
    EXPECT_TRUE(board.names("ou=\"board\"; dc=X"));
    EXPECT_FALSE(board.names("CN=a,OU=Board,DC=x"));
    EXPECT_FALSE(board.names("DC=x"));
    EXPECT_FALSE(board.names(""));
  }
}

TEST(DnSubtree, KnowsWhatItLiesBelow) {
  for (const DnFold fold : kFolds) {
    const DnSubtree board("OU=Board,OU=b,DC=x", fold);
    EXPECT_TRUE(board.is_directly_below("ou=B , dc=X"));
    EXPECT_TRUE(board.is_below("OU=b,DC=x"));
    EXPECT_TRUE(board.is_below("DC=x"));
    EXPECT_TRUE(board.is_below(""));
    EXPECT_FALSE(board.is_directly_below("DC=x"));
    EXPECT_FALSE(board.is_directly_below(""));
    for (const char* dn : {"OU=Board,OU=b,DC=x", "CN=a,OU=Board,OU=b,DC=x", "OU=c,DC=x", "DC=y",
                           "OU=b\\,DC=x", "\"", "OU=b,DC=x,"}) {
      EXPECT_FALSE(board.is_below(dn)) << dn;
      EXPECT_FALSE(board.is_directly_below(dn)) << dn;
    }
    const DnSubtree canonical("c.x/b/Board", fold);
    EXPECT_TRUE(canonical.is_directly_below("CN=b,DC=c,DC=x"));
    EXPECT_TRUE(canonical.is_below("DC=c,DC=x"));
    EXPECT_FALSE(canonical.is_below("DC=b,DC=c,DC=x"));
    EXPECT_TRUE(DnSubtree("DC=x", fold).is_directly_below(""));
  }
}

TEST(DnSubtree, CoversWhatLiesInIt) {
  for (const DnFold fold : kFolds) {
    const auto covers = [&](const char* a, const char* b) {
      return DnSubtree(a, fold).covers(DnSubtree(b, fold));
    };
    EXPECT_TRUE(covers("OU=b,DC=c,DC=x", "ou=B,dc=c,dc=x"));
    EXPECT_TRUE(covers("OU=b,DC=c,DC=x", "OU=a,OU=b,DC=c,DC=x"));
    EXPECT_FALSE(covers("OU=a,OU=b,DC=c,DC=x", "OU=b,DC=c,DC=x"));
    EXPECT_FALSE(covers("OU=b,DC=c,DC=x", "OU=xb,DC=c,DC=x"));
    EXPECT_TRUE(covers("c.x/b", "CN=a,OU=b,DC=c,DC=x"));
    EXPECT_TRUE(covers("c.x/b", "C.X/B/a"));
    EXPECT_TRUE(covers("DC=c,DC=x", "c.x/b"));
    EXPECT_FALSE(covers("OU=b,DC=c,DC=x", "c.x/b")) << "CN=b is in the other as well";
    EXPECT_FALSE(covers("c.x/b", "c.x/"));
  }
  const DnSubtree accent("OU=\xC3\xA9,DC=x", DnFold::kLdap), plain("OU=e,DC=x", DnFold::kWidest);
  EXPECT_TRUE(plain.covers(accent)) << "as the covering one folds";
  EXPECT_FALSE(accent.covers(plain));
}

std::string refusal(const char* text) {
  try {
    DnSubtree(text, DnFold::kWidest);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(DnSubtree, RefusesWhatIsNeither) {
  for (const char* text : {"", "  ", "contoso.com", "Board", "ann@contoso.com", "contoso/Board",
                           "EjRWeJq83vASNFZ4mrze8A"}) {
    EXPECT_NE(refusal(text).find("neither a distinguished name nor a canonical name; write OU="),
              std::string::npos)
        << text;
  }
}

TEST(DnSubtree, SaysWhereItStoppedUnderstanding) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"OU=a,DC=x,", "at character 10, nothing follows this separator. Write"},
      {"OU=a,Board,DC=x", "at character 6, this part has no '='. Write"},
      {"OU=a,,DC=x", "at character 6, this part has no '='. Write"},
      {"OU=a,=b", "at character 6, no attribute type stands before this '='. Write"},
      {"OU=a,O U=b", "at character 6, this is not an attribute type. Write"},
      {"OU=\"a,DC=x", "at character 4, this quote is not closed. Write"},
      {"OU=\"a\"b,DC=x", "at character 7, a separator is expected here. Write"},
      {"OU=a\"b", "at character 5, a quote inside a value is written as \\\". Write"},
      {"DC=a\\", "at character 5, nothing follows this backslash. Write"},
      {"OU=\xC3\xBC\\4,DC=x", "at character 5, this backslash is followed neither by a special"},
      {"OU=#0g,DC=x", "at character 4, '#' is not followed by pairs of hex digits"},
      {"contoso.com/a//b", "canonical name: at character 15, there is no name between the slashes"},
      {"contoso.com//", "canonical name: at character 13, there is no name between the slashes"},
      {"contoso.com/a\\", "canonical name: at character 14, nothing follows this backslash"},
  };
  for (const auto& [text, where] : cases) {
    const std::string message = refusal(text);
    EXPECT_NE(message.find(where), std::string::npos) << message;
    EXPECT_TRUE(message.starts_with("'" + std::string(text) + "' is not a ")) << message;
  }
}

// contains() has a short way for plain text; keys go the long way always.
std::string random_rdn() {
  if (*rc::gen::inRange(0, 8) == 0) {
    return *rc::gen::element<std::string>("", "a", "=", "\"", "\\", "OU=\"a", "OU=a\\", "OU=#0C",
                                          " ");
  }
  const auto type = *rc::gen::element<std::string>("OU", "CN", "DC", "ou", "st", "x-y", "2.5.4.11");
  const auto value = *rc::gen::element<std::string>(
      "a", "A", "b", "x", "a\\,OU=a", "\"a\"", "\"b,OU=a\"", "#0C0161", "\\#0C0161", "\\61", " a",
      "a  b", "a b", "", "a+CN=b", "b+OU=a", "\xC3\xA1", "a\xC2\xAD", "a\\\\", "a=a");
  return type + "=" + value;
}

std::string random_dn() {
  std::string out = random_rdn();
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    out += *rc::gen::element<std::string>(",", ",", ",", ", ", " ,", ";", "\\,") + random_rdn();
  }
  return out;
}

RC_GTEST_PROP(DnSubtreeProperties, ContainsWhatTheKeySays, ()) {
  const auto base = *rc::gen::element<std::string>(
      "OU=a,DC=x", "OU=a", "DC=x", "OU=b,OU=a", "st=b,DC=x", "OU=a b", "OU=\xC3\xA1", "CN=b+OU=a",
      "OU=a\\,OU=a", "x-y=a", "OU=\\#0C0161", "OU=", "OU=a=a", "CN=a\\\\");
  for (int i = 0; i < 30; ++i) {
    std::string entry = random_dn();
    if (*rc::gen::inRange(0, 2) == 0) {
      entry += *rc::gen::element<std::string>(",", ", ", "\\,", "+", "") + base;
    }
    for (const DnFold fold : kFolds) {
      const DnSubtree subtree(base, fold);
      const std::string key = dn_key(entry, fold), head = dn_key(base, fold);
      const bool unparsed = key.starts_with('\xFF');
      RC_LOG() << entry << " in " << base << "\n";
      if (!unparsed || fold != DnFold::kWidest) {
        RC_ASSERT(subtree.contains(entry) == key.starts_with(head));
      }
      RC_ASSERT(subtree.names(entry) == (key == head));
      RC_ASSERT(subtree.is_below(entry) == (head.starts_with(key) && head != key));
    }
  }
}

RC_GTEST_PROP(DnSubtreeProperties, TheWidestSeesItsTextBehindWhatCannotBeParsed, ()) {
  const std::string base = random_dn();
  const std::string key = dn_key(base, DnFold::kWidest);
  if (key.empty() || key.starts_with('\xFF')) return;
  const std::string entry = random_dn() + "," + base;
  if (!dn_key(entry, DnFold::kWidest).starts_with('\xFF')) return;
  RC_ASSERT(DnSubtree(base, DnFold::kWidest).contains(entry));
}

}  // namespace
}  // namespace trueup
