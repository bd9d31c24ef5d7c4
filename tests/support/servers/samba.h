// SPDX-License-Identifier: Apache-2.0
// A private Samba AD domain controller for one test: AD's schema with Exchange's, error codes,
// access rights and Kerberos, on a loopback address of its own; gone when the test ends. Needs
// root. Name suites that use it ...Samba.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "io/ldap/session/ldap_session.h"
#include "tests/support/servers/lab_server.h"

namespace trueup {

class SambaDc : public LabServer {
 public:
  struct Options {
    /// Content to load. What is below DC=lab,DC=test stays there; what another domain has, such as
    /// user_ldif() of slapd.h, goes below kTenantBase. objectGUIDs are kept.
    std::string ldif = {};
    /// A second DC of the domain. The two replicate on replicate(), not by themselves. signal() and
    /// kill() concern the first only, which then is several processes; signal() reaches one.
    bool replica = false;
  };

  static constexpr std::string_view kBase = "DC=lab,DC=test";
  static constexpr std::string_view kTenantBase = "OU=Tenant,DC=lab,DC=test";

  /// Throws std::runtime_error with ad_lab's complaint if it does not start.
  explicit SambaDc(const Options& options);

  /// 127.0.0.x; ports are 389 and 636.
  const std::string& address() const { return printed("address"); }

  /// To connect with: ldaps:// as the domain's administrator.
  LdapOptions admin() const;
  /// To connect with: ldaps:// as the account that may write the 24 managed attributes of users
  /// below kTenantBase, and nothing else.
  LdapOptions delegated() const;
  /// To connect with: ldap:// as the delegated account by its Kerberos keytab. The process needs
  /// kerberos_environment().
  LdapOptions gssapi() const;
  /// As delegated(), at the second DC.
  LdapOptions delegated_at_replica() const;
  /// SIGKILL to all processes of the first DC, and waits until they are gone. stop() and start()
  /// bring it back with its data.
  void kill() const;
  /// What was written to either DC, the other gets.
  void replicate();
  /// KRB5_CONFIG, KRB5_CLIENT_KTNAME and KRB5CCNAME.
  std::map<std::string, std::string> kerberos_environment() const;
};

/// Where user_dn(number) of slapd.h is in this domain: CN=User 0007,OU=Staff,OU=Tenant,... for 7.
std::string samba_user_dn(int number);

}  // namespace trueup
