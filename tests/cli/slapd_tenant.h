// SPDX-License-Identifier: Apache-2.0
// A tenant whose AD side is in a private slapd, and what an administrator does to it meanwhile.
#pragma once

#include "tests/cli/command_line.h"
#include "tests/cli/ldif_text.h"
#include "tests/support/servers/slapd.h"

namespace trueup::cli {

/// A slapd with the AD side of `tenant`.
inline Slapd::Options with_ad_of(const Tenant& tenant) {
  Slapd::Options options;
  options.ldif = read_file(tenant.ad);
  return options;
}

/// --ad and the rest to reach it.
inline Arguments server(const Slapd& slapd) {
  const LdapOptions options = slapd.plain();
  return {"--ad",
          options.urls.front(),
          "--base",
          options.base_dn,
          "--bind-dn",
          options.bind_dn,
          "--password-file",
          options.password_file,
          "--allow-plaintext"};
}

/// The password file has no line end, as ldapmodify -y wants it.
inline Arguments bind_arguments(const Slapd& slapd) {
  const LdapOptions options = slapd.plain();
  std::string password = read_file(options.password_file);
  while (password.ends_with('\n')) password.pop_back();
  return {"-x", "-H", options.urls.front(), "-D", options.bind_dn, "-w", password};
}

/// ldapmodify -f FILE.
inline ProcessResult ldapmodify(const Slapd& slapd, const std::string& file) {
  return run_process(Arguments{"ldapmodify"} + bind_arguments(slapd) + Arguments{"-f", file});
}

/// All entries with all user attributes.
inline auto content(const Slapd& slapd) {
  const ProcessResult found =
      run_process(Arguments{"ldapsearch", "-LLL", "-o", "ldif-wrap=no"} + bind_arguments(slapd) +
                  Arguments{"-b", std::string(Slapd::kSuffix), "(objectClass=*)", "*"});
  EXPECT_EQ(found.exit_code, 0) << found.err;
  return entries_of(found.out);
}

}  // namespace trueup::cli
