// SPDX-License-Identifier: Apache-2.0
// What the certificate that a directory server has shown in TLS is for. Used by LdapSession between
// TLS and the bind; one thread. libcurl sees to the same for Graph.
#pragma once

#include <string>

struct ldap;  // libldap's LDAP

namespace trueup {

/// Throws DirectoryError if the certificate has an extended key usage (RFC 5280 4.2.1.12) and it
/// allows neither serverAuth nor any use: then it is a person's, a client's or a signer's, and who
/// holds its key need not be the server. libldap with GnuTLS does not look at that. A certificate
/// without one is for everything. REQUIRES: TLS is up, chain and host name checked.
void require_server_certificate(ldap* handle, const std::string& url);

}  // namespace trueup
