// SPDX-License-Identifier: Apache-2.0
#include "io/ldif/ldif_writer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <sstream>

#include "tests/support/ldif_support.h"

namespace trueup {
namespace {

struct OwnedEdit {
  Attribute attribute;
  std::vector<std::string> deletes, adds;
};
struct OwnedChange {
  std::string dn;
  std::vector<OwnedEdit> edits;

  Change view() const {
    Change change;
    change.dn = dn;
    for (const OwnedEdit& edit : edits) {
      change.edits.push_back({edit.attribute,
                              {edit.deletes.begin(), edit.deletes.end()},
                              {edit.adds.begin(), edit.adds.end()}});
    }
    return change;
  }
};

std::string written(const OwnedChange& change) {
  std::string out;
  append_ldif_change(out, change.view());
  return out;
}

std::string line(std::string_view name, std::string_view value) {
  std::string out;
  append_ldif_line(out, name, value);
  return out;
}

std::string comment(std::string_view key, std::string_view value) {
  std::string out;
  append_ldif_comment(out, key, value);
  return out;
}

// What a server sent is no reason for a file that is no UTF-8, or that an editor shows otherwise.
TEST(LdifWriter, CommentsAreUtf8ThatIsSeenAsItIs) {
  EXPECT_EQ(comment("detail", "Zugriff verweigert: J\xC3\xB6rg"),
            "# detail: Zugriff verweigert: J\xC3\xB6rg\n");
  for (const char* value : {"caf\xE9", "\xC3",
                            "a\xC2\x9B"
                            "b",
                            "a\xE2\x80\xAE"
                            "b",
                            "\x1b[1m"}) {
    const std::string text = comment("detail", value);
    EXPECT_EQ(text.find("# detail:: "), 0U) << text;
    EXPECT_TRUE(std::ranges::all_of(text, [](char c) {
      return c == '\n' || (c >= ' ' && c < 127);
    })) << text;
  }
}

TEST(LdifWriter, WritesOneModifyDeletesFirst) {
  const OwnedChange change{
      "CN=Anna,DC=contoso,DC=com",
      {{Attribute::kMail, {"old@contoso.com"}, {"anna@contoso.com"}},
       {Attribute::kProxyAddresses, {"SMTP:old@contoso.com"}, {"SMTP:a@x.com", "smtp:b@x.com"}},
       {extension_attribute(1), {"gone"}, {}},
       {extension_attribute(2), {}, {"new"}}}};
  EXPECT_EQ(written(change),
            "dn: CN=Anna,DC=contoso,DC=com\nchangetype: modify\n"
            "delete: mail\nmail: old@contoso.com\n-\nadd: mail\nmail: anna@contoso.com\n-\n"
            "delete: proxyAddresses\nproxyAddresses: SMTP:old@contoso.com\n-\n"
            "add: proxyAddresses\nproxyAddresses: SMTP:a@x.com\nproxyAddresses: smtp:b@x.com\n-\n"
            "delete: extensionAttribute1\nextensionAttribute1: gone\n-\n"
            "add: extensionAttribute2\nextensionAttribute2: new\n-\n"
            "\n");
}

TEST(LdifWriter, EncodesWhatIsNoSafeString) {
  EXPECT_EQ(line("x", "plain: <value>"), "x: plain: <value>\n");
  EXPECT_EQ(line("x", ""), "x:\n");
  EXPECT_EQ(line("x", " leading"), "x:: IGxlYWRpbmc=\n");
  EXPECT_EQ(line("x", ":colon"), "x:: OmNvbG9u\n");
  EXPECT_EQ(line("x", "<less"), "x:: PGxlc3M=\n");
  EXPECT_EQ(line("x", "trailing "), "x:: dHJhaWxpbmcg\n");
  EXPECT_EQ(line("x", "B\xc3\xb6"), "x:: QsO2\n");
  EXPECT_EQ(line("x", "a\nb"), "x:: YQpi\n");
  EXPECT_EQ(line("x", std::string_view("a\0b", 3)), "x:: YQBi\n");
  EXPECT_EQ(line("x", "\ttab"), "x:: CXRhYg==\n");
  EXPECT_EQ(line("x", "\x1b[31mred"), "x:: G1szMW1yZWQ=\n");
}

TEST(LdifWriter, FoldsAt76Columns) {
  EXPECT_EQ(line("x", std::string(73, 'a')), "x: " + std::string(73, 'a') + "\n");
  EXPECT_EQ(line("x", std::string(74, 'a')), "x: " + std::string(73, 'a') + "\n a\n");
  EXPECT_EQ(line("x", std::string(149, 'a')),
            "x: " + std::string(73, 'a') + "\n " + std::string(75, 'a') + "\n a\n");
}

TEST(LdifWriter, CommentsCannotSmuggleALine) {
  EXPECT_EQ(comment("dn", "CN=Zo\xc3\xab"), "# dn: CN=Zo\xc3\xab\n");
  EXPECT_EQ(comment("", "made by a test"), "# made by a test\n");
  EXPECT_EQ(comment("dn", "CN=a\ndn: CN=b"), "# dn:: Q049YQpkbjogQ049Yg==\n");
  EXPECT_EQ(comment("dn", "CN=a\r dn"), "# dn:: Q049YQ0gZG4=\n");
}

TEST(LdifWriter, LongCommentsAreNoTroubleForLibldap) {
  for (const std::size_t length : {4090U, 4095U, 4096U, 4097U, 20000U}) {
    const std::string text = comment("k", std::string(length, 'x')) + line("dn", "CN=a") +
                             comment("k", std::string(length, 'y')) + line("x", "y") + "\n";
    const std::vector<FlatRecord> wanted = {{{"dn", "CN=a"}, {"x", "y"}}};
    EXPECT_EQ(libldap_records(text), wanted) << length;
    EXPECT_EQ(our_records(text), wanted) << length;
  }
}

TEST(LdifWriter, EntriesAreReadByTheAdReader) {
  std::string out;
  append_ldif_version(out);
  const std::pair<std::string_view, std::string_view> attributes[] = {
      {"objectClass", "top"},
      {"objectClass", "user"},
      {"objectGUID", "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"},
      {"proxyAddresses",
       "x500:/o=Contoso/ou=Exchange Administrative Group/cn=Recipients/cn=a-long"},
      {"extensionAttribute1", " B\xc3\xb6 "}};
  append_ldif_entry(out, "CN=a", attributes);
  const ParsedLdif parsed = parse_ad_ldif(out);
  ASSERT_EQ(parsed.mailboxes.size(), 1U);
  const KeptMailbox& m = parsed.mailboxes[0];
  EXPECT_EQ(m.object_guid.bytes(), attributes[2].second);
  EXPECT_EQ(m.all(Attribute::kProxyAddresses),
            std::vector<std::string>{std::string(attributes[3].second)});
  EXPECT_EQ(m.all(extension_attribute(1)), std::vector<std::string>{" B\xc3\xb6 "});
}

rc::Gen<std::string> any_value() {
  const auto bytes =
      rc::gen::map(rc::gen::inRange(0, 256), [](int i) { return static_cast<char>(i); });
  return rc::gen::oneOf(
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '\x7f'))),
      rc::gen::nonEmpty(rc::gen::container<std::string>(bytes)));
}

