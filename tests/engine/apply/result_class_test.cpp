// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/result_class.h"

#include <gtest/gtest.h>

#include <string>

#include "io/directory_errors.h"

namespace trueup {
namespace {

using Class = ResultClass;

struct Row {
  int ldap;
  const char* windows;  // the eight digits, "" : another server's answer
  Class expected;
};

std::string message(const Row& row) {
  return *row.windows == '\0' ? "no such luck"
                              : std::string(row.windows) + ": AttrErr: DSID-03190F7E, #1:\n";
}

TEST(ResultClass, IsByTheTable) {
  const Row rows[] = {
      {0, "", Class::kDone},
      {10, "0000202B", Class::kOneOrAll},
      {10, "", Class::kOneOrAll},
      {11, "00002024", Class::kTooMuch},
      {11, "", Class::kTooMuch},
      {11, "00002070", Class::kObject},
      {16, "00002085", Class::kConflict},
      {16, "00002076", Class::kConflict},
      {16, "", Class::kConflict},
      {17, "0000206F", Class::kAttribute},
      {17, "", Class::kAttribute},
      {16, "0000206F", Class::kAttribute},
      {19, "00002082", Class::kObject},
      {19, "00002081", Class::kObject},
      {19, "0000202F", Class::kObject},
      {19, "000020B1", Class::kObject},
      {19, "", Class::kObject},
      {20, "00002083", Class::kConflict},
      {20, "0000200D", Class::kConflict},
      {20, "", Class::kConflict},
      {21, "0000200B", Class::kObject},
      {21, "", Class::kObject},
      {32, "00002030", Class::kObject},
      {32, "0000208D", Class::kObject},
      {32, "", Class::kObject},
      {50, "00002098", Class::kObject},
      {50, "", Class::kObject},
      {51, "0000200E", Class::kTransient},
      {51, "", Class::kTransient},
      {51, "00002024", Class::kTooMuch},
      {52, "0000200F", Class::kTransient},
      {52, "", Class::kTransient},
      {53, "00002035", Class::kObject},
      {53, "00002077", Class::kObject},
      {53, "0000209A", Class::kObject},
      {53, "", Class::kObject},
      {65, "0000207D", Class::kAttribute},
      {65, "00002014", Class::kAttribute},
      {65, "", Class::kAttribute},
      {3, "00002022", Class::kTransient},
      {3, "", Class::kTransient},
      {8, "00002028", Class::kRun},
      {8, "", Class::kRun},
      {49, "", Class::kRun},
      {-1, "", Class::kObject},
      {80, "", Class::kOneOrAll},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(classify(row.ldap, message(row)), row.expected) << row.ldap << " " << row.windows;
  }
}

TEST(ResultClass, TheWindowsNumberGoesBeforeTheLdapCode) {
  EXPECT_EQ(classify(53, "0000200E: SvcErr"), Class::kTransient);
  EXPECT_EQ(classify(1, "00002085: AttrErr"), Class::kConflict);
  EXPECT_EQ(classify(80, "0000202b: RefErr"), Class::kOneOrAll) << "lower-case digits";
}

TEST(ResultClass, SuccessIsSuccessWhateverItSays) {
  EXPECT_EQ(classify(0, "00002085: AttrErr"), Class::kDone);
}

TEST(ResultClass, AnUnknownWindowsNumberLeavesItToTheLdapCode) {
  EXPECT_EQ(classify(51, "00000005: SecErr"), Class::kTransient);
  EXPECT_EQ(classify(20, "FFFFFFFF: what"), Class::kConflict);
}

TEST(ResultClass, OnlyEightHexDigitsAndAColonAreAWindowsNumber) {
  EXPECT_EQ(windows_error("00002085: AttrErr"), 0x2085U);
  EXPECT_EQ(windows_error("FFFFFFFF:"), 0xFFFFFFFFU);
  for (const char* text :
       {"", "2085", "00002085", "0002085: x", "000002085: x", "0000208G: x", "-0002085: x",
        "+0002085: x", "0x002085: x", " 0002085: x", "00002085 : x", "result 00002085: x"}) {
    EXPECT_FALSE(windows_error(text)) << text;
    EXPECT_EQ(classify(53, text), Class::kObject) << text;
  }
}

TEST(NamedAttribute, IsTheOneThatTheMessageNames) {
  const AttributeSet all = kAllAttributes;
  EXPECT_EQ(named_attribute("0000206F: AttrErr: DSID-03152804, #1:\n\t0: 0000206F: DSID-03152804, "
                            "problem 1002 (NO_ATTRIBUTE_OR_VAL), data 0, Att 20bf7 "
                            "(extensionAttribute12)",
                            all),
            extension_attribute(12));
  EXPECT_EQ(named_attribute("extensionAttribute1: attribute type undefined", all),
            extension_attribute(1));
  EXPECT_EQ(named_attribute("attribute 'EXTENSIONATTRIBUTE1' not allowed", all),
            extension_attribute(1));
  EXPECT_EQ(named_attribute("msExchExtensionCustomAttribute1 undefined", all),
            extension_custom_attribute(1));
}

TEST(NamedAttribute, IsAWholeWord) {
  const AttributeSet one_and_two = {extension_attribute(1), extension_attribute(2)};
  EXPECT_FALSE(named_attribute("extensionAttribute12 undefined", one_and_two));
  EXPECT_FALSE(named_attribute("myextensionAttribute1 undefined", one_and_two));
  EXPECT_EQ(named_attribute("extensionAttribute12, extensionAttribute1", one_and_two),
            extension_attribute(1));
  const AttributeSet addresses = kAddressAttributes;
  EXPECT_FALSE(named_attribute("mailNickname undefined", addresses));
  EXPECT_EQ(named_attribute("(mail)", addresses), Attribute::kMail);
}

TEST(NamedAttribute, OfASingleOneThereIsNoDoubt) {
  EXPECT_EQ(named_attribute("", {Attribute::kMail}), Attribute::kMail);
  EXPECT_FALSE(named_attribute("", kAddressAttributes));
  EXPECT_FALSE(named_attribute("mail", {}));
}

}  // namespace
}  // namespace trueup
