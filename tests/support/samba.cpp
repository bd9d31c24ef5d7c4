// SPDX-License-Identifier: Apache-2.0
#include "tests/support/samba.h"

#include "tests/support/slapd.h"

namespace trueup {

SambaDc::SambaDc(const Options& options) : LabServer("ad_lab") {
  write("load.ldif", options.ldif);
  start_with((options.ldif.empty() ? "" : "--ldif " + file("load.ldif")) +
             (options.replica ? " --replica" : ""));
}

LdapOptions SambaDc::admin() const {
  LdapOptions options;
  options.urls = {printed("ldaps_url")};
  options.base_dn = kBase;
  options.bind_dn = printed("bind_dn");
  options.password_file = printed("password_file");
  options.ca_file = printed("ca_file");
  return options;
}

LdapOptions SambaDc::delegated() const {
  LdapOptions options = admin();
  options.bind_dn = printed("svc_bind_dn");
  options.password_file = printed("svc_password_file");
  return options;
}

LdapOptions SambaDc::delegated_at_replica() const {
  LdapOptions options = delegated();
  options.urls = {printed("replica_ldaps_url")};
  return options;
}

void SambaDc::replicate() { run_tool("replicate", ""); }

LdapOptions SambaDc::gssapi() const {
  LdapOptions options;
  options.urls = {printed("url")};
  options.base_dn = kBase;
  options.auth = LdapAuth::kGssapi;
  options.ca_file = printed("ca_file");
  return options;
}

std::map<std::string, std::string> SambaDc::kerberos_environment() const {
  return {{"KRB5_CONFIG", printed("krb5_conf")},
          {"KRB5_CLIENT_KTNAME", "FILE:" + printed("keytab")},
          {"KRB5CCNAME", "FILE:" + file("ccache")}};
}

std::string samba_user_dn(int number) {
  const std::string dn = user_dn(number);
  return dn.substr(0, dn.size() - Slapd::kSuffix.size()) + std::string(SambaDc::kTenantBase);
}

}  // namespace trueup
