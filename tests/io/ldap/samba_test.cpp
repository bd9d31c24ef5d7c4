// SPDX-License-Identifier: Apache-2.0
// The LDAP reader and writer against a real Active Directory implementation: what slapd only looks
// like. One domain controller a test.
#include "tests/support/servers/samba.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <stdexcept>

#include "io/ldap/ldap_reader.h"
#include "io/ldap/ldap_writer.h"
#include "snapshots/model/errors.h"
#include "tests/support/process.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

using std::chrono::milliseconds;
using Values = std::vector<std::string>;

constexpr Attribute kFirst = extension_attribute(1);
constexpr int kNoSuchAttribute = 16;
constexpr int kInsufficientAccessRights = 50;

std::string users_ldif(int count, const std::string& attributes) {
  std::string ldif;
  for (int i = 0; i < count; ++i) ldif += user_ldif(i, attributes);
  return ldif;
}

/// Of a user addressed by its GUID: the DN would not do.
Change change_of(int user, std::uint32_t number, std::vector<Edit> edits) {
  Change change;
  change.object_guid = user_guid(user);
  change.dn = "CN=renamed meanwhile,DC=lab,DC=test";
  change.number = number;
  change.edits = std::move(edits);
  return change;
}

WriterAnswer write(DirectoryWriter& writer, const Change& change) {
  writer.submit(change);
  std::vector<WriterAnswer> outcomes;
  while (writer.in_flight() > 0) writer.poll(milliseconds(100), outcomes);
  if (outcomes.size() != 1) throw std::runtime_error("not one outcome");
  return outcomes.front();
}

/// The values of one attribute, sorted.
Values read(const LdapOptions& server, int user, Attribute attribute) {
  LdapReader reader(server, {});
  const ObjectRequest request{.object_guid = user_guid(user), .dn = {}, .attributes = {attribute}};
  Values values;
  reader.read_objects({&request, 1}, [&](const ObjectAnswer& answer) {
    EXPECT_EQ(answer.result_code, 0) << answer.message;
    for (const AttributeValue& value : answer.values) values.emplace_back(value.bytes);
  });
  std::ranges::sort(values);
  return values;
}

TEST(LdapWriterSamba, AnswersEachOfManyInFlightAddressedByGuid) {
  constexpr int kUsers = 200;
  constexpr int kRounds = 3;
  const SambaDc dc({.ldif = users_ldif(kUsers, "extensionAttribute1: 0\n")});
  LdapWriter writer(dc.delegated(), {.connections = 3, .max_in_flight = 20});
  EXPECT_TRUE(writer.root_dse().active_directory);
  std::set<std::uint32_t> answered;
  for (int round = 0; round < kRounds; ++round) {
    const std::string before = std::to_string(round);
    const std::string after = std::to_string(round + 1);
    std::vector<WriterAnswer> outcomes;
    for (int i = 0; i < kUsers || writer.in_flight() > 0;) {
      for (; i < kUsers && writer.has_room(); ++i) {
        writer.submit(change_of(i, static_cast<std::uint32_t>(round * kUsers + i + 1),
                                {{kFirst, {before}, {after}}}));
      }
      writer.poll(milliseconds(100), outcomes);
    }
    for (const WriterAnswer& outcome : outcomes) {
      EXPECT_EQ(outcome.result_code, 0) << outcome.message;
      EXPECT_TRUE(answered.insert(outcome.number).second);
    }
  }
  EXPECT_EQ(answered.size(), static_cast<std::size_t>(kUsers * kRounds));
  for (const int user : {0, 7, kUsers - 1}) EXPECT_EQ(read(dc.admin(), user, kFirst), Values{"3"});
}

