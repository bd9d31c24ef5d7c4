// SPDX-License-Identifier: Apache-2.0
#include "io/ldif/ldif_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "snapshots/model/errors.h"
#include "tests/support/ldif_support.h"

namespace trueup {
namespace {

// The GUID's octets are "0123456789abcdef".
const std::string kUser = "objectClass: user\nobjectGUID:: MDEyMzQ1Njc4OWFiY2RlZg==\n";

std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

KeptMailbox only(const ParsedLdif& parsed) {
  EXPECT_TRUE(parsed.defects.empty()) << parsed.defects[0].second;
  EXPECT_EQ(parsed.mailboxes.size(), 1U);
  return parsed.mailboxes.empty() ? KeptMailbox{} : parsed.mailboxes[0];
}

/// The reason of the one defect that `text` has, "" if it has none.
std::string defect_of(std::string_view text) {
  const ParsedLdif parsed = parse_ad_ldif(text);
  EXPECT_LE(parsed.defects.size(), 1U);
  return parsed.defects.empty() ? "" : parsed.defects[0].second;
}

TEST(LdifReader, ReadsWhatLdifdeWrites) {
  const std::string text =
      "dn: CN=Anna,OU=Staff,DC=contoso,DC=com\nchangetype: add\nobjectClass: top\n"
      "objectClass: person\nobjectClass: organizationalPerson\nobjectClass: user\ncn: Anna\n"
      "distinguishedName: CN=Anna,OU=Staff,DC=contoso,DC=com\nproxyAddresses: SMTP:anna@x.com\n"
      "objectGUID:: MDEyMzQ1Njc4OWFiY2RlZg==\nmail: anna@x.com\nproxyAddresses: smtp:a@x.com\n"
      "msExchRecipientTypeDetails: 2147483648\nextensionAttribute15: fifteen\n\n"
      "dn: CN=Printers,DC=contoso,DC=com\nchangetype: add\nobjectClass: organizationalUnit\n\n";
  for (const std::string& form : {text, with_crlf(text)}) {
    const ParsedLdif parsed = parse_ad_ldif(form);
    const KeptMailbox m = only(parsed);
    EXPECT_EQ(m.name, "CN=Anna,OU=Staff,DC=contoso,DC=com");
    EXPECT_EQ(m.anchor.bytes(), "0123456789abcdef");
    EXPECT_EQ(m.flags, std::uint32_t{kJoinable});
    EXPECT_EQ(m.offset, 0U);
    EXPECT_EQ(m.values, (std::vector<std::pair<Attribute, std::string>>{
                            {Attribute::kProxyAddresses, "SMTP:anna@x.com"},
                            {Attribute::kMail, "anna@x.com"},
                            {Attribute::kProxyAddresses, "smtp:a@x.com"},
                            {Attribute::kRecipientTypeDetails, "2147483648"},
                            {extension_attribute(15), "fifteen"}}));
    EXPECT_EQ(parsed.summary.entries, 2U);
    EXPECT_EQ(parsed.summary.user_entries, 1U);
  }
}

TEST(LdifReader, UnfoldsContinuationLines) {
  const std::string text =
      "dn:: Q049Wm/\n Dqw==\nobjectCl\n ass: us\n er\nobjectGUID:: \n MDEyMzQ1Njc4\n OWFiY2RlZg==\n"
      "description: not wanted\n mail: nor this\nmail:\n  a@x\n .com\n# comment\n mail: no\n"
      "proxyAddresses:\n : c210cDphQHg=\nextensionAttribute1: \xc3\n \xb6\n";
  for (const std::string& form : {text, with_crlf(text)}) {
    const KeptMailbox m = only(parse_ad_ldif(form));
    EXPECT_EQ(m.name, "CN=Zo\xc3\xab");
    EXPECT_EQ(m.anchor.bytes(), "0123456789abcdef");
    EXPECT_EQ(m.all(Attribute::kMail), std::vector<std::string>{"a@x.com"});
    EXPECT_EQ(m.all(Attribute::kProxyAddresses), std::vector<std::string>{"smtp:a@x"});
    EXPECT_EQ(m.all(extension_attribute(1)), std::vector<std::string>{"\xc3\xb6"});
  }
}

TEST(LdifReader, KeepsOddValuesAsTheyAre) {
  const KeptMailbox m = only(
      parse_ad_ldif("dn: CN=a\n" + kUser +
                    "extensionAttribute1:    a:b;c  \nextensionAttribute2:no space\ndescription:\n"
                    "info:: \nEXTENSIONATTRIBUTE5: \ttab\nextensionAttribute6:: AAEC\n"
                    "extensionAttribute7: #no comment\n"));
  EXPECT_EQ(m.values, (std::vector<std::pair<Attribute, std::string>>{
                          {extension_attribute(1), "a:b;c  "},
                          {extension_attribute(2), "no space"},
                          {extension_attribute(5), "\ttab"},
                          {extension_attribute(6), std::string("\0\1\2", 3)},
                          {extension_attribute(7), "#no comment"}}));
}

TEST(LdifReader, AnEmptyValueIsADefect) {
  const std::string start = "dn: CN=a\n" + kUser;
  for (const std::string line :
       {"mail:\n", "mail: \n", "mail::\n", "mail:\r\n", "MAIL:: \n", "mail:\n \n", "mail;binary:\n",
        "proxyAddresses:\nsmtp:a@x\n", "homeMDB:\n", "objectClass:\n"}) {
    EXPECT_NE(defect_of(start + line).find("an empty value of"), std::string::npos) << line;
  }
  EXPECT_EQ(defect_of(start + "mail:\n  a@x\nmail;lang-de:\ncn:\n"), "");
  EXPECT_NE(defect_of("dn:\n" + kUser), "");
  EXPECT_EQ(defect_of("dn:\nobjectClass: top\n"), "");  // the rootDSE
}

TEST(LdifReader, StepsOverPromptsAndNotices) {
  const std::string a = "dn: CN=a\n" + kUser, b = "dn: CN=b\n" + kUser;
  for (const std::string prompt :
       {"Press [size] Enter for the next {500|size} entries.",
        "Press [size] Enter for the next {1|size} entries. ",
        "Press [before/after(/offset|:value)] Enter for the next window."}) {
    for (const std::string& text :
         {a + "\n" + prompt + "\n\n" + b, a + "\n" + prompt + "\n" + b, a + prompt + "\n" + b,
          a + "\n" + prompt + b, with_crlf(a + prompt + "\n" + b), prompt + "\n" + a + "\n" + b,
          a + "\n# pagedresults: cookie=AQ==\n" + prompt + "\n" + b +
              "\n# pagedresults: cookie=\n"}) {
      const ParsedLdif parsed = parse_ad_ldif(text);
      EXPECT_TRUE(parsed.defects.empty()) << text << parsed.defects[0].second;
      EXPECT_EQ(parsed.mailboxes.size(), 2U) << text;
      EXPECT_EQ(parsed.summary.incomplete(), "") << text;
    }
  }
  EXPECT_EQ(parse_ad_ldif("SASL/GSSAPI authentication started\nSASL SSF: 256\n" + a + "\n" + b)
                .mailboxes.size(),
            2U);
  EXPECT_NE(parse_ad_ldif(a + "\nPress [size] Enter for the next {2|size} entries.\n")
                .summary.incomplete(),
            "");
}

TEST(LdifReader, AMessageOfTheSearchIsAnInputError) {
  const std::string a = "dn: CN=a\n" + kUser, b = "\ndn: CN=b\n" + kUser;
  for (const std::string line :
       {"ldap_result: Can't contact LDAP server (-1)", "ldap_search_ext: Bad parameter (-9)",
        "ldap_sasl_interactive_bind_s: Invalid credentials (49)", "Size limit exceeded (4)",
        "Time limit exceeded (3)", "Administrative limit exceeded (11)", "Sizelimit exceeded",
        "Other (e.g., implementation specific) error (80)", "ldapsearch: no such thing",
        "result: 4 Size limit exceeded", "# result: 4 Size limit exceeded",
        "# search result\nsearch: 2\nresult: 3 Time limit exceeded", "Search Failed"}) {
    for (const std::string& text :
         {a + "\n" + line + "\n" + b, a + line + "\n" + b, a + "\n" + line + "\n", a + "\n" + line,
          line + "\n" + a, with_crlf(a + "\n" + line + "\n" + b)}) {
      EXPECT_THROW(parse_ad_ldif(text), InputError) << text;
    }
    // As a value it says nothing, however it is written.
    if (line.find('\n') != std::string::npos) continue;
    for (const std::string& value : {"description: " + line, "info:\n " + line,
                                     "extensionAttribute1: x\n " + line, "x: y\n  " + line}) {
      EXPECT_NO_THROW(parse_ad_ldif(a + value + "\n" + b)) << value;
    }
  }
  EXPECT_NO_THROW(parse_ad_ldif(a + "lDAPDisplayName: x\nldapAdminLimits: (4)\nresultCode: 4\n"));
}

TEST(LdifReader, TheLastCookieTellsWhetherPagesAreMissing) {
  const std::string a = "dn: CN=a\n" + kUser + "\n";
  const auto incomplete = [](const std::string& text) {
    return !parse_ad_ldif(text).summary.incomplete().empty();
  };
  EXPECT_TRUE(incomplete(a + "# pagedresults: cookie=AQ==\n"));
  EXPECT_TRUE(incomplete(a + "# pagedresults: estimate=9 cookie=AQ==\n" + a));
  EXPECT_TRUE(incomplete(a + "# pagedresults: cookie=\n" + a + "# pagedresults: cookie=AQ==\n"));
  EXPECT_TRUE(incomplete(a + "# pagedresults: cookie=\n AQ==\n"));
  EXPECT_TRUE(incomplete(with_crlf(a + "# pagedresults: cookie=\n AQ==\n")));
  EXPECT_FALSE(incomplete(a + "# pagedresults: cookie=AQ==\n" + a + "# pagedresults: cookie=\n"));
  EXPECT_FALSE(incomplete(with_crlf(a + "# pagedresults: cookie=\n")));
  LdifSummary last, first;
  first.last_cookie_at = 10;
  first.more_pages = true;
  last.last_cookie_at = 99;
  for (const bool in_order : {true, false}) {
    LdifSummary all;
    all.add(in_order ? first : last);
    all.add(in_order ? last : first);
    EXPECT_EQ(all.incomplete(), "");
  }
}

TEST(LdifReader, TextThatIsNoUtf8IsAWrongEncoding) {
  const std::string a = "dn: CN=a\n" + kUser;
  const std::string filler(100, 'x');
  for (const std::string& line : std::vector<std::string>{
           "mail: \xFC@x\n", "cn: M\xFCller\n", "cn: " + filler + "\n \xC3\n x\n",
           "mail: \n " + filler + "\n " + filler + "\n \xFC\n", "cn: \xC3\n",
           "cn: \xED\xA0\x80\n"}) {
    EXPECT_THROW(parse_ad_ldif(a + line), InputError) << line;
    EXPECT_THROW(parse_ad_ldif(a + line + "\ndn: CN=b\n" + kUser), InputError) << line;
  }
  EXPECT_THROW(parse_ad_ldif("dn: CN=" + filler + "\n " + filler + "\xFC\n" + kUser), InputError);
  for (const std::string line : {"cn: M\xC3\xBCller\n", "cn: M\xC3\n \xBCller\n", "# \xFC\n",
                                 "# M\xC3\n \xBCller \xFC\n", "cn:: /////w==\n"}) {
    EXPECT_EQ(only(parse_ad_ldif(a + line)).name, "CN=a") << line;
  }
}

TEST(LdifReader, RefusesIncompleteAndExternalValues) {
  const std::string start = "dn: CN=a\n" + kUser;
  EXPECT_NE(defect_of(start + "proxyAddresses;range=0-1499: smtp:a@x\n"), "");
  EXPECT_NE(defect_of(start + "proxyAddresses;Range=0-1:: YQ==\n"), "");
  EXPECT_NE(defect_of(start + "mail:< file:///etc/passwd\n"), "");
  EXPECT_NE(defect_of("dn: CN=a\nobjectClass: user\nobjectGUID:< file:///x\n"), "");
  EXPECT_EQ(defect_of(start + "memberOf;range=0-1499: CN=b\njpegPhoto:< file:///x\n"), "");
  const ParsedLdif other = parse_ad_ldif(start + "mail;lang-de: a@x\nmail;binary: b@x\n");
  EXPECT_EQ(only(other).all(Attribute::kMail), std::vector<std::string>{"b@x"});
}

TEST(LdifReader, RefusesDamagedRecordsAndGoesOn) {
  using namespace std::string_literals;
  const std::string start = "dn: CN=a\n" + kUser;
  for (const std::string& bad : {
           start + "no colon\n",
           start + "\rmail\n",
           start + ": no name\n",
           start + "-\n",
           start + "mail:: a@x\n",
           start + "mail:: YWJ\n",
           start + "sn: a" + std::string(1, '\0') + "b\n",
           start + "mail: a" + std::string(100, '\0') + "\n",
           start + "dn: CN=b\n" + kUser,
           "dn:: ???\n" + kUser,
           "dn: CN=a\nchangetype: modify\nadd: mail\nmail: a@x\n-\n"s,
           "dn: CN=a\nchangetype: delete\n"s,
           "mail: no dn\n"s,
           "sn: no\0dn\n"s,
       }) {
    const std::string first = "dn: CN=first\n" + kUser + "\n";
    const ParsedLdif parsed = parse_ad_ldif(first + bad + "\ndn: CN=next\n" + kUser);
    ASSERT_EQ(parsed.defects.size(), 1U) << bad;
    EXPECT_EQ(parsed.defects[0].first, first.size());
    ASSERT_EQ(parsed.mailboxes.size(), 2U) << bad;
    EXPECT_EQ(parsed.mailboxes[1].name, "CN=next");
  }
}

TEST(LdifReader, NamesTheObjectOfADefectOnOneLine) {
  const std::string reason = defect_of("dn:: Q049YQpi\nobjectClass: user\n");  // a newline in it
  EXPECT_NE(reason.find("CN=a?b"), std::string::npos) << reason;
  EXPECT_EQ(reason.find('\n'), std::string::npos);
}

TEST(LdifReader, CountsUsersWithoutGuid) {
  const ParsedLdif parsed = parse_ad_ldif(
      "dn: CN=a\nobjectClass: user\n\ndn: CN=b\nobjectClass: group\n\ndn: CN=c\nmail: c@x\n\n"
      "dn: CN=d\nobjectClass: user\nobjectClass: computer\n\n");
  EXPECT_EQ(parsed.defects.size(), 1U);
  EXPECT_EQ(parsed.summary.entries, 4U);
  EXPECT_EQ(parsed.summary.user_entries, 1U);
  EXPECT_EQ(parsed.summary.user_entries_without_guid, 1U);
  EXPECT_EQ(parsed.summary.entries_without_object_class, 1U);
  EXPECT_EQ(parsed.mailboxes.size(), 1U);
}

TEST(LdifReader, KnowsHowLdapsearchEnds) {
  const std::string text =
      "# extended LDIF\n#\n# LDAPv3\n#\n\n# a\ndn: CN=a\n" + kUser +
      "\n# search reference\nref: ldap://x\n\n# refldap://x\n\n"
      "# search result\nsearch: 2\nresult: 0 Success\ncontrol: 1.2.3 false AA==\n"
      "pagedresults: cookie=\n\n# numResponses: 7\n# numEntries: 5\n# numReferences: 1\n";
  const ParsedLdif parsed = parse_ad_ldif(text);
  EXPECT_EQ(only(parsed).name, "CN=a");
  EXPECT_EQ(parsed.summary.entries, 1U);
  EXPECT_EQ(parsed.summary.announced_entries, 5U);
  EXPECT_EQ(parsed.summary.searches_ended, 1U);
  EXPECT_THROW(parse_ad_ldif("dn: CN=a\n" + kUser +
                             "\n# search result\nsearch: 2\nresult: 4 Size limit exceeded\n"),
               InputError);
}

// One page as `ldapsearch -E pr=2/noprompt` writes it; no blank line before the next one.
std::string page_of_a_search(const std::string& entries, const std::string& cookie) {
  return "# extended LDIF\n#\n# LDAPv3\n# with pagedResults control: size=2\n#\n\n" + entries +
         "# search result\nsearch: 2\nresult: 0 Success\n"
         "control: 1.2.840.113556.1.4.319 false MAUCAQAEAA==\npagedresults: cookie=" +
         cookie + "\n";
}

TEST(LdifReader, KnowsASearchThatDidNotComeToItsEnd) {
  const std::string entry = "dn: CN=a\n" + kUser + "\n";
  const std::string first = page_of_a_search(entry + entry, "AgAAAAAAAAA=");
  const std::string second = page_of_a_search(entry, "");
  const std::string end = "\n# numResponses: 5\n# numEntries: 3\n";
  EXPECT_EQ(parse_ad_ldif(first + second + end).summary.incomplete(), "");
  EXPECT_EQ(parse_ad_ldif(with_crlf(first + second + end)).summary.incomplete(), "");
  EXPECT_EQ(parse_ad_ldif(first + second + end + first + second + end).summary.incomplete(), "");
  EXPECT_EQ(parse_ad_ldif(entry).summary.incomplete(), "");
  EXPECT_NE(parse_ad_ldif(first).summary.incomplete(), "");
  EXPECT_NE(parse_ad_ldif(first + "# extended LDIF\n\n" + entry).summary.incomplete(), "");
  EXPECT_NE(parse_ad_ldif("# extended LDIF\n\n" + entry).summary.incomplete(), "");
  EXPECT_NE(parse_ad_ldif(entry + "# numEntries: 2\n").summary.incomplete(), "");
}

TEST(LdifReader, SummariesOfChunksAddUp) {
  LdifSummary all, one, two;
  one.entries = 3;
  one.announced_entries = 7;
  two.entries = 4;
  all.add(one);
  all.add(two);
  EXPECT_EQ(all.entries, 7U);
  EXPECT_EQ(all.announced_entries, 7U);
  EXPECT_EQ(all.incomplete(), "");
  all.add(one);
  EXPECT_EQ(all.announced_entries, 14U);
}

TEST(LdifReader, RefusesACutFile) {
  for (const std::string text : {
           "dn: CN=a\nmail: x",
           "dn: CN=a\nsn:: YWJ\n",
           "dn: CN=a\nsn:: YWJj\n YWJ\n",
           "dn: CN=a\nthumbnailPh\n",
           "dn: CN=a\nmail: x\n\ndn:: YW\r\n",
           "dn",
       }) {
    EXPECT_THROW(parse_ad_ldif(text), InputError) << text;
    KeepingSink sink;
    LdifSummary summary;
    // Not at the end of the file: an ordinary defect at most.
    EXPECT_NO_THROW(AdLdifReader().parse(chunk_of(text + "\n", false, false), "f", sink, summary));
  }
  for (const std::string text : {"", "\n", "dn: CN=a\nsn:: YWJj\n", "dn: CN=a\nx: y\n-\n",
                                 "dn: CN=a\nsn:: YWJ\n\n", "dn: CN=a\nsn: x\n# end\n"}) {
    EXPECT_NO_THROW(parse_ad_ldif(text)) << text;
  }
}

TEST(LdifReader, RefusesAnEndThatIsNoLdif) {
  const std::string entry = "dn: CN=a\nsn: x\n";
  for (const std::string words :
       {"export stopped", "LDAP Error 4: Size limit exceeded", "Error: full", "WARNING: slow"}) {
    EXPECT_THROW(parse_ad_ldif(entry + words + "\n"), InputError) << words;
    EXPECT_THROW(parse_ad_ldif(entry + words + "\n\n"), InputError) << words << ", a blank line";
    EXPECT_NE(parse_ad_ldif(entry + "\n" + words + "\n\n" + entry).summary.entries, 0U) << words;
  }
  EXPECT_THROW(parse_ad_ldif(entry + "Search failed: 1\n\n"), InputError);
  EXPECT_NO_THROW(parse_ad_ldif(entry + "er\n rorText: x\n"));
  EXPECT_NO_THROW(parse_ad_ldif(entry + "2.5.4.4;x-y: x\r\n\r\n"));
}

TEST(LdifReader, RefusesWhatIsNoLdif) {
  for (const std::string text :
       {"{\"value\": []}\n", "DN,objectClass,mail\na,b,c\n", "mail: x\n", " dn: CN=a\n",
        "version: 2\ndn: CN=a\n", "<?xml version=\"1\"?>\n"}) {
    EXPECT_THROW(parse_ad_ldif(text), InputError) << text;
  }
  EXPECT_NO_THROW(parse_ad_ldif("# only\n# comments\n"));
  EXPECT_NO_THROW(parse_ad_ldif("version: 1\n\ndn: CN=a\n\nversion: 1\ndn: CN=b\n"));
}

TEST(LdifReader, CutsBehindTheLastBlankLine) {
  EXPECT_EQ(cut_ldif(""), 0U);
  EXPECT_EQ(cut_ldif("dn: a\nx: y\n"), 0U);
  EXPECT_EQ(cut_ldif("dn: a\n\n"), 7U);
  EXPECT_EQ(cut_ldif("dn: a\n\ndn: b\n"), 7U);
  EXPECT_EQ(cut_ldif("dn: a\r\n\r\ndn: b\r\n"), 9U);
  EXPECT_EQ(cut_ldif("dn: a\r\n\r"), 0U);
  EXPECT_EQ(cut_ldif("\n\ndn: a"), 2U);
  EXPECT_EQ(cut_ldif("dn: a\n\n\ndn: b\n\ndn"), 15U);
}

// Random exports, well-formed and otherwise.

std::string any_line() {
  const auto name = *rc::gen::element<std::string>(
      "mail", "proxyAddresses", "PROXYADDRESSES", "extensionAttribute1", "mailNickname",
      "objectClass", "objectGUID", "mS-DS-ConsistencyGuid", "isDeleted", "adminCount", "cn",
      "description", "msExchExtensionCustomAttribute5", "msDS-UserPasswordExpiryTimeComputed",
      "homeMDB", "proxyAddresses;range=0-1", "member;range=0-1", "mail;binary", "mail;x-y",
      "changetype");
  const auto value = *rc::gen::element<std::string>(
      ": a@x", ": user", ": computer", ": add", ": TRUE", ":  spaced ", ":", "::", ":: YWJj",
      ":: MDEyMzQ1Njc4OWFiY2RlZg==", ":: MDEyMzQ1Njc4OWFiY2RlZg", ":< file:///x",
      ": 0123456789abcdef", " no colon", ": a:b;c", ": x\tnot a line end\x01");
  std::string line = *rc::gen::inRange(0, 10) == 0 ? "# " + name + value : name + value;
  const std::string end = *rc::gen::arbitrary<bool>() ? "\r\n" : "\n";
  std::string out;
  const int folds = *rc::gen::inRange(0, 3);
  for (int i = 0; i < folds && line.size() > 1; ++i) {
    const auto width = *rc::gen::inRange<std::size_t>(1, line.size());
    out += line.substr(0, width) + end + " ";
    line.erase(0, width);
  }
  return out + line + end;
}

std::string any_export() {
  std::string text = "version: 1\n\n";
  const int records = *rc::gen::inRange(0, 6);
  for (int i = 0; i < records; ++i) {
    text += "dn: CN=" + std::to_string(i) + "\n";
    if (*rc::gen::inRange(0, 3) != 0) text += kUser;
    const int lines = *rc::gen::inRange(0, 8);
    for (int k = 0; k < lines; ++k) text += any_line();
    text += *rc::gen::element<std::string>("\n", "\r\n", "\n\n\n");
  }
  return text + "dn: CN=last\nsn: x\n";  // an export that ends with something else is refused
}

// What the general record reader and the builder make of it. Broken values of attributes that do
// not count are a defect to the one and nothing to the other, so those lines are repaired first.
struct Slowly {
  std::vector<KeptMailbox> mailboxes;
  std::vector<std::uint64_t> defects;
};

bool refused(const LdifLine& line) {
  if (line.name == "changetype") return line.value != "add";
  if (!AdObjectBuilder::is_used(line.name)) return false;
  const bool counts = line.options.empty() || line.options == ";binary";
  if (counts && line.value.empty()) return true;
  return line.options.starts_with(";range=") || line.kind == LdifValue::kUrl;
}

Slowly read_slowly(const std::string& text) {
  Slowly slowly;
  LdifRecordReader reader(text);
  LdifRecord record;
  std::string reason;
  AdObjectBuilder builder;
  Mailbox mailbox;
  for (auto r = reader.next(record, reason); r != LdifRecordReader::Result::kEnd;
       r = reader.next(record, reason)) {
    bool defect = r == LdifRecordReader::Result::kDefect ||
                  (record.change != ChangeType::kNone && record.change != ChangeType::kAdd);
    builder.begin(record.dn);
    for (const LdifLine& line : record.lines) {
      defect |= refused(line);
      if (line.options.empty() || line.options == ";binary") builder.add(line.name, line.value);
    }
    const AdObjectBuilder::Result result = builder.finish(mailbox, reason);
    if (defect || result == AdObjectBuilder::Result::kDefect) {
      slowly.defects.push_back(record.offset);
    } else if (result == AdObjectBuilder::Result::kMailbox) {
      slowly.mailboxes.push_back(kept(mailbox, record.offset));
    }
  }
  return slowly;
}

TEST(LdifReader, AgreesWithTheRecordReader) {
  EXPECT_TRUE(rc::check([] {
    const std::string text = any_export();
    const Slowly slowly = read_slowly(text);
    const ParsedLdif quickly = parse_ad_ldif(text);
    std::vector<std::uint64_t> offsets;
    for (const auto& defect : quickly.defects) offsets.push_back(defect.first);
    RC_LOG() << text;
    // Every refusal of the quick one is one of the slow one's, and the rest is equal.
    RC_ASSERT(std::includes(slowly.defects.begin(), slowly.defects.end(), offsets.begin(),
                            offsets.end()));
    for (const KeptMailbox& m : slowly.mailboxes) {
      RC_ASSERT(std::find(quickly.mailboxes.begin(), quickly.mailboxes.end(), m) !=
                quickly.mailboxes.end());
    }
  }));
}

TEST(LdifReader, WhereChunksAreCutDoesNotMatter) {
  EXPECT_TRUE(rc::check([] {
    const std::string text = any_export();
    const ParsedLdif whole = parse_ad_ldif(text);
    ParsedLdif parts;
    AdLdifReader reader;
    const auto window = *rc::gen::inRange<std::size_t>(1, 200);
    for (std::size_t at = 0; at < text.size();) {
      std::size_t length = 0;
      for (std::size_t w = window; length == 0; w *= 2) {
        const std::string_view rest = std::string_view(text).substr(at);
        length = w < rest.size() ? cut_ldif(rest.substr(0, w)) : rest.size();
      }
      Chunk chunk =
          chunk_of(std::string_view(text).substr(at, length), at == 0, at + length == text.size());
      chunk.offset = at;
      reader.parse(chunk, "test.ldif", parts, parts.summary);
      at += length;
    }
    RC_ASSERT(parts.mailboxes == whole.mailboxes);
    RC_ASSERT(parts.defects == whole.defects);
    RC_ASSERT(parts.summary.entries == whole.summary.entries);
  }));
}

TEST(LdifReader, SurvivesDamage) {
  EXPECT_TRUE(rc::check([] {
    std::string text = any_export() + "\n";
    const int hits = *rc::gen::inRange(0, 20);
    for (int i = 0; i < hits; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
      text[at] = *rc::gen::element('\0', '\n', '\r', ' ', ':', ';', '<', '#', '=', 'x', '\xff');
    }
    try {
      parse_ad_ldif(text);
    } catch (const InputError&) {
    }
  }));
}

}  // namespace
}  // namespace trueup
