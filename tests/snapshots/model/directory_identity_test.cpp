// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/directory_identity.h"

#include <gtest/gtest.h>

namespace trueup {
namespace {

TEST(DirectoryIdentity, ADomainIsTheDcPartsThatADnEndsIn) {
  EXPECT_EQ(domain_of("CN=a,OU=b,DC=contoso,DC=lab"), "DC=contoso,DC=lab");
  EXPECT_EQ(domain_of("cn=a, dc=contoso , dc=lab"), "dc=contoso , dc=lab");
  EXPECT_EQ(domain_of("CN=a\\,DC=x,DC=contoso,DC=lab"), "DC=contoso,DC=lab");
  EXPECT_EQ(domain_of("CN=\"a,DC=x\",DC=contoso"), "DC=contoso");
  EXPECT_EQ(domain_of("DC=www,DC=contoso.com,CN=MicrosoftDNS,DC=contoso,DC=com"),
            "DC=contoso,DC=com");
  EXPECT_EQ(domain_of("CN=a,0.9.2342.19200300.100.1.25=contoso"),
            "0.9.2342.19200300.100.1.25=contoso");
  EXPECT_EQ(domain_of("CN=a,O=contoso"), "");
  EXPECT_EQ(domain_of(""), "");
}

TEST(DirectoryIdentity, OnlyTheHeadOfADomainIsOne) {
  EXPECT_TRUE(is_domain("DC=contoso,DC=lab"));
  EXPECT_TRUE(is_domain("dc=contoso, dc=lab"));
  EXPECT_TRUE(is_domain("DC=DomainDnsZones,DC=contoso,DC=lab"));
  EXPECT_FALSE(is_domain("DC=www,DC=contoso.com,CN=MicrosoftDNS,DC=contoso,DC=com"));
  EXPECT_FALSE(is_domain("OU=Staff,DC=contoso,DC=lab"));
  EXPECT_FALSE(is_domain("CN=DC=lab,DC=contoso"));
  EXPECT_FALSE(is_domain(""));
}

TEST(DirectoryIdentity, TheNamingContextOfSeveralDnsIsTheirDomain) {
  EXPECT_EQ(naming_context_of({"OU=a,DC=contoso,DC=lab", "OU=b,dc=Contoso, dc=lab"}),
            "DC=contoso,DC=lab");
  EXPECT_EQ(naming_context_of({"OU=a,DC=contoso,DC=lab"}), "DC=contoso,DC=lab");
  // A child domain and its parent: what both lie in.
  EXPECT_EQ(naming_context_of({"OU=a,DC=emea,DC=contoso,DC=lab", "OU=b,DC=contoso,DC=lab"}),
            "DC=contoso,DC=lab");
  EXPECT_EQ(naming_context_of({"OU=a,DC=one", "OU=b,DC=two"}), "");
  EXPECT_EQ(naming_context_of({}), "");
}

TEST(DirectoryIdentity, WithoutDcPartsItIsTheLongestSuffixThatAllShare) {
  EXPECT_EQ(naming_context_of({"ou=a,ou=people,o=Contoso", "ou=b,OU=People,o=contoso"}),
            "ou=people,o=Contoso");
  EXPECT_EQ(naming_context_of({"ou=people,o=contoso", "ou=b,ou=people,o=contoso"}),
            "ou=people,o=contoso");
  EXPECT_EQ(naming_context_of({"ou=a,o=one", "ou=b,o=two"}), "");
}

}  // namespace
}  // namespace trueup