TEST(LdapWriterSamba, AStaleOldValueStopsTheWholeModify) {
  const SambaDc dc({.ldif = user_ldif(1, "extensionAttribute1: theirs\nmail: a@x\n")});
  LdapWriter writer(dc.delegated(), {});
  const WriterAnswer outcome = write(
      writer, change_of(1, 1, {{Attribute::kMail, {"a@x"}, {"b@x"}}, {kFirst, {"ours"}, {"new"}}}));
  EXPECT_TRUE(outcome.answered);
  EXPECT_EQ(outcome.result_code, kNoSuchAttribute) << outcome.message;
  EXPECT_NE(outcome.message, "");
  EXPECT_EQ(read(dc.admin(), 1, Attribute::kMail), Values{"a@x"});
  EXPECT_EQ(read(dc.admin(), 1, kFirst), Values{"theirs"});
}

// AD takes SMTP:a and smtp:a as one value: an add before the delete would be refused.
TEST(LdapWriterSamba, ThePrimaryIsSwappedInOneModify) {
  const SambaDc dc({.ldif = user_ldif(1,
                                      "proxyAddresses: SMTP:old@x\n"
                                      "proxyAddresses: smtp:new@x\n")});
  LdapWriter writer(dc.delegated(), {});
  const WriterAnswer outcome = write(writer, change_of(1, 1,
                                                       {{Attribute::kProxyAddresses,
                                                         {"SMTP:old@x", "smtp:new@x"},
                                                         {"SMTP:new@x", "smtp:old@x"}}}));
  EXPECT_EQ(outcome.result_code, 0) << outcome.message;
  EXPECT_EQ(read(dc.admin(), 1, Attribute::kProxyAddresses), (Values{"SMTP:new@x", "smtp:old@x"}));
}

TEST(LdapWriterSamba, EveryManagedAttributeIsInTheSchema) {
  const SambaDc dc({.ldif = user_ldif(1, "")});
  LdapWriter writer(dc.delegated(), {});
  std::vector<Edit> edits;
  for (int i = 0; i < kAttributeCount; ++i) {
    const Attribute attribute = attribute_at(i);
    if (attribute == Attribute::kHideFromAddressLists || attribute == Attribute::kMailNickname) {
      continue;  // not among the 24 that the delegated account may write
    }
    const bool number = attribute == Attribute::kRecipientTypeDetails ||
                        attribute == Attribute::kRecipientDisplayType;
    const char* value = attribute == Attribute::kProxyAddresses ? "SMTP:a@x" : "a@x";
    edits.push_back({attribute, {}, {number ? "-2147483642" : value}});
  }
  EXPECT_EQ(edits.size(), 24U);
  const WriterAnswer outcome = write(writer, change_of(1, 1, edits));
  EXPECT_EQ(outcome.result_code, 0) << outcome.message;
}

TEST(LdapWriterSamba, TheDelegatedAccountWritesOnlyWhatItMay) {
  const SambaDc dc({.ldif = user_ldif(1, "mailNickname: one\n") + user_ldif(2, "") +
                            "dn: CN=Chief,OU=Executives,DC=lab,DC=test\nobjectClass: user\n"
                            "objectGUID:: " +
                            to_base64(user_guid(3)) +
                            "\n\ndn: CN=List,OU=Groups,DC=contoso,DC=lab\nobjectClass: group\n"
                            "objectGUID:: " +
                            to_base64(user_guid(4)) + "\n\n"});
  LdapWriter writer(dc.delegated(), {});
  const auto code_of = [&](int object, std::vector<Edit> edits) {
    return write(writer, change_of(object, 1, std::move(edits))).result_code;
  };
  const Edit mail{Attribute::kMail, {}, {"a@x"}};
  const Edit nickname{Attribute::kMailNickname, {}, {"two"}};
  EXPECT_EQ(code_of(1, {{Attribute::kMailNickname, {"one"}, {"two"}}}), kInsufficientAccessRights);
  EXPECT_EQ(code_of(2, {mail, nickname}), kInsufficientAccessRights);
  EXPECT_EQ(read(dc.admin(), 2, Attribute::kMail), Values{});
  EXPECT_EQ(code_of(3, {mail}), kInsufficientAccessRights) << "outside its OU";
  EXPECT_EQ(code_of(4, {mail}), kInsufficientAccessRights) << "a group";
  EXPECT_EQ(code_of(2, {mail}), 0);

  LdapWriter administrator(dc.admin(), {});
  EXPECT_EQ(write(administrator, change_of(3, 1, {mail, nickname})).result_code, 0);
}

