// SPDX-License-Identifier: Apache-2.0
// Why there is no TLS with a directory server: libldap with GnuTLS says "(unknown error code)" for
// an expired certificate, an unknown CA and a wrong host alike. So the certificate is looked at
// once more, over a connection of its own on which nothing but a handshake is sent. It decides
// nothing: the connection that failed has failed. Used by LdapSession; any thread.
#pragma once

#include <chrono>
#include <string>

namespace trueup {

struct TlsServer {
  std::string host;
  int port = 0;
  bool at_once = false;  // ldaps://; else by StartTLS
  /// Who is trusted: PEM, and a folder of such, by hash. Both "": whom the system trusts.
  std::string ca_file, ca_folder;
  std::chrono::milliseconds timeout{10'000};
};

/// The causes, with what to do: "its certificate expired at ...; renew it". "" if none is found.
std::string tls_trouble(const TlsServer& server);

}  // namespace trueup
