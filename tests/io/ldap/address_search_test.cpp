// SPDX-License-Identifier: Apache-2.0
// Who holds an address, as a server tells; what its head is known by; what anchors objects have.
#include "io/ldap/address_search.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "io/ldap/domain_head.h"
#include "io/ldap/object_anchors.h"
#include "tests/support/servers/ldap_stub.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

using Holders = std::map<std::string, std::multiset<std::string>>;  // address, RDNs

std::string folded_rdn(const std::string& dn) {
  std::string rdn = dn.substr(0, dn.find(','));
  for (char& c : rdn) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return rdn;
}

Holders holders(const LdapSession& session, const std::vector<std::string>& keys,
                std::size_t per_filter = 50) {
  Holders found;
  std::size_t searched = 0;
  AddressSearch search{
      .base = session.base_dn(), .per_filter = per_filter, .on_holder = {}, .on_searched = {}};
  search.on_holder = [&](const AddressHolder& h) {
    found[keys[h.address]].insert(folded_rdn(h.dn));
  };
  search.on_searched = [&](std::size_t count) { searched += count; };
  search_addresses(session, keys, search);
  EXPECT_EQ(searched, keys.size());
  return found;
}

TEST(AddressSearchSlapd, FindsHoldersInBothAttributesOfAnyClass) {
  const Slapd slapd({.ldif = user_ldif(1,
                                       "proxyAddresses: SMTP:A@x\nproxyAddresses: smtp:b@x\n"
                                       "proxyAddresses: X500:/o=Org/cn=One\n") +
                             user_ldif(2, "mail: B@X\n") + user_ldif(3, "mail: other@x\n") +
                             "dn: CN=Group,DC=contoso,DC=lab\nobjectClass: top\n"
                             "objectClass: group\ncn: Group\nmail: c(*)\\d@x\n"
                             "proxyAddresses: smtp:c(*)\\d@x\n\n"});
  const LdapSession session(slapd.plain());
  EXPECT_EQ(holders(session, {"smtp:a@x", "smtp:b@x", "smtp:c(*)\\d@x", "x500:/o=org/cn=one",
                              "smtp:none@x", "sip:a@x"}),
            (Holders{{"smtp:a@x", {"cn=user 0001"}},
                     {"smtp:b@x", {"cn=user 0001", "cn=user 0002"}},
                     {"smtp:c(*)\\d@x", {"cn=group"}},  // once, though it has it twice
                     {"x500:/o=org/cn=one", {"cn=user 0001"}}}));
}

TEST(AddressSearchSlapd, WhatAServerMatchesMoreLooselyIsNoHolder) {
  // caseIgnoreMatch takes the full-width letter, and the two blanks, as the same.
  const Slapd slapd({.ldif = user_ldif(1, "proxyAddresses: smtp:\xEF\xBD\x81@x\n") +
                             user_ldif(2, "proxyAddresses: smtp:b  c@x\n")});
  const LdapSession session(slapd.plain());
  EXPECT_EQ(holders(session, {"smtp:a@x", "smtp:b c@x"}), Holders{});
}

TEST(AddressSearchSlapd, ManyAddressesTakeManyFilters) {
  std::string ldif;
  for (int i = 1; i <= 40; ++i) {
    ldif += user_ldif(i, "proxyAddresses: smtp:" + std::to_string(i) + "@x\n");
  }
  const Slapd slapd({.ldif = ldif});
  const LdapSession session(slapd.plain());
  std::vector<std::string> keys;
  for (int i = 1; i <= 500; ++i) keys.push_back("smtp:" + std::to_string(i) + "@x");
  for (const std::size_t per_filter : {1, 7, 50, 1000}) {
    EXPECT_EQ(holders(session, keys, per_filter).size(), 40U) << per_filter;
  }
}

