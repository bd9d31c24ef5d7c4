// SPDX-License-Identifier: Apache-2.0
#include "io/ad/ad_object.h"

#include <gtest/gtest.h>

#include <cctype>
#include <initializer_list>
#include <utility>

namespace trueup {
namespace {

using Result = AdObjectBuilder::Result;
using Pairs = std::initializer_list<std::pair<std::string_view, std::string_view>>;

constexpr std::string_view kGuid = "0123456789abcdef";
constexpr std::string_view kOtherGuid = "fedcba9876543210";

struct Built {
  Result result{};
  Mailbox mailbox;
  std::string reason;
};

Built build(Pairs attributes) {
  AdObjectBuilder builder;
  builder.begin("CN=a");
  for (const auto& [name, value] : attributes) builder.add(name, value);
  Built built;
  built.result = builder.finish(built.mailbox, built.reason);
  return built;
}

TEST(AdField, FindsEveryNameInAnyCase) {
  for (int i = 0; i < kAttributeCount; ++i) {
    std::string name(traits(attribute_at(i)).name);
    EXPECT_EQ(ad_field(name), static_cast<AdField>(i)) << name;
    for (char& c : name) c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(ad_field(name), static_cast<AdField>(i)) << name;
    for (char& c : name) c = static_cast<char>(std::tolower(c));
    EXPECT_EQ(ad_field(name), static_cast<AdField>(i)) << name;
  }
  EXPECT_EQ(ad_field("OBJECTclass"), AdField::kObjectClass);
  EXPECT_EQ(ad_field("ms-ds-consistencyguid"), AdField::kConsistencyGuid);
}

TEST(AdField, FindsNothingElse) {
  for (const std::string_view name :
       {"", "m", "mai", "mail2", "extensionAttribute0", "extensionAttribute16",
        "extensionAttribute", "msExchExtensionCustomAttribute6", "msExchExtensionCustomAttribute12",
        "nail", "ma\x09l", "proxyAddresses ", "objectCategory", "mS\rDS\rConsistencyGuid",
        "homeMTA", "isDeleteD!"}) {
    EXPECT_EQ(ad_field(name), AdField::kNone) << name;
    EXPECT_FALSE(AdObjectBuilder::is_used(name)) << name;
  }
}

TEST(AdObject, UserWithObjectGuidIsJoinable) {
  const Built b = build({{"objectClass", "top"},
                         {"objectClass", "user"},
                         {"objectGUID", kGuid},
                         {"proxyAddresses", "SMTP:a@x"},
                         {"mail", "a@x"},
                         {"proxyAddresses", "SMTP:a@x"},
                         {"extensionAttribute3", ""}});
  ASSERT_EQ(b.result, Result::kMailbox);
  EXPECT_TRUE(b.mailbox.has(kJoinable));
  EXPECT_TRUE(b.mailbox.has_anchor);
  EXPECT_EQ(b.mailbox.name, "CN=a");
  EXPECT_EQ(b.mailbox.anchor.bytes(), kGuid);
  EXPECT_EQ(b.mailbox.object_guid.bytes(), kGuid);
  EXPECT_EQ(b.mailbox.supplied, kAllAttributes);
  EXPECT_EQ(b.mailbox.values,
            (std::vector<AttributeValue>{{Attribute::kProxyAddresses, "SMTP:a@x"},
                                         {Attribute::kMail, "a@x"},
                                         {Attribute::kProxyAddresses, "SMTP:a@x"}}));
}

TEST(AdObject, ConsistencyGuidWinsOverObjectGuid) {
  const Built b = build({{"objectClass", "inetOrgPerson"},
                         {"objectGUID", kGuid},
                         {"mS-DS-ConsistencyGuid", kOtherGuid}});
  ASSERT_EQ(b.result, Result::kMailbox);
  EXPECT_EQ(b.mailbox.anchor.bytes(), kOtherGuid);
  EXPECT_EQ(b.mailbox.object_guid.bytes(), kGuid);
}

TEST(AdObject, AnEmptyConsistencyGuidIsNone) {
  const Built b =
      build({{"objectClass", "user"}, {"objectGUID", kGuid}, {"mS-DS-ConsistencyGuid", ""}});
  ASSERT_EQ(b.result, Result::kMailbox);
  EXPECT_EQ(b.mailbox.anchor.bytes(), kGuid);
}

TEST(AdObject, WrongGuidsAreDefects) {
  EXPECT_EQ(build({{"objectClass", "user"}}).result, Result::kDefect);
  EXPECT_EQ(build({{"objectClass", "user"}, {"objectGUID", "short"}}).result, Result::kDefect);
  EXPECT_EQ(build({{"objectClass", "user"},
                   {"objectGUID", kGuid},
                   {"mS-DS-ConsistencyGuid", "seventeen octets!"}})
                .result,
            Result::kDefect);
  EXPECT_EQ(
      build({{"objectClass", "user"}, {"objectGUID", kGuid}, {"objectGUID", kOtherGuid}}).result,
      Result::kDefect);
}

TEST(AdObject, TakesGuidsAsText) {  // as ldbsearch, AD Explorer and ldap3 write them
  for (const std::string text :
       {"33323130-3534-3736-3839-616263646566", "{33323130-3534-3736-3839-616263646566}",
        "{33323130-3534-3736-3839-616263646566} ", "(33323130-3534-3736-3839-616263646566)",
        "33323130353437363839616263646566", "{33323130353437363839616263646566}",
        "30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66"}) {
    const Built as_guid = build({{"objectClass", "user"}, {"objectGUID", text}});
    ASSERT_EQ(as_guid.result, Result::kMailbox) << text << as_guid.reason;
    EXPECT_EQ(as_guid.mailbox.object_guid.bytes(), kGuid) << text;
    const Built as_anchor = build(
        {{"objectClass", "user"}, {"objectGUID", kOtherGuid}, {"mS-DS-ConsistencyGuid", text}});
    ASSERT_EQ(as_anchor.result, Result::kMailbox) << text << as_anchor.reason;
    EXPECT_EQ(as_anchor.mailbox.anchor.bytes(), kGuid) << text;
    EXPECT_EQ(as_anchor.mailbox.object_guid.bytes(), kOtherGuid);
  }
  for (const std::string text :
       {"33323130-3534-3736-3839-61626364656", "{33323130-3534}", "S-1-5-21",
        "3332313-03534-3736-3839-616263646566", "\x01\x05\x00\x00"}) {
    const Built b = build({{"objectClass", "user"}, {"objectGUID", text}});
    EXPECT_EQ(b.result, Result::kDefect) << text;
    EXPECT_NE(b.reason.find("objectGUID"), std::string::npos) << b.reason;
    EXPECT_EQ(b.reason.find("correct it in AD"), std::string::npos) << b.reason;
  }
}

TEST(AdObject, ComputersAndGroupsCountForAddressesOnly) {
  for (const std::string_view object_class : {"computer", "group", "contact"}) {
    const Built b = build({{"objectClass", object_class == "computer" ? "user" : "top"},
                           {"objectClass", object_class},
                           {"objectGUID", kGuid},
                           {"mail", "a@x"}});
    ASSERT_EQ(b.result, Result::kMailbox);
    EXPECT_FALSE(b.mailbox.has(kJoinable));
    EXPECT_FALSE(b.mailbox.has_anchor);
    EXPECT_EQ(b.mailbox.object_guid.bytes(), kGuid);
  }
  EXPECT_EQ(build({{"objectClass", "contact"}, {"proxyAddresses", "smtp:a@x"}}).result,
            Result::kMailbox);
  EXPECT_EQ(build({{"objectClass", "group"}, {"extensionAttribute1", "x"}}).result,
            Result::kIgnored);
}

TEST(AdObject, DeletedObjectsAreIgnored) {
  EXPECT_EQ(build({{"objectClass", "user"}, {"objectGUID", kGuid}, {"isDeleted", "TRUE"}}).result,
            Result::kIgnored);
  EXPECT_EQ(build({{"objectClass", "user"}, {"objectGUID", kGuid}, {"isDeleted", "FALSE"}}).result,
            Result::kMailbox);
}

std::uint32_t flags_with(std::string_view name, std::string_view value) {
  return build({{"objectClass", "user"}, {"objectGUID", kGuid}, {name, value}}).mailbox.flags &
         ~std::uint32_t{kJoinable};
}

TEST(AdObject, KnowsAMailboxHostedHere) {
  EXPECT_EQ(flags_with("homeMDB", "CN=db"), kOnPremMailbox | kCarriesHome);
  EXPECT_EQ(flags_with("msExchHomeServerName", "/o=x"), kOnPremMailbox | kCarriesHome);
  for (const std::string_view local : {"1", "2", "4", "16", "32"}) {
    EXPECT_EQ(flags_with("msExchRecipientTypeDetails", local), kOnPremMailbox) << local;
  }
  for (const std::string_view other : {"8", "64", "128", "2147483648", "01", "-1"}) {
    EXPECT_EQ(flags_with("msExchRecipientTypeDetails", other), 0U) << other;
  }
}

TEST(AdObject, KnowsProtectedAndAclableObjects) {
  for (const std::string_view protects : {"1", "2", "-1", "01", "TRUE"}) {
    EXPECT_EQ(flags_with("adminCount", protects), kAdminCount | kCarriesAdminCount) << protects;
  }
  EXPECT_EQ(flags_with("adminCount", "0"), kCarriesAdminCount);
  EXPECT_EQ(flags_with("msExchRecipientDisplayType", "-1073741818"), kAclableDisplayType);
  EXPECT_EQ(flags_with("msExchRecipientDisplayType", "-2147483642"), 0U);
  EXPECT_EQ(flags_with("msExchRecipientDisplayType", "1073741824"), 0U);
  EXPECT_EQ(flags_with("msExchRecipientDisplayType", "99999999999"), 0U);
}

TEST(AdObject, RefusesWhatTheStoreCannotHold) {
  const std::string dn(65536, 'x');
  const std::string value(std::size_t{16} << 20, 'x');
  AdObjectBuilder builder;
  Mailbox mailbox;
  std::string reason;
  builder.begin(dn);
  builder.add("mail", "a@x");
  EXPECT_EQ(builder.finish(mailbox, reason), Result::kDefect);
  builder.begin("CN=a");
  builder.add("mail", value);
  EXPECT_EQ(builder.finish(mailbox, reason), Result::kDefect);
  builder.begin("CN=a");
  builder.add("mail", "a@x");
  EXPECT_EQ(builder.finish(mailbox, reason), Result::kMailbox);
}

}  // namespace
}  // namespace trueup
