// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/directory_schema.h"

#include <gtest/gtest.h>

#include "snapshots/model/errors.h"
#include "tests/support/servers/ldap_stub.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

constexpr std::string_view kSchema = ",CN=Schema,CN=Configuration,DC=contoso,DC=lab";

void put_attribute_schema(LdapStub& stub, const std::string& cn, const std::string& name,
                          LdapStub::Entry more) {
  more["lDAPDisplayName"] = {name};
  stub.put("CN=" + cn + std::string(kSchema), std::move(more));
}

/// The schema of an AD as it comes, without Exchange.
void put_base_schema(LdapStub& stub) {
  stub.put(std::string(kSchema.substr(1)), {});
  put_attribute_schema(stub, "E-mail-Addresses", "mail",
                       {{"isSingleValued", {"TRUE"}}, {"rangeUpper", {"256"}}});
  put_attribute_schema(stub, "Proxy-Addresses", "proxyAddresses",
                       {{"isSingleValued", {"FALSE"}}, {"rangeUpper", {"1123"}}});
}

TEST(DirectorySchema, IsReadFromTheSchemaPartitionOfAnAd) {
  LdapStub stub(1500);
  put_base_schema(stub);
  put_attribute_schema(stub, "ms-Exch-Extension-Attribute-1", "ExtensionAttribute1",
                       {{"isSingleValued", {"TRUE"}}, {"rangeUpper", {"1024"}}});
  put_attribute_schema(stub, "ms-Exch-Hide", "msExchHideFromAddressLists",
                       {{"isSingleValued", {"TRUE"}}});
  put_attribute_schema(stub, "Other", "telephoneNumber", {{"isSingleValued", {"TRUE"}}});
  const DirectorySchema schema = read_schema(LdapSession(stub.options()));
  EXPECT_EQ(schema.present(),
            (AttributeSet{Attribute::kMail, Attribute::kProxyAddresses, extension_attribute(1),
                          Attribute::kHideFromAddressLists}));
  EXPECT_TRUE(schema.of(Attribute::kMail).single_valued);
  EXPECT_EQ(schema.of(Attribute::kMail).range_upper, 256U);
  EXPECT_FALSE(schema.of(Attribute::kProxyAddresses).single_valued);
  EXPECT_EQ(schema.of(Attribute::kProxyAddresses).range_upper, 1123U);
  EXPECT_EQ(schema.of(extension_attribute(1)).range_upper, 1024U);
  EXPECT_EQ(schema.of(Attribute::kHideFromAddressLists).range_upper, std::nullopt);
}

TEST(DirectorySchema, ADefunctAttributeIsNotPresent) {
  LdapStub stub(1500);
  put_base_schema(stub);
  put_attribute_schema(stub, "Gone", "extensionAttribute1",
                       {{"isSingleValued", {"TRUE"}}, {"isDefunct", {"TRUE"}}});
  // One that took over the name, in either order.
  for (const char* cn : {"A-old", "Z-old"}) {
    put_attribute_schema(stub, cn, "extensionAttribute2", {{"isDefunct", {"TRUE"}}});
  }
  put_attribute_schema(stub, "New", "extensionAttribute2",
                       {{"isSingleValued", {"TRUE"}}, {"isDefunct", {"FALSE"}}});
  const DirectorySchema schema = read_schema(LdapSession(stub.options()));
  EXPECT_FALSE(schema.of(extension_attribute(1)).present);
  EXPECT_TRUE(schema.of(extension_attribute(2)).present);
  EXPECT_TRUE(schema.of(extension_attribute(2)).single_valued);
}

TEST(DirectorySchema, OneThatCannotBeReadIsNoEmptySchema) {
  LdapStub stub(1500);
  EXPECT_THROW(read_schema(LdapSession(stub.options())), DirectoryError);  // not there
  stub.put(std::string(kSchema.substr(1)), {});
  EXPECT_THROW(read_schema(LdapSession(stub.options())), DirectoryError);  // shows nothing
}