TEST(AddressSearchSlapd, AServerThatGivesNoMoreThanAFewIsAskedInSmallerPieces) {
  std::string ldif;
  std::vector<std::string> keys;
  for (int i = 1; i <= 30; ++i) {
    ldif += user_ldif(i, "proxyAddresses: smtp:" + std::to_string(i) + "@x\n");
    keys.push_back("smtp:" + std::to_string(i) + "@x");
  }
  const Slapd slapd({.ldif = ldif, .database_config = "limits * size=4\n", .files = {}});
  const LdapSession session(slapd.plain());
  EXPECT_EQ(holders(session, keys).size(), 30U);
}

TEST(AddressSearchSlapd, WhatCannotBeSearchedIsAnError) {
  const Slapd slapd({.ldif = user_ldif(1, "mail: a@x\n")});
  const LdapSession session(slapd.plain());
  const std::vector<std::string> keys = {"smtp:a@x"};
  AddressSearch search{
      .base = "DC=other", .on_holder = [](const AddressHolder&) {}, .on_searched = {}};
  EXPECT_THROW(search_addresses(session, keys, search), DirectoryError);
}

TEST(AddressSearch, AnAddressBeyondTheFirstRangeIsFound) {
  LdapStub stub(/*max_values=*/3);
  std::vector<std::string> many;
  for (int i = 0; i < 10; ++i) many.push_back("smtp:" + std::to_string(i) + "@x");
  const LdapStub::Entry group = {{"objectClass", {"group"}},
                                 {"objectGUID", {"0123456789abcdef"}},
                                 {"mail", {"m@x"}},
                                 {"proxyAddresses", many}};
  stub.put("CN=Long,DC=contoso,DC=lab", group);
  stub.put("<GUID=30313233343536373839616263646566>", group);
  LdapOptions options = stub.options();
  options.base_dn = "DC=contoso,DC=lab";
  const LdapSession session(options);
  EXPECT_EQ(
      holders(session, {"smtp:1@x", "smtp:9@x", "smtp:m@x", "smtp:11@x"}),
      (Holders{{"smtp:1@x", {"cn=long"}}, {"smtp:9@x", {"cn=long"}}, {"smtp:m@x", {"cn=long"}}}));
}

TEST(DomainHeadSlapd, IsKnownByItsEntryUuidAndAnObjectGuidThatStandsThere) {
  const Slapd slapd({.ldif = user_ldif(1, "mail: a@x\n")});
  LdapOptions options = slapd.plain();
  options.base_dn = "OU=Staff,DC=contoso,DC=lab";
  const LdapSession session(options);
  const DirectoryIdentity identity = read_identity(session);
  EXPECT_EQ(identity.naming_context, "dc=contoso,dc=lab");
  ASSERT_TRUE(identity.head_guid);
  EXPECT_EQ(read_head_guids(session, "DC=contoso,DC=lab").front(), *identity.head_guid);
  EXPECT_EQ(naming_context_of(session.root_dse(), "CN=x,DC=other,DC=lab"), "");
  EXPECT_TRUE(forest_domains(session).empty()) << "no AD: it has no forest";
  EXPECT_THROW(read_head_guids(session, "DC=nowhere"), DirectoryError);
}

TEST(ObjectAnchorsSlapd, AreTheConsistencyGuidElseTheObjectGuid) {
  const Slapd slapd(
      {.ldif = user_ldif(1, "mail: a@x\n") +
               user_ldif(2, "mS-DS-ConsistencyGuid:: " + to_base64(user_guid(77)) + "\n")});
  const LdapSession session(slapd.plain());
  const std::string one = user_dn(1), two = user_dn(2), three = user_dn(3);
  const std::vector<ObjectRequest> objects = {{{}, three, {}}, {{}, two, {}}, {{}, one, {}}};
  const std::vector<ObjectAnchor> there = read_anchors(session, objects);
  EXPECT_EQ(there[0].result_code, 32);
  EXPECT_EQ(there[1].anchor, user_guid(77));
  EXPECT_EQ(there[2].anchor, user_guid(1));
  EXPECT_EQ(folded_rdn(there[2].dn), "cn=user 0001");
}

}  // namespace
}  // namespace trueup
