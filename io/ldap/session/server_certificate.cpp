// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/session/server_certificate.h"

#include <ldap.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <memory>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, FreeCertificate>;

Certificate certificate_of(ldap* handle) {
  berval der{};
  if (ldap_get_option(handle, LDAP_OPT_X_TLS_PEERCERT, &der) != LDAP_OPT_SUCCESS ||
      der.bv_val == nullptr) {
    return nullptr;
  }
  const std::unique_ptr<char, void (*)(void*)> owner(der.bv_val, ldap_memfree);
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.bv_val);
  return Certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der.bv_len)));
}

}  // namespace

void require_server_certificate(ldap* handle, const std::string& url) {
  const Certificate certificate = certificate_of(handle);
  if (!certificate) {
    throw DirectoryError("libldap does not show the certificate of " + url +
                         "; is it 2.5 or later?");
  }
  // All bits where there is no extended key usage.
  const std::uint32_t usage = X509_get_extended_key_usage(certificate.get());
  if ((usage & (XKU_SSL_SERVER | XKU_ANYEKU)) != 0) return;
  throw DirectoryError("the certificate of " + url +
                       " is not one for servers: its extended key "
                       "usage lacks serverAuth (1.3.6.1.5.5.7.3.1); give the server a certificate "
                       "that has it ('openssl x509 -noout -ext extendedKeyUsage' shows it), and if "
                       "it has one, find out who answers in its place");
}

}  // namespace trueup
