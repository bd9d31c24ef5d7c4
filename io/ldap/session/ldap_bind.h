// SPDX-License-Identifier: Apache-2.0
// How a session proves who it is: a name and a password, a Kerberos ticket, or the certificate that
// TLS has already shown. Used by LdapSession only; one thread.
#pragma once

#include <string>
#include <vector>

#include "io/files/secret.h"
#include "io/ldap/session/ldap_options.h"

struct ldap;  // libldap's LDAP

namespace trueup {

/// Throws UsageError for what can be found wrong with the credentials without a server. Gives the
/// password, which is empty unless a simple bind needs one; adds to `warnings`.
Secret check_credentials(const LdapOptions& options, std::vector<std::string>& warnings);

/// Binds. Throws LdapRefused where the server refuses the credentials, DirectoryError otherwise.
///
/// gssapi: credentials from the default cache or client keytab of the process (KRB5CCNAME,
/// KRB5_CLIENT_KTNAME). Without TLS it demands that all be sealed; within TLS it has no layer of
/// its own, which an AD does not permit there ([MS-ADTS] 5.1.2.1), and binds itself to the TLS
/// channel (tls-server-end-point, RFC 5929). The service is ldap/ and the host of the URL as it
/// stands there: no name is looked up in the DNS to make another of it.
///
/// external: an AD takes the certificate as the bind itself on an LDAPS port, and refuses an
/// EXTERNAL bind there ([MS-ADTS] 5.1.1.2), so none is sent; elsewhere SASL EXTERNAL.
void bind_session(ldap* handle, const std::string& url, Protection protection,
                  const LdapOptions& options, const Secret& password);

}  // namespace trueup
