// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/session/client_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "io/ldap/session/certificate_text.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

template <typename T, void (*release)(T*)>
struct Release {
  void operator()(T* object) const { release(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509, X509_free>>;
using Source = std::unique_ptr<BIO, Release<BIO, BIO_free_all>>;

/// A key with a passphrase is refused; OpenSSL would ask at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Certificate certificate_in(const std::string& file, const std::string& what) {
  const Source source(BIO_new_file(file.c_str(), "r"));
  Certificate certificate(source ? PEM_read_bio_X509(source.get(), nullptr, no_passphrase, nullptr)
                                 : nullptr);
  ERR_clear_error();
  if (!certificate) {
    throw UsageError("there is no certificate in the " + what + " " + file +
                     "; it must be PEM "
                     "(-----BEGIN CERTIFICATE-----; 'openssl x509 -inform der' makes it of .cer)");
  }
  return certificate;
}

}  // namespace

void check_client_key(const std::string& cert_file, const std::string& key_file) {
  const Certificate certificate = certificate_in(cert_file, "certificate file");
  const Source source(BIO_new_file(key_file.c_str(), "r"));
  const Key key(source ? PEM_read_bio_PrivateKey(source.get(), nullptr, no_passphrase, nullptr)
                       : nullptr);
  ERR_clear_error();
  if (!key) {
    throw UsageError("there is no key without a passphrase in the key file " + key_file +
                     "; it must be PEM");
  }
  const bool fits = X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) {
    throw UsageError("the key in " + key_file + " does not fit the certificate in " + cert_file +
                     "; name the key that it was made with (--ad-key-file)");
  }
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) <= 0) {
    throw UsageError("the certificate in " + cert_file + " expired at " +
                     time_text(X509_get0_notAfter(certificate.get())) + "; renew it");
  }
  if (X509_cmp_current_time(X509_get0_notBefore(certificate.get())) > 0) {
    throw UsageError("the certificate in " + cert_file + " is not valid before " +
                     time_text(X509_get0_notBefore(certificate.get())) +
                     "; is this machine's clock right?");
  }
}

void check_ca_file(const std::string& ca_file) { certificate_in(ca_file, "CA file"); }

}  // namespace trueup