TEST(DirectorySchema, SubschemaLengthsCount) {
  LdapStub stub(1500);
  stub.put("", {{"namingContexts", {"DC=contoso,DC=lab"}}, {"subschemaSubentry", {"cn=Sub"}}});
  stub.put("cn=Sub",
           {{"attributeTypes",
             {"( 1.2.3 NAME ( 'rfc822Mailbox' 'mail' ) SYNTAX 1.3.6.1.4.1.1466.115.121.1.26{256} "
              "SINGLE-VALUE X-ORIGIN 'test' )",
              "( 1.2.4 NAME 'extensionAttribute1' OBSOLETE )",
              "( 1.2.5 NAME 'PROXYADDRESSES' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
              "( this cannot be parsed"}}});
  const DirectorySchema schema = read_schema(LdapSession(stub.options()));
  EXPECT_EQ(schema.present(), (AttributeSet{Attribute::kMail, Attribute::kProxyAddresses}));
  EXPECT_TRUE(schema.of(Attribute::kMail).single_valued);
  EXPECT_EQ(schema.of(Attribute::kMail).range_upper, 256U);
  EXPECT_FALSE(schema.of(Attribute::kProxyAddresses).single_valued);
  EXPECT_EQ(schema.of(Attribute::kProxyAddresses).range_upper, std::nullopt);
}

TEST(DirectorySchemaSlapd, IsReadFromTheSubschemaOfOthers) {
  const Slapd slapd({});
  const DirectorySchema schema = read_schema(LdapSession(slapd.plain()));
  EXPECT_EQ(schema.present(), kAllAttributes);
  for (int i = 0; i < kAttributeCount; ++i) {
    const Attribute attribute = attribute_at(i);
    EXPECT_NE(schema.of(attribute).single_valued, traits(attribute).multi_valued)
        << traits(attribute).name;
  }
}

TEST(DirectoryRights, AreAskedForObjectByObject) {
  LdapStub stub(20);
  std::vector<std::string> dns;
  for (int i = 0; i < 50; ++i) {
    dns.push_back("CN=" + std::to_string(i));
    LdapStub::Entry entry = {
        {"allowedAttributes", {"objectClass", "mail", "extensionAttribute1", "proxyAddresses"}}};
    if (i % 2 == 0) entry["allowedAttributesEffective"] = {"Mail", "description"};
    stub.put(dns.back(), entry);
  }
  dns.push_back("CN=none");
  std::vector<ObjectRequest> requests;
  for (const std::string& dn : dns) {
    requests.push_back({{}, dn, {Attribute::kMail, extension_attribute(1)}});
  }
  const auto rights = read_rights(LdapSession(stub.options()), requests);
  ASSERT_TRUE(rights.has_value());
  ASSERT_EQ(rights->size(), 51U);
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_TRUE((*rights)[i].known);
    EXPECT_EQ((*rights)[i].result_code, 0);
    EXPECT_EQ((*rights)[i].allowed, (AttributeSet{Attribute::kMail, extension_attribute(1)}));
    EXPECT_EQ((*rights)[i].writable, i % 2 == 0 ? AttributeSet{Attribute::kMail} : AttributeSet{});
  }
  EXPECT_EQ(rights->back().result_code, 32);
  EXPECT_FALSE(rights->back().known);
}

TEST(DirectoryRights, APartOfThemIsNotKnown) {
  LdapStub stub(3);
  stub.put("CN=1", {{"allowedAttributes", {"a", "b", "c", "mail"}},
                    {"allowedAttributesEffective", {"mail"}}});
  stub.put("CN=2", {{"mail", {"a@x"}}});
  const ObjectRequest requests[] = {{{}, "CN=1", {Attribute::kMail}},
                                    {{}, "CN=2", {Attribute::kMail}}};
  const auto rights = read_rights(LdapSession(stub.options()), requests);
  ASSERT_TRUE(rights.has_value());
  EXPECT_FALSE((*rights)[0].known);
  EXPECT_FALSE((*rights)[1].known);
}

TEST(DirectoryRightsSlapd, AreNotKnownToOtherServers) {
  const Slapd slapd({.ldif = user_ldif(1, "")});
  const std::string dn = user_dn(1);
  const ObjectRequest request{{}, dn, {Attribute::kMail}};
  EXPECT_FALSE(read_rights(LdapSession(slapd.plain()), {&request, 1}).has_value());
}

}  // namespace
}  // namespace trueup
