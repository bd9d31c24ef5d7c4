// SPDX-License-Identifier: Apache-2.0
// How a directory server is connected to, and by which account.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "io/wait_notice.h"

namespace trueup {

enum class LdapAuth : std::uint8_t { kSimple, kExternal, kGssapi };

struct LdapOptions {
  /// ldaps://host[:port][/base], or ldap://host[:port][/base] which goes over to TLS by StartTLS
  /// (io/ldap/session/ldap_url.h). Several are tried in order until one can be worked with; one
  /// that refuses the account ends the search.
  std::vector<std::string> urls;
  /// Or canonical name; empty: that of the URLs, else the server's default naming context.
  std::string base_dn;
  LdapAuth auth = LdapAuth::kSimple;
  std::string bind_dn;        // simple: a DN; for AD also user@domain or DOMAIN\user
  std::string password_file;  // simple: one line; its newline is dropped
  std::string ca_file;        // PEM; empty: what the system trusts
  std::string cert_file;      // PEM, with key_file: the client's own certificate, for external
  std::string key_file;
  bool global_catalog = false;   // one is meant; else the ports of one are refused
  bool allow_plaintext = false;  // ldap:// without TLS; gssapi seals there without being asked
  bool start_tls = false;  // StartTLS also where these two would do without; a URL may ask too
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds operation_timeout{60'000};
  /// How often all servers are tried before it is given up, where one was busy or hung up.
  int rounds = 4;
  WaitNotice notice{};  // of waits between tries
};

/// How a connection is protected before the bind.
enum class Protection : std::uint8_t {
  kNone,  // plain; Kerberos adds its own
  kStartTls,
  kLdaps,
};

}  // namespace trueup
