// SPDX-License-Identifier: Apache-2.0
#include "engine/compare/address_syntax.h"

#include <gtest/gtest.h>

namespace trueup {
namespace {

const char* wrong(std::string_view value) { return wrong_with(parse_proxy_address(value)); }

TEST(AddressSyntax, WhatExchangeWritesIsAnAddress) {
  for (const char* value :
       {"SMTP:anna@fabrikam.example", "smtp:a@x", "smtp:o'neil+tag_1@sub.x-y.example",
        "smtp:\"anna smith\"@x", "smtp:\"a@b;c\"@x", "smtp:a@[10.0.0.1]", "smtp:.a.@x",
        "smtp:j\xC3\xBCrgen@m\xC3\xBCller.example", "smtp:$a=b/c!{d}@x", "sip:anna@x",
        "SIP:+49301@x;ext=12", "sip:\"a\"@x", "X500:/o=F/ou=G/cn=a b", "x500:/o=F, smtp",
        "X400:c=US;a= ;p=F;o=E;s=a", "EUM:1;phone-context=a:b", "NOTES:a/b", "FAX:+49 30 1",
        "smtp:IMCEAEX-_o=F_ou=E+20A_cn=a@x"}) {
    EXPECT_EQ(wrong(value), nullptr) << value << ": " << wrong(value);
  }
}

TEST(AddressSyntax, WhatAWrongExportLeavesIsNone) {
  for (const char* value : {"smtp:",
                            "smtp:@",
                            "smtp:b",
                            "smtp:@x",
                            "smtp:b@",
                            "smtp:null",
                            "smtp:$null",
                            "smtp: \t",
                            "smtp:\xC2\xA0",
                            "smtp:\xE2\x80\x8B",
                            "smtp:\xEF\xBB\xBF",
                            "smtp:\xE3\x80\x80",
                            "X500:\xC2\xA0",
                            "smtp:a@x;",
                            "smtp:;a@x",
                            "smtp:<a@x>",
                            "SMTP:Anna <a@x>",
                            "smtp:a b@x",
                            "smtp:a@x y",
                            "smtp:a\xC2\xA0@x",
                            "smtp:a@x\xE2\x80\x8B",
                            "smtp:a@@x",
                            "smtp:a@b@x",
                            "smtp:a@x.",
                            "smtp:a@.x",
                            "smtp:a@x..y",
                            "smtp:SMTP:a@x",
                            "smtp:mailto:a@x",
                            "smtp:a@x,y",
                            "smtp:a\x01@x",
                            "smtp :a@x",
                            "sip:a",
                            "sip:@x",
                            "sip:a@",
                            "sip:a b@x",
                            "{smtp:a@x}",
                            "{smtp:a@x",
                            "\xEF\xBD\x93mtp:a@x",
                            "smtp:a@m?ller.example",
                            "smtp:a@x\xC2\x85",
                            "smtp:a@x\xE2\x81\xA6",
                            "smtp:'a@x'",
                            "smtp:a@b:c",
                            "smtp:a@=",
                            "smtp:a@x/y",
                            "smtp:\"\"\"@x",
                            "X500:null",
                            "x500:x",
                            "eum:null",
                            "sip:sip:a@x",
                            "mailto:a@x",
                            "http://x",
                            "X500:/o=x/cn=y\x01z"}) {
    EXPECT_NE(wrong(value), nullptr) << value;
  }
}

TEST(AddressSyntax, MailHasNoType) {
  EXPECT_TRUE(is_mail_address("anna@fabrikam.example"));
  for (const char* value : {"", "anna", "SMTP:anna@x", "smtp:anna@x", "<anna@x>", "anna@x;b@x"}) {
    EXPECT_FALSE(is_mail_address(value)) << value;
  }
}

TEST(AddressSyntax, BlankIsWhatNobodySees) {
  for (const char* text : {"", " ", "\r\n", "\xC2\xA0 \xE2\x80\x8B", "\xE2\x80\xAF\xE2\x81\xA0"}) {
    EXPECT_TRUE(is_blank(text));
  }
  for (const char* text : {"a", " a ", "\xC2\xA1", "\xE2\x82\xAC", "\xE2\x80\x94", "\xC3"}) {
    EXPECT_FALSE(is_blank(text)) << text;
  }
}

}  // namespace
}  // namespace trueup
