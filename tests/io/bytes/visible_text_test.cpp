// SPDX-License-Identifier: Apache-2.0
#include "io/bytes/visible_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

namespace trueup {
namespace {

TEST(VisibleText, WhatATerminalWouldActOnIsEscaped) {
  EXPECT_EQ(visible("CN=Jörg Müller,OU=東京"), "CN=Jörg Müller,OU=東京");
  EXPECT_EQ(visible("\x1b[31mred\x1b[0m\r\n\t\x7f"), "\\x1b[31mred\\x1b[0m\\x0d\\x0a\\x09\\x7f");
  EXPECT_EQ(visible("\xC2\x9B"
                    "31m"),
            "\\x9b31m")
      << "CSI as one character of C1";
  EXPECT_EQ(visible("\x9B"
                    "31m"),
            "\\x9b31m")
      << "and as a byte, to a Latin-1 terminal";
  EXPECT_EQ(visible("a\xE2\x80\xAE"
                    "b\xE2\x81\xA6"
                    "c\xE2\x80\xA8"
                    "d"),
            "a\\u202eb\\u2066c\\u2028d");
  EXPECT_EQ(visible(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(VisibleText, BytesThatAreNoUtf8AreEscaped) {
  for (const char* bad :
       {"\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xFF", "\xE0\x80\xAF"}) {
    EXPECT_FALSE(is_visible(bad));
    EXPECT_EQ(visible(bad).substr(0, 2), "\\x");
    EXPECT_EQ(valid_utf8(bad).substr(0, 3), "\xEF\xBF\xBD");
  }
  EXPECT_EQ(valid_utf8("a\xFF"
                       "é"),
            "a\xEF\xBF\xBD"
            "é");
}

TEST(VisibleText, LinesStay) {
  EXPECT_EQ(visible_lines("a\n\x1b"
                          "b\n"),
            "a\n\\x1bb\n");
}

TEST(VisibleText, JsonStaysJson) {
  const nlohmann::json value = {{"dn", "a\x7f\xC2\x9B\xE2\x80\xAE\x1b"}};
  const std::string text = visible_json(value.dump(1));
  EXPECT_TRUE(is_visible(text.substr(2, text.size() - 4)));
  EXPECT_EQ(nlohmann::json::parse(text), value);
}

RC_GTEST_PROP(VisibleTextProperties, WhatComesOutIsVisible, (std::string text)) {
  RC_ASSERT(is_visible(visible(text)));
  RC_ASSERT(!is_visible(text) || visible(text) == text);
  RC_ASSERT(valid_utf8(valid_utf8(text)) == valid_utf8(text));
}

}  // namespace
}  // namespace trueup
