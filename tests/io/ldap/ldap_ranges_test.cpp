// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <set>

#include "io/ldap/ldap_reader.h"
#include "io/ldap/ldap_writer.h"
#include "io/ldap/session/ldap_messages.h"
#include "tests/io/ldap/ldap_changes.h"
#include "tests/support/servers/ldap_stub.h"

namespace trueup {
namespace {

constexpr std::string_view kUserDn = "CN=User 0001,OU=Staff,DC=contoso,DC=lab";

std::vector<std::string> addresses(int count) {
  std::vector<std::string> list;
  for (int i = 0; i < count; ++i) list.push_back("smtp:" + std::to_string(i) + "@x");
  return list;
}

LdapStub::Entry user(int address_count) {
  return {{"objectClass", {"top", "user"}},
          {"objectGUID", {"0123456789abcdef"}},
          {"mail", {"0@x"}},
          {"proxyAddresses", addresses(address_count)}};
}

template <typename Values>
std::vector<std::string> addresses_in(const Values& values) {
  std::vector<std::string> list;
  for (const auto& v : values) {
    if (v.attribute == Attribute::kProxyAddresses) list.emplace_back(v.bytes);
  }
  return list;
}

/// What the stub was asked for about the user.
class RangeRequests {
 public:
  explicit RangeRequests(LdapStub& stub) {
    stub.on_search([this](const std::string& name, const std::vector<std::string>& attributes) {
      if (name != kUserDn) return;
      const std::lock_guard lock(mutex_);
      searches_.push_back(attributes);
    });
  }
  std::vector<std::vector<std::string>> searches() {
    const std::lock_guard lock(mutex_);
    return searches_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::vector<std::string>> searches_;
};

TEST(LdapRanges, TheWriterReadsAllValues) {
  for (const int count : {0, 9, 10, 11, 20, 35}) {
    LdapStub stub(10);
    stub.put(std::string(kUserDn), user(count));
    LdapWriter writer(stub.options(), {.connections = 1, .max_in_flight = 2});
    Changes changes;
    writer.read(
        changes.add(1, {{Attribute::kMail, {}, {"x"}}, {Attribute::kProxyAddresses, {}, {"x"}}}));
    const std::vector<WriterAnswer> outcomes = wait_for_all(writer);
    ASSERT_EQ(outcomes.size(), 1U);
    EXPECT_EQ(outcomes.front().result_code, 0) << outcomes.front().message;
    EXPECT_EQ(addresses_in(outcomes.front().values), addresses(count)) << count;
    EXPECT_EQ(outcomes.front().values.size(), static_cast<std::size_t>(count) + 1);
  }
}

TEST(LdapRanges, AsksForRangesOnlyToGoOn) {
  LdapStub stub(10);
  stub.put(std::string(kUserDn), user(25));
  RangeRequests asked(stub);
  LdapWriter writer(stub.options(), {.connections = 1, .max_in_flight = 2});
  Changes changes;
  writer.read(
      changes.add(1, {{Attribute::kMail, {}, {"x"}}, {Attribute::kProxyAddresses, {}, {"x"}}}));
  wait_for_all(writer);
  EXPECT_EQ(asked.searches(),
            (std::vector<std::vector<std::string>>{{"mail", "proxyAddresses"},
                                                   {"proxyAddresses;range=10-*"},
                                                   {"proxyAddresses;range=20-*"}}));
}

TEST(LdapRanges, ObjectsAreReadWithAllValues) {
  LdapStub stub(10);
  std::vector<std::string> dns;
  std::vector<ObjectRequest> requests;
  for (int i = 0; i < 30; ++i) {
    dns.push_back("CN=" + std::to_string(i));
    stub.put(dns.back(), user(i));
  }
  for (const std::string& dn : dns) {
    requests.push_back({{}, dn, {Attribute::kMail, Attribute::kProxyAddresses}});
  }
  LdapReader reader(stub.options(), {.max_in_flight = 8});
  std::set<std::size_t> answered;
  reader.read_objects(requests, [&](const ObjectAnswer& answer) {
    EXPECT_TRUE(answered.insert(answer.index).second);
    EXPECT_EQ(answer.result_code, 0);
    EXPECT_TRUE(answer.incomplete.empty());
    EXPECT_EQ(addresses_in(answer.values), addresses(static_cast<int>(answer.index)));
  });
  EXPECT_EQ(answered.size(), 30U);
}

struct Sink : MailboxSink {
  void on_mailbox(const Mailbox& m, std::uint64_t) override {
    objects[std::string(m.name)] = addresses_in(m.values);
    flags[std::string(m.name)] = m.flags;
  }
  void on_defect(std::uint64_t, std::string reason) override { defects.push_back(reason); }

