// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/ldap_reader.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <set>

#include "io/ad/ad_object.h"
#include "io/ldap/subtree_read.h"
#include "snapshots/model/errors.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

/// What one object looks like, in an order that does not depend on the server.
struct Seen {
  std::string object_guid;
  std::uint32_t flags = 0;
  std::multiset<std::pair<int, std::string>> values;

  friend bool operator==(const Seen&, const Seen&) = default;
};

struct Sink : MailboxSink {
  void on_mailbox(const Mailbox& m, std::uint64_t offset) override {
    EXPECT_TRUE(offsets.insert(offset).second);
    Seen& seen = objects[std::string(m.name)];
    seen.object_guid = to_hex(m.object_guid);
    seen.flags = m.flags;
    for (const AttributeValue& v : m.values) seen.values.emplace(index(v.attribute), v.bytes);
  }
  void on_defect(std::uint64_t, std::string reason) override { defects.push_back(reason); }

  std::map<std::string, Seen> objects;
  std::set<std::uint64_t> offsets;
  std::vector<std::string> defects;
};

/// As slapd gives it: attribute types of DNs as its schema spells them, the suffix as configured.
std::string shown_dn(int user) {
  const std::string dn = user_dn(user);
  return "cn" + dn.substr(2, dn.find(',') - 2) + ",ou=Staff,dc=contoso,dc=lab";
}

TEST(LdapReaderSlapd, ReadsManyObjects) {
  constexpr int kUsers = 500;
  std::string ldif;
  for (int i = 0; i < kUsers; ++i) {
    const std::string n = std::to_string(i);
    ldif += user_ldif(i, "mail: " + n + "@x\nproxyAddresses: SMTP:" + n +
                             "@x\nextensionAttribute1: n" + n + "\ntitle: none of ours\n");
  }
  const Slapd slapd({.ldif = ldif});
  LdapReader reader(slapd.plain(), {.max_in_flight = 7});
  std::vector<std::string> dns;
  for (int i = 0; i <= kUsers; ++i) dns.push_back(user_dn(i));  // the last does not exist
  std::vector<ObjectRequest> requests;
  for (const std::string& dn : dns) {
    requests.push_back({{}, dn, {Attribute::kMail, extension_attribute(1)}});
  }
  std::set<std::size_t> answered;
  reader.read_objects(requests, [&](const ObjectAnswer& answer) {
    EXPECT_TRUE(answered.insert(answer.index).second);
    if (answer.index == kUsers) {
      EXPECT_EQ(answer.result_code, 32);
      EXPECT_NE(answer.message, "");
      EXPECT_TRUE(answer.values.empty());
      return;
    }
    EXPECT_EQ(answer.result_code, 0) << answer.message;
    const std::string n = std::to_string(answer.index);
    ASSERT_EQ(answer.values.size(), 2U);
    for (const AttributeValue& value : answer.values) {
      EXPECT_EQ(value.bytes, value.attribute == Attribute::kMail ? n + "@x" : "n" + n);
    }
  });
  EXPECT_EQ(answered.size(), requests.size());
}

TEST(LdapReaderSlapd, ReadsOnlyWhatWasAskedFor) {
  const Slapd slapd({.ldif = user_ldif(1, "mail: a@x\nextensionAttribute2: 2\n")});
  LdapReader reader(slapd.plain(), {});
  const std::string dn = user_dn(1);
  const ObjectRequest requests[] = {{{}, dn, {extension_attribute(2)}},
                                    {{}, dn, {extension_attribute(3)}}};
  std::vector<std::size_t> values(2);
  reader.read_objects(requests, [&](const ObjectAnswer& a) { values[a.index] = a.values.size(); });
  EXPECT_EQ(values, (std::vector<std::size_t>{1, 0}));
}

TEST(LdapReaderSlapd, SaysThatTheServerWentAway) {
  const Slapd slapd({.ldif = user_ldif(1, "")});
  LdapOptions options = slapd.plain();
  options.operation_timeout = std::chrono::milliseconds(300);
  LdapReader reader(options, {});
  const std::string dn = user_dn(1);
  const ObjectRequest request{{}, dn, {Attribute::kMail}};
  slapd.signal(SIGSTOP);
  EXPECT_THROW(reader.read_objects({&request, 1}, [](const ObjectAnswer&) {}), DirectoryError);
  slapd.signal(SIGKILL);
  EXPECT_THROW(reader.read_objects({&request, 1}, [](const ObjectAnswer&) {}), DirectoryError);
}

/// 3,000 users with what the diff needs, and other objects among them.
std::string large_ldif(std::map<std::string, Seen>& expected) {
  std::string ldif;
  for (int i = 0; i < 3000; ++i) {
    const std::string n = std::to_string(i);
    Seen& seen = expected[shown_dn(i)];
    std::string attributes = "mail: " + n + "@x\nproxyAddresses: SMTP:" + n +
                             "@x\nproxyAddresses: X500:/o=Ex/cn=" + n +
                             "\nmsExchRecipientTypeDetails: 2147483648\ntitle: chief\n";
    seen.flags = kJoinable;
    seen.values = {{index(Attribute::kMail), n + "@x"},
                   {index(Attribute::kProxyAddresses), "SMTP:" + n + "@x"},
                   {index(Attribute::kProxyAddresses), "X500:/o=Ex/cn=" + n},
                   {index(Attribute::kRecipientTypeDetails), "2147483648"}};
    if (i % 3 == 0) {
      attributes += "extensionAttribute15:: " + std::string("w7xtbMOkdXQ=") + "\n";
      seen.values.emplace(index(extension_attribute(15)), "ümläut");
    }
    if (i % 50 == 0) {
      attributes += "adminCount: 1\n";
      seen.flags |= kAdminCount | kCarriesAdminCount;
    }
    if (i % 70 == 0) {
      attributes += "msExchHomeServerName: /o=Ex/cn=EX1\n";
      seen.flags |= kOnPremMailbox | kCarriesHome;
    }
    Anchor guid;
    guid.octets[2] = static_cast<std::uint8_t>(i >> 8);
    guid.octets[3] = static_cast<std::uint8_t>(i);
    guid.octets[15] = 1;
    seen.object_guid = to_hex(guid);
    ldif += user_ldif(i, attributes);
  }
  return ldif;
}

