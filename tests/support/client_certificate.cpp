// SPDX-License-Identifier: Apache-2.0
#include "tests/support/client_certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstdio>
#include <stdexcept>
#include <vector>

#include "io/bytes/base64.h"

namespace trueup {
namespace {

void must(bool done) {
  if (!done) throw std::runtime_error("OpenSSL");
}

X509* read_certificate(const std::string& file) {
  std::FILE* const in = std::fopen(file.c_str(), "r");
  must(in != nullptr);
  X509* const cert = PEM_read_X509(in, nullptr, nullptr, nullptr);
  std::fclose(in);
  must(cert != nullptr);
  return cert;
}

std::string decode_base64url(std::string text) {
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (text.size() % 4 != 0) text += '=';
  std::string out(text.size(), '\0');
  out.resize(decode_base64(text, out.data()).value());
  return out;
}

}  // namespace

MadeCertificate make_client_certificate(const TempFolder& folder, const std::string& name,
                                        long from, long until, bool curve) {
  EVP_PKEY* const key = curve ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
  X509* const cert = X509_new();
  must(key != nullptr && cert != nullptr && X509_set_version(cert, 2) == 1 &&
       ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1);
  X509_gmtime_adj(X509_getm_notBefore(cert), from);
  X509_gmtime_adj(X509_getm_notAfter(cert), until);
  X509_NAME* const subject = X509_get_subject_name(cert);
  must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                  reinterpret_cast<const unsigned char*>("trueup"), -1, -1,
                                  0) == 1 &&
       X509_set_issuer_name(cert, subject) == 1 && X509_set_pubkey(cert, key) == 1 &&
       X509_sign(cert, key, EVP_sha256()) > 0);
  const MadeCertificate made{folder / (name + "-cert.pem"), folder / (name + "-key.pem")};
  std::FILE* out = std::fopen(made.cert_file.c_str(), "w");
  must(out != nullptr && PEM_write_X509(out, cert) == 1 && std::fclose(out) == 0);
  out = std::fopen(made.key_file.c_str(), "w");
  must(out != nullptr &&
       PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
       std::fclose(out) == 0);
  X509_free(cert);
  EVP_PKEY_free(key);
  return made;
}

VerifiedToken verify_token(const std::string& token, const std::string& cert_file) {
  const std::size_t dot = token.rfind('.');
  const std::string text = token.substr(0, dot);
  const std::string signature = decode_base64url(token.substr(dot + 1));
  X509* const cert = read_certificate(cert_file);
  EVP_MD_CTX* const digest = EVP_MD_CTX_new();
  EVP_PKEY_CTX* padding = nullptr;
  must(EVP_DigestVerifyInit(digest, &padding, EVP_sha256(), nullptr, X509_get0_pubkey(cert)) == 1 &&
       EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) == 1 &&
       EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) == 1);
  const bool good =
      EVP_DigestVerify(digest, reinterpret_cast<const unsigned char*>(signature.data()),
                       signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size()) == 1;
  EVP_MD_CTX_free(digest);
  X509_free(cert);
  if (!good) return {};
  const std::size_t first = text.find('.');
  return {decode_base64url(text.substr(0, first)), decode_base64url(text.substr(first + 1))};
}

std::string thumbprint(const std::string& cert_file) {
  X509* const cert = read_certificate(cert_file);
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  must(X509_digest(cert, EVP_sha256(), hash, &size) == 1);
  X509_free(cert);
  std::string text;
  append_base64({reinterpret_cast<const char*>(hash), size}, text);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

}  // namespace trueup