  std::map<std::string, std::vector<std::string>> objects;
  std::map<std::string, std::uint32_t> flags;
  std::vector<std::string> defects;
};

TEST(LdapRanges, ASubtreeIsReadWithAllValues) {
  LdapStub stub(10);
  const std::string base = ",DC=contoso,DC=lab";
  stub.put("CN=short" + base, user(3));
  stub.put("CN=long" + base, user(42));
  stub.put("CN=middle" + base, user(10));
  LdapReader reader(stub.options(), {});
  Sink sink;
  const SubtreeSummary summary = reader.read_subtree(sink);
  EXPECT_EQ(summary.entries, 3U);
  EXPECT_EQ(summary.user_entries, 3U);
  EXPECT_EQ(summary.user_entries_without_guid, 0U);
  EXPECT_TRUE(sink.defects.empty());
  EXPECT_EQ(sink.objects["CN=short" + base], addresses(3));
  EXPECT_EQ(sink.objects["CN=long" + base], addresses(42));
  EXPECT_EQ(sink.objects["CN=middle" + base], addresses(10));
  EXPECT_EQ(sink.flags["CN=long" + base], kJoinable);
}

TEST(LdapRanges, AnObjectThatShrinksInBetweenIsNotTakenForWhole) {
  LdapStub stub(10);
  stub.put(std::string(kUserDn), user(25));
  stub.on_search([&](const std::string& name, const std::vector<std::string>& wanted) {
    const bool goes_on = wanted.front().find(";range=") != std::string::npos;
    if (name == kUserDn && goes_on) stub.put(name, user(5));
  });
  LdapWriter writer(stub.options(), {.connections = 1, .max_in_flight = 2});
  Changes changes;
  writer.read(changes.add(1, {{Attribute::kProxyAddresses, {}, {"x"}}}));
  const std::vector<WriterAnswer> outcomes = wait_for_all(writer);
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_TRUE(outcomes.front().answered);
  EXPECT_NE(outcomes.front().result_code, 0);
  EXPECT_TRUE(outcomes.front().values.empty());

  stub.put(std::string(kUserDn), user(25));
  LdapReader reader(stub.options(), {});
  Sink sink;
  reader.read_subtree(sink);
  EXPECT_TRUE(sink.objects.empty());
  ASSERT_EQ(sink.defects.size(), 1U);
  EXPECT_TRUE(sink.defects.front().starts_with(std::string(kUserDn) + ": ")) << sink.defects[0];
}

TEST(LdapRanges, ReadsHowARangeIsWritten) {
  EXPECT_EQ(parse_range(";range=0-1499"), (ValueRange{.first = 0, .last = 1499}));
  EXPECT_EQ(parse_range(";Range=1500-*"), (ValueRange{.first = 1500, .to_end = true}));
  for (const char* other : {"", ";binary", ";range=", ";range=5", ";range=5-", ";range=-5",
                            ";range=5-4", ";range=5-6x", ";range=a-b", ";range=*-5"}) {
    EXPECT_FALSE(parse_range(other)) << other;
  }
}

}  // namespace
}  // namespace trueup
