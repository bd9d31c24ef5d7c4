// SPDX-License-Identifier: Apache-2.0
// A global catalog: a part of the attributes of all objects of a forest, to search for addresses in
// ([MS-ADTS] 3.1.1.1.11). For engine/run; one thread.
#pragma once

#include <string>

#include "io/ldap/session/ldap_session.h"

namespace trueup {

/// Connects to `url` with the account and the certificates of `options`. `directory`: a DC of a
/// domain of the forest. Throws UsageError if it is no global catalog, is not of that forest, or is
/// of one whose schema does not replicate proxyAddresses and mail to it: what is not found there
/// would prove nothing. Throws DirectoryError as LdapSession does.
LdapSession open_global_catalog(LdapOptions options, const std::string& url,
                                const LdapSession& directory);

}  // namespace trueup
