// SPDX-License-Identifier: Apache-2.0
// What a server says of protections that nothing read carries; and bases named as Windows shows
// them.
#include "io/ldap/carrier_search.h"

#include <gtest/gtest.h>

#include "io/ldap/session/canonical_base.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

TEST(CarrierSearchSlapd, SettledIsWhatTheServerHasAnywhere) {
  const Slapd without({.ldif = user_ldif(1, "mail: a@x\n")});
  const LdapSession none(without.plain());
  for (int i = 0; i < kCarriedCount; ++i) {
    EXPECT_FALSE(is_settled(none, none.base_dn(), static_cast<Carried>(i))) << i;
  }
  const Slapd with({.ldif = user_ldif(1, "mail: a@x\n") + slapd_carriers_ldif()});
  const LdapSession all(with.plain());
  for (int i = 0; i < kCarriedCount; ++i) {
    EXPECT_TRUE(is_settled(all, all.base_dn(), static_cast<Carried>(i))) << i;
  }
}

TEST(CarrierSearchSlapd, ACanonicalNameIsFoundLevelByLevel) {
  std::string ldif = user_ldif(1, "");
  ldif +=
      "dn: OU=Level 2\\, East,OU=Staff,DC=contoso,DC=lab\nobjectClass: organizationalUnit\n"
      "ou: Level 2, East\n\n"
      "dn: CN=a/b,OU=Staff,DC=contoso,DC=lab\nobjectClass: container\ncn: a/b\n\n";
  const Slapd slapd({.ldif = ldif});
  LdapOptions options = slapd.plain();
  const auto base_of = [&](const std::string& name) {
    options.base_dn = name;
    const LdapSession session(options);
    session.require_base();
    return session.base_dn();
  };
  EXPECT_EQ(base_of("contoso.lab/"), "DC=contoso,DC=lab");
  EXPECT_EQ(base_of("contoso.lab/Staff"), "ou=Staff,dc=contoso,dc=lab");
  EXPECT_EQ(base_of("CONTOSO.lab/staff/Level 2, East").substr(0, 3), "ou=");
  EXPECT_EQ(base_of("contoso.lab/Staff/a\\/b"), "cn=a/b,ou=Staff,dc=contoso,dc=lab");
  EXPECT_THROW(base_of("contoso.lab/Nowhere"), UsageError);
  EXPECT_THROW(base_of("contoso.lab/Staff/Nowhere"), UsageError);
}

}  // namespace
}  // namespace trueup
