// SPDX-License-Identifier: Apache-2.0
// The files of TLS with a directory server, as far as they can be found wrong without one: libldap
// takes a key of another certificate and an expired certificate, or says "error" of them. Used by
// check_options(); any thread.
#pragma once

#include <string>

namespace trueup {

/// Throws UsageError: no PEM certificate, no PEM key without a passphrase, a key that is not the
/// certificate's, a certificate that is not valid now.
void check_client_key(const std::string& cert_file, const std::string& key_file);

/// Throws UsageError if there is no PEM certificate in the file.
void check_ca_file(const std::string& ca_file);

}  // namespace trueup