OwnedChange any_change() {
  OwnedChange change{*any_value(), {}};
  const auto some = rc::gen::container<std::vector<std::string>>(any_value());
  const int count = *rc::gen::inRange(1, 5);
  for (int i = 0; i < count; ++i) {
    OwnedEdit edit{attribute_at(i * 5), *some, *some};
    if (edit.deletes.empty() && edit.adds.empty()) edit.adds = {*any_value()};
    change.edits.push_back(std::move(edit));
  }
  return change;
}

FlatRecord wanted_of(const OwnedChange& change) {
  FlatRecord wanted = {{"dn", change.dn}, {"changetype", "modify"}};
  for (const OwnedEdit& edit : change.edits) {
    const std::string name(traits(edit.attribute).name);
    for (const auto& [operation, values] :
         {std::pair("delete", &edit.deletes), {"add", &edit.adds}}) {
      if (values->empty()) continue;
      wanted.emplace_back(operation, name);
      for (const std::string& value : *values) wanted.emplace_back(name, value);
      wanted.emplace_back("-", "");
    }
  }
  return wanted;
}

TEST(LdifWriter, ChangesComeBackFromBothParsers) {
  EXPECT_TRUE(rc::check([] {
    std::string text = comment("", *any_value());
    append_ldif_version(text);
    std::vector<FlatRecord> wanted;
    const int count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) {
      const OwnedChange change = any_change();
      text += comment("anchor", *any_value()) + written(change);
      wanted.push_back(wanted_of(change));
    }
    RC_ASSERT(our_records(text) == wanted);
    RC_ASSERT(libldap_records(text) == wanted);
    std::istringstream lines(text);
    for (std::string one; std::getline(lines, one);) {
      RC_ASSERT(one.starts_with('#') || one.size() <= kLdifColumns);
    }
  }));
}

// What ldapmodify makes of a record, in our oracle's form.
FlatRecord modify_of(std::string text) {
  text.resize(text.size() - 1);  // ldapmodify hands over a record without its blank line
  berval bytes{text.size(), text.data()};
  LDIFRecord record;
  if (ldap_parse_ldif_record(&bytes, 1, &record, "test", 0) != LDAP_SUCCESS) return {};
  FlatRecord out = {{"dn", {record.lr_dn.bv_val, record.lr_dn.bv_len}}, {"changetype", "modify"}};
  for (LDAPMod** mod = record.lrop_mods; mod != nullptr && *mod != nullptr; ++mod) {
    const int operation = (*mod)->mod_op & ~LDAP_MOD_BVALUES;
    out.emplace_back(operation == LDAP_MOD_DELETE ? "delete" : "add", (*mod)->mod_type);
    for (berval** value = (*mod)->mod_bvalues; value != nullptr && *value != nullptr; ++value) {
      out.emplace_back((*mod)->mod_type, std::string((*value)->bv_val, (*value)->bv_len));
    }
    out.emplace_back("-", "");
  }
  ldap_ldif_record_done(&record);
  return out;
}

TEST(LdifWriter, LdapmodifySeesTheSameModify) {
  EXPECT_TRUE(rc::check([] {
    const OwnedChange change = any_change();
    RC_ASSERT(modify_of(written(change)) == wanted_of(change));
  }));
}

}  // namespace
}  // namespace trueup