struct Sink : MailboxSink {
  void on_mailbox(const Mailbox& m, std::uint64_t) override {
    if (m.flags & kJoinable) anchors[to_hex(m.object_guid)] = std::string(m.name);
  }
  void on_defect(std::uint64_t, std::string reason) override { defects.push_back(reason); }

  std::map<std::string, std::string> anchors;  // hex of objectGUID -> DN
  Values defects;
};

TEST(LdapReaderSamba, FindsAllUsersInPages) {
  constexpr int kUsers = 250;
  const SambaDc dc({.ldif = users_ldif(kUsers, "mail: a@x\nproxyAddresses: SMTP:a@x\n")});
  LdapReader reader(dc.delegated(), {.page_size = 40});
  Sink sink;
  const SubtreeSummary summary = reader.read_subtree(sink);
  EXPECT_GE(summary.pages, 6U);
  EXPECT_EQ(summary.user_entries_without_guid, 0U);
  EXPECT_EQ(sink.defects, Values{});
  for (int i = 0; i < kUsers; ++i) {
    EXPECT_EQ(sink.anchors[to_hex(user_guid(i))], samba_user_dn(i));
  }
}

TEST(LdapSessionSamba, GoesOnWithItsDataAfterAKillAndWithoutThemAfterAReset) {
  SambaDc dc({.ldif = user_ldif(1, "")});
  const auto set = [&](std::string_view from, std::string_view to) {
    Edit edit{kFirst, {}, {to}};
    if (!from.empty()) edit.deletes = {from};
    LdapWriter writer(dc.delegated(), {});
    return write(writer, change_of(1, 1, {edit})).result_code;
  };
  EXPECT_EQ(set("", "one"), 0);
  dc.signal(SIGKILL);
  EXPECT_THROW(LdapSession(dc.admin()), DirectoryError);
  dc.start();
  EXPECT_EQ(read(dc.admin(), 1, kFirst), Values{"one"});
  EXPECT_EQ(set("one", "two"), 0);
  dc.reset();
  EXPECT_EQ(read(dc.admin(), 1, kFirst), Values{});
}

// Why one run writes to one DC: each sees its own values only, and takes a write on top of them.
TEST(LdapWriterSamba, TwoControllersAgreeOnlyAfterReplication) {
  SambaDc dc({.ldif = user_ldif(1, "extensionAttribute1: old\n"), .replica = true});
  LdapWriter here(dc.delegated(), {});
  LdapWriter there(dc.delegated_at_replica(), {});
  EXPECT_NE(here.root_dse().ds_service_name, there.root_dse().ds_service_name);
  EXPECT_EQ(write(here, change_of(1, 1, {{kFirst, {"old"}, {"here"}}})).result_code, 0);
  EXPECT_EQ(read(dc.delegated_at_replica(), 1, kFirst), Values{"old"});
  EXPECT_EQ(write(there, change_of(1, 1, {{extension_attribute(2), {}, {"there"}}})).result_code,
            0);
  dc.replicate();
  EXPECT_EQ(read(dc.delegated_at_replica(), 1, kFirst), Values{"here"});
  EXPECT_EQ(read(dc.delegated(), 1, extension_attribute(2)), Values{"there"});
}

TEST(LdapSessionSamba, TheDelegatedAccountHasAKerberosKeytab) {
  const SambaDc dc({});
  const ProcessResult found =
      run_process({"ldapsearch", "-LLL", "-Q", "-Y", "GSSAPI", "-N", "-H", dc.gssapi().urls.front(),
                   "-s", "base", "-b", std::string(SambaDc::kBase), "dn"},
                  {.environment = dc.kerberos_environment()});
  EXPECT_EQ(found.exit_code, 0) << found.err;
  EXPECT_EQ(found.out, "dn: DC=lab,DC=test\n\n");
}

}  // namespace
}  // namespace trueup
