// SPDX-License-Identifier: Apache-2.0
// Whether the Kerberos library has anything to log in with. Asked before GSSAPI is: without tickets
// MIT Kerberos 1.20 (Debian 12) frees in krb5_cccol_have_content() what it never set, and may
// crash.
#pragma once

#include <string>

namespace trueup {

/// "" if there is a ticket cache with a principal, or a client keytab with a key; else what is
/// missing, and where it was looked for.
std::string missing_kerberos_credentials();

}  // namespace trueup
