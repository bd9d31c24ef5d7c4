// SPDX-License-Identifier: Apache-2.0
#include "tests/support/ldif_record.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "io/bytes/base64.h"
#include "tests/support/ldif_support.h"

namespace trueup {
namespace {

using Result = LdifRecordReader::Result;

// The examples of RFC 2849, those with file URLs apart.
constexpr const char* kRfcExamples[] = {
    "version: 1\n"
    "dn: cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com\n"
    "objectclass: top\nobjectclass: person\nobjectclass: organizationalPerson\n"
    "cn: Barbara Jensen\ncn: Barbara J Jensen\ncn: Babs Jensen\nsn: Jensen\nuid: bjensen\n"
    "telephonenumber: +1 408 555 1212\ndescription: A big sailing fan.\n"
    "\n"
    "dn: cn=Bjorn Jensen, ou=Accounting, dc=airius, dc=com\n"
    "objectclass: top\nobjectclass: person\nobjectclass: organizationalPerson\n"
    "cn: Bjorn Jensen\nsn: Jensen\ntelephonenumber: +1 408 555 1212\n",

    "version: 1\n"
    "dn:cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com\n"
    "objectclass:top\nobjectclass:person\nobjectclass:organizationalPerson\n"
    "cn:Barbara Jensen\ncn:Barbara J Jensen\ncn:Babs Jensen\nsn:Jensen\nuid:bjensen\n"
    "telephonenumber:+1 408 555 1212\n"
    "description:Babs is a big sailing fan, and travels extensively in sea\n"
    " rch of perfect sailing conditions.\n"
    "title:Product Manager, Rod and Reel Division\n",

    "version: 1\n"
    "dn: cn=Gern Jensen, ou=Product Testing, dc=airius, dc=com\n"
    "objectclass: top\nobjectclass: person\nobjectclass: organizationalPerson\n"
    "cn: Gern Jensen\ncn: Gern O Jensen\nsn: Jensen\nuid: gernj\n"
    "telephonenumber: +1 408 555 1212\n"
    "description:: V2hhdCBhIGNhcmVmdWwgcmVhZGVyIHlvdSBhcmUhICBUaGlzIHZhbHVlIGlzIGJhc2UtNjQtZW5\n"
    " jb2RlZCBiZWNhdXNlIGl0IGhhcyBhIGNvbnRyb2wgY2hhcmFjdGVyIGluIGl0IChhIENSKS4NICBCeSB0\n"
    " aGUgd2F5LCB5b3Ugc2hvdWxkIHJlYWxseSBnZXQgb3V0IG1vcmUu\n",

    "version: 1\n"
    "dn:: b3U95Za25qWt6YOoLG89QWlyaXVz\n"
    "# dn:: ou=<JapaneseOU>,o=Airius\n"
    "objectclass: top\nobjectclass: organizationalUnit\n"
    "ou:: 5Za25qWt6YOo\n# ou:: <JapaneseOU>\n"
    "ou;lang-ja:: 5Za25qWt6YOo\n# ou;lang-ja:: <JapaneseOU>\n"
    "ou;lang-ja;phonetic:: 44GI44GE44GO44KH44GG44G2\n"
    "# ou;lang-ja;phonetic:: <JapaneseOU_in_phonetic_representation>\n"
    "ou;lang-en: Sales\ndescription: Japanese office\n"
    "\n"
    "dn:: dWlkPXJvZ2FzYXdhcmEsb3U95Za25qWt6YOoLG89QWlyaXVz\n"
    "# dn:: uid=<uid>,ou=<JapaneseOU>,o=Airius\n"
    "userpassword: {SHA}O3HSv1MusyL4kTjP+HKI5uxuNoM=\n"
    "objectclass: top\nuid: rogasawara\nmail: rogasawara@airius.co.jp\n"
    "givenname;lang-ja:: 44Ot44OJ44OL44O8\ngivenname:: 44Ot44OJ44OL44O8\n"
    "preferredlanguage: ja\ntitle;lang-ja;phonetic:: 44GI44GE44GO44KH44GGIOOBtuOBoeOCh+OBhg==\n",

    "version: 1\n"
    "# Add a new entry\n"
    "dn: cn=Fiona Jensen, ou=Marketing, dc=airius, dc=com\nchangetype: add\n"
    "objectclass: top\nobjectclass: person\ncn: Fiona Jensen\nsn: Jensen\nuid: fiona\n"
    "telephonenumber: +1 408 555 1212\n"
    "\n"
    "# Delete an existing entry\n"
    "dn: cn=Robert Jensen, ou=Marketing, dc=airius, dc=com\nchangetype: delete\n"
    "\n"
    "# Modify an entry's relative distinguished name\n"
    "dn: cn=Paul Jensen, ou=Product Development, dc=airius, dc=com\nchangetype: modrdn\n"
    "newrdn: cn=Paula Jensen\ndeleteoldrdn: 1\n"
    "\n"
    "# Rename an entry and move all of its children to a new location in\n"
    "# the directory tree (only implemented by LDAPv3 servers).\n"
    "dn: ou=PD Accountants, ou=Product Development, dc=airius, dc=com\nchangetype: modrdn\n"
    "newrdn: ou=Product Development Accountants\ndeleteoldrdn: 0\n"
    "newsuperior: ou=Accounting, dc=airius, dc=com\n"
    "\n"
    "# Modify an entry: add an additional value to the postaladdress attribute, ...\n"
    "dn: cn=Paula Jensen, ou=Product Development, dc=airius, dc=com\nchangetype: modify\n"
    "add: postaladdress\npostaladdress: 123 Anystreet $ Sunnyvale, CA $ 94086\n-\n"
    "delete: description\n-\n"
    "replace: telephonenumber\ntelephonenumber: +1 408 555 1234\n"
    "telephonenumber: +1 408 555 5678\n-\n"
    "delete: facsimiletelephonenumber\nfacsimiletelephonenumber: +1 408 555 9876\n-\n"
    "\n"
    "dn: cn=Ingrid Jensen, ou=Product Support, dc=airius, dc=com\nchangetype: modify\n"
    "replace: postaladdress\n-\ndelete: description\n-\n",

    "version: 1\n"
    "# Delete an entry. The operation will attach the LDAPv3\n"
    "# Tree Delete Control defined in [9]. The criticality\n"
    "dn: ou=Product Development, dc=airius, dc=com\n"
    "control: 1.2.840.113556.1.4.805 true\nchangetype: delete\n",
};

TEST(LdifRecord, ReadsTheExamplesOfRfc2849AsLibldapDoes) {
  for (const char* example : kRfcExamples) {
    EXPECT_EQ(our_records(example), libldap_records(example)) << example;
  }
}

TEST(LdifRecord, ReadsTheQuirksOfLdifdeAsLibldapDoes) {
  for (const char* text : {
           "dn: CN=a\r\nchangetype: add\r\nmail: a@b.c\r\n\r\n\r\ndn: CN=b\r\nmail: b@b.c\r\n",
           "dn: CN=a\nmail:    spaces before\nmail: spaces behind   \nx:\ny: \n",
           "dn: CN=a\nvalue:: \n YWJj\n ZGVm\nother:: YW\n Jj\n",
           "dn: CN=\n a,DC=\r\n b\nattribute:\n  value\nbinary::\n YWJj\n",
           "# comment\n that goes on\n\n\n# and one more\ndn: CN=a\n# with:\n  a fold\nx: y\n",
           "dn: CN=a\nx: y\n \nz: \n \n  1\n",
           "ref: ldap://x/y\n\ndn:\nobjectClass: top\n\nsearch: 2\nresult: 0 Success\n",
           "dn: CN=a\nMAIL: x\nuserCertificate;binary:: AAEC\nmember;range=0-1499: CN=b\n",
       }) {
    EXPECT_EQ(our_records(text), libldap_records(text)) << text;
  }
}

// libldap does not: it leaves a marker in the name.
TEST(LdifRecord, UnfoldsAlsoWithinTheName) {
  EXPECT_EQ(our_records("d\n n: CN=a\r\nattr\r\n ibute: v\nbinary:\n : YWJj\n"),
            (std::vector<FlatRecord>{{{"dn", "CN=a"}, {"attribute", "v"}, {"binary", "abc"}}}));
}

LdifRecord only_record(LdifRecordReader& reader) {
  LdifRecord record;
  std::string reason;
  EXPECT_EQ(reader.next(record, reason), Result::kRecord) << reason;
  return record;
}

TEST(LdifRecord, TellsNameOptionsAndKindApart) {
  LdifRecordReader reader("dn: CN=a\nmember;range=0-1499: v\njpegPhoto:< file:///x\nsn:: YQ==\n");
  const LdifRecord r = only_record(reader);
  ASSERT_EQ(r.lines.size(), 3U);
  EXPECT_EQ(r.lines[0].name, "member");
  EXPECT_EQ(r.lines[0].options, ";range=0-1499");
  EXPECT_EQ(r.lines[1].kind, LdifValue::kUrl);
  EXPECT_EQ(r.lines[1].value, "file:///x");
  EXPECT_EQ(r.lines[2].kind, LdifValue::kBase64);
  EXPECT_EQ(r.lines[2].value, "a");
}

TEST(LdifRecord, TellsTheBlocksOfAModify) {
  LdifRecordReader reader(
      "# anchor: AAAA\ndn: CN=a\nchangetype: modify\ndelete: mail\nmail: a\nmail: b\n-\n"
      "add: mail\nMAIL: c\n-\n");
  const LdifRecord r = only_record(reader);
  EXPECT_EQ(r.change, ChangeType::kModify);
  EXPECT_EQ(r.comments, std::vector<std::string_view>{"anchor: AAAA"});
  ASSERT_EQ(r.modifications.size(), 2U);
  EXPECT_EQ(r.modifications[0].operation, LdifModification::Operation::kDelete);
  EXPECT_EQ(r.modifications[0].count, 2U);
  EXPECT_EQ(r.modifications[1].operation, LdifModification::Operation::kAdd);
  EXPECT_EQ(r.lines[r.modifications[1].first].value, "c");
}

TEST(LdifRecord, GivesOffsetsAndTheCommentsBetween) {
  const std::string text =
      "version: 1\n\n# one\ndn: CN=a\n# two\nx: y\n# three\n\n\ndn: CN=b\n# end\n";
  LdifRecordReader reader(text, 1000);
  LdifRecord record;
  std::string reason;
  ASSERT_EQ(reader.next(record, reason), Result::kRecord);
  EXPECT_EQ(record.offset, 1000 + text.find("dn: CN=a"));
  EXPECT_EQ(record.comments, (std::vector<std::string_view>{"one", "two", "three"}));
  ASSERT_EQ(reader.next(record, reason), Result::kRecord);
  EXPECT_EQ(record.offset, 1000 + text.find("dn: CN=b"));
  EXPECT_EQ(record.comments, std::vector<std::string_view>{"end"});
  EXPECT_EQ(reader.next(record, reason), Result::kEnd);
}

TEST(LdifRecord, GoesOnBehindADefect) {
  using namespace std::string_view_literals;
  for (const std::string_view bad : {
           "dn: CN=a\nno colon here\nx: y\n"sv,
           "dn: CN=a\nx:: not base64!\n"sv,
           "dn: CN=a\nx:: YWJ\n"sv,
           "dn: CN=a\nx: nul\0 here\n"sv,
           "dn: CN=a\n: no name\n"sv,
           "dn: CN=a\nx: y\ndn: CN=b\n"sv,
           "dn: CN=a\nx: y\n-\n"sv,
           "dn:< file:///etc/passwd\n"sv,
           "dn: CN=a\nchangetype: destroy\n"sv,
           "dn: CN=a\nchangetype: delete\nx: y\n"sv,
           "dn: CN=a\nchangetype: modify\nmail: a\n-\n"sv,
           "dn: CN=a\nchangetype: modify\nadd: mail\nsn: a\n-\n"sv,
           "dn: CN=a\nchangetype: modify\nadd: mail\nmail: a\n"sv,
           "dn: CN=a\ncontrol: 1.2.3\nx: y\n"sv,
       }) {
    const std::string text = std::string(bad) + "\ndn: CN=next\n";
    LdifRecordReader reader(text);
    LdifRecord record;
    std::string reason;
    EXPECT_EQ(reader.next(record, reason), Result::kDefect) << bad;
    EXPECT_FALSE(reason.empty());
    ASSERT_EQ(reader.next(record, reason), Result::kRecord) << bad;
    EXPECT_EQ(record.dn, "CN=next");
  }
}

// Renders a record the way a capricious writer might: any folds, line ends, spaces, comments.
std::string rendered(const FlatRecord& record) {
  std::string out;
  for (const auto& [name, value] : record) {
    const bool safe =
        !value.empty() && value[0] != ' ' && value[0] != ':' && value[0] != '<' &&
        std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c != '\x7f'; });
    std::string line = name + (safe || value.empty() ? ":" : "::");
    line.append(*rc::gen::inRange<std::size_t>(0, 3), ' ');
    if (safe) {
      line += value;
    } else {
      append_base64(value, line);
    }
    const std::string end = *rc::gen::arbitrary<bool>() ? "\r\n" : "\n";
    // Not within the name, which libldap does not unfold.
    std::size_t at = name.size() + 2;
    out += line.substr(0, at);
    while (at < line.size()) {
      const auto width = *rc::gen::inRange<std::size_t>(1, 100);
      out += end + " " + line.substr(at, width);
      at += width;
    }
    out += end;
    if (*rc::gen::inRange(0, 8) == 0) out += "# a comment" + end + " that goes on" + end;
  }
  return out + "\n";
}

TEST(LdifRecord, AgreesWithLibldapOnRandomRecords) {
  EXPECT_TRUE(rc::check([] {
    const auto name = rc::gen::element<std::string>("mail", "proxyAddresses", "ou;lang-ja", "x-y",
                                                    "userCertificate;binary", "a", "2.5.4.3");
    // Printable text, or any bytes: base64 is needed for about half of the values.
    const auto value =
        rc::gen::oneOf(rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '\x7f')),
                       rc::gen::container<std::string>(rc::gen::map(
                           rc::gen::inRange(0, 256), [](int i) { return static_cast<char>(i); })));
    const auto records = *rc::gen::container<std::vector<FlatRecord>>(
        rc::gen::container<FlatRecord>(rc::gen::pair(name, value)));
    std::string text;
    std::vector<FlatRecord> wanted;
    for (FlatRecord record : records) {
      record.insert(record.begin(), {"dn", "CN=" + *value});
      text += rendered(record);
      wanted.push_back(std::move(record));
    }
    RC_ASSERT(our_records(text) == wanted);
    RC_ASSERT(libldap_records(text) == wanted);
  }));
}

}  // namespace
}  // namespace trueup