TEST(LdapReaderSlapd, PagedReadGivesWhatWasLoaded) {
  std::map<std::string, Seen> expected;
  std::string ldif = large_ldif(expected);
  ldif +=
      "dn: CN=All,OU=Staff,DC=contoso,DC=lab\nobjectClass: group\ncn: All\n"
      "proxyAddresses: SMTP:all@x\n\n"
      "dn: CN=Quiet,OU=Staff,DC=contoso,DC=lab\nobjectClass: group\ncn: Quiet\n\n"
      "dn: CN=PC1,OU=Staff,DC=contoso,DC=lab\nobjectClass: computer\ncn: PC1\n\n"
      "dn: CN=NoGuid,OU=Staff,DC=contoso,DC=lab\nobjectClass: user\ncn: NoGuid\n\n";
  Seen& group = expected["cn=All,ou=Staff,dc=contoso,dc=lab"];
  group.object_guid = to_hex(Anchor{});
  group.values = {{index(Attribute::kProxyAddresses), "SMTP:all@x"}};
  const Slapd slapd({.ldif = ldif});

  for (const int page_size : {1000, 7, 5000}) {
    LdapReader reader(slapd.plain(), {.page_size = page_size});
    Sink sink;
    const SubtreeSummary summary = reader.read_subtree(sink);
    EXPECT_TRUE(sink.objects == expected) << page_size;
    EXPECT_EQ(sink.objects.size(), 3001U);
    EXPECT_EQ(summary.entries, 3003U);  // the quiet group does not match the filter
    EXPECT_EQ(summary.pages,
              (3003U + static_cast<unsigned>(page_size) - 1) / static_cast<unsigned>(page_size));
    EXPECT_EQ(summary.user_entries, 3001U);
    EXPECT_EQ(summary.user_entries_without_guid, 1U);
    ASSERT_EQ(sink.defects.size(), 1U);
    EXPECT_NE(sink.defects.front().find("cn=NoGuid"), std::string::npos);
  }
}

TEST(LdapReaderSlapd, APartIsNotTakenForTheWhole) {
  std::string ldif = user_ldif(0, "userPassword: secret\n");
  for (int i = 1; i < 300; ++i) ldif += user_ldif(i, "mail: a@x\n");
  const Slapd slapd({.ldif = ldif,
                     .database_config = "limits users size=50 size.pr=100 size.prtotal=200\n",
                     .files = {{"secret", "secret\n"}}});
  LdapOptions options = slapd.plain();
  options.bind_dn = user_dn(0);
  options.password_file = slapd.file("secret");
  LdapReader reader(options, {.page_size = 20});
  Sink sink;
  EXPECT_THROW(reader.read_subtree(sink), DirectoryError);
  EXPECT_LT(sink.objects.size(), 300U);
}

TEST(LdapReaderSlapd, RefusesABaseThatIsNotThere) {
  const Slapd slapd({});
  LdapOptions options = slapd.plain();
  options.base_dn = "OU=None,DC=contoso,DC=lab";
  try {
    LdapReader reader(options, {});
    FAIL();
  } catch (const UsageError& e) {
    EXPECT_NE(std::string(e.what()).find("what is there is dc=contoso,dc=lab"), std::string::npos)
        << e.what();
    EXPECT_NE(std::string(e.what()).find("OU=None,DC=contoso,DC=lab' does not exist at ldap://"),
              std::string::npos)
        << e.what();
  }
}

TEST(LdapReaderSlapd, ARangeThatDoesNotGoOnIsADefect) {
  const Slapd slapd({.ldif = user_ldif(1,
                                       "mail: a@x\nproxyAddresses;range=0-1: smtp:a@x\n"
                                       "proxyAddresses;range=0-1: smtp:b@x\n") +
                             user_ldif(2, "description;range=0-1: not ours\n")});
  LdapReader reader(slapd.plain(), {});
  Sink sink;
  reader.read_subtree(sink);
  EXPECT_TRUE(sink.objects.contains(shown_dn(2)));
  EXPECT_FALSE(sink.objects.contains(shown_dn(1)));
  ASSERT_EQ(sink.defects.size(), 1U);
  EXPECT_NE(sink.defects.front().find("proxyAddresses"), std::string::npos);

  const std::string dn = user_dn(1);
  const ObjectRequest request{{}, dn, {Attribute::kMail, Attribute::kProxyAddresses}};
  reader.read_objects({&request, 1}, [](const ObjectAnswer& answer) {
    EXPECT_EQ(answer.incomplete, AttributeSet{Attribute::kProxyAddresses});
  });
}

TEST(LdapReader, AsksForWhatTheBuilderUses) {
  const std::vector<std::string> names = subtree_attributes();
  for (const std::string& name : names) EXPECT_TRUE(AdObjectBuilder::is_used(name)) << name;
  // The fields behind the managed attributes, kNone left out, are all asked for as well; the
  // entryUUID only of the head of a directory (io/ldap/domain_head).
  std::set<AdField> fields = {AdField::kEntryUuid};
  for (const std::string& name : names) fields.insert(ad_field(name));
  EXPECT_EQ(fields.size(), static_cast<std::size_t>(AdField::kNone));
}

}  // namespace
}  // namespace trueup
