// SPDX-License-Identifier: Apache-2.0
// A self-signed certificate with its key, as an app registration has one, for tests.
#pragma once

#include <string>

#include "tests/support/temp_folder.h"

namespace trueup {

struct MadeCertificate {
  std::string cert_file;
  std::string key_file;
};

/// Valid from `from` to `until`, seconds from now. `curve`: an EC key in place of RSA.
MadeCertificate make_client_certificate(const TempFolder& folder, const std::string& name,
                                        long from = -60, long until = 3600, bool curve = false);

/// Checks a PS256 JWT with the certificate; gives header and claims as JSON, "" if it is not good.
struct VerifiedToken {
  std::string header;
  std::string claims;
};
VerifiedToken verify_token(const std::string& token, const std::string& cert_file);

/// base64url of the SHA-256 of the certificate.
std::string thumbprint(const std::string& cert_file);

}  // namespace trueup
