// SPDX-License-Identifier: Apache-2.0
//
// What graph_sim needs of OpenSSL: keys and certificates to make, and signatures to check. Throws
// std::runtime_error where OpenSSL fails.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;
struct x509_st;

namespace trueup::sim {

struct FreeKey {
  void operator()(evp_pkey_st* key) const;
};
struct FreeCertificate {
  void operator()(x509_st* certificate) const;
};
using Key = std::unique_ptr<evp_pkey_st, FreeKey>;
using Certificate = std::unique_ptr<x509_st, FreeCertificate>;

Key make_ec_key();   // P-256
Key make_rsa_key();  // 2,048 bits

enum class CertificateUse { kAuthority, kServer, kApplication };
/// For ten years. A server's is for localhost and 127.0.0.1. Self-signed without an issuer.
Certificate make_certificate(evp_pkey_st* key, const std::string& common_name, CertificateUse use,
                             x509_st* issuer = nullptr, evp_pkey_st* issuer_key = nullptr);

std::string to_pem(evp_pkey_st* key);
std::string to_pem(x509_st* certificate);
Certificate certificate_from_pem(const std::string& pem);

std::string sha256_thumbprint(x509_st* certificate);  // octets, of the DER
std::string sha1_thumbprint(x509_st* certificate);

/// RSASSA-PSS with SHA-256 and a salt of 32 octets, or PKCS #1 v1.5 with SHA-256.
bool signature_holds(x509_st* certificate, std::string_view text, std::string_view signature,
                     bool pss);

/// So many random octets in hexadecimal.
std::string random_hex(std::size_t octets);
std::string random_guid();

}  // namespace trueup::sim
