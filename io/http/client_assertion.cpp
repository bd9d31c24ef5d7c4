// SPDX-License-Identifier: Apache-2.0
#include "io/http/client_assertion.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include <array>
#include <ctime>
#include <string_view>
#include <vector>

#include "io/bytes/base64.h"
#include "io/files/secret_file.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::chrono::minutes kAhead{1};
constexpr std::chrono::minutes kLifetime{10};

template <typename T, void (*release)(T*)>
struct Release {
  void operator()(T* object) const { release(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509, X509_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX, EVP_MD_CTX_free>>;
using Source = std::unique_ptr<BIO, Release<BIO, BIO_free_all>>;

std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* const reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return reason != nullptr ? reason : "unknown";
}

/// Reads from `text` itself, without a copy.
Source source_of(const Secret& text) {
  Source source(BIO_new_mem_buf(text.c_str(), static_cast<int>(text.size())));
  if (!source) throw UsageError("OpenSSL: no memory");
  return source;
}

/// A key with a passphrase is refused; OpenSSL would ask at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

std::string base64url(std::string_view bytes) {
  std::string text;
  append_base64(bytes, text);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

/// As a JSON string.
std::string quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\';
    if (byte >= 0x20) {
      out += c;
    } else {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out + '"';
}

std::string time_text(const ASN1_TIME* time) {
  tm parts{};
  std::array<char, 32> text{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "?";
  std::strftime(text.data(), text.size(), "%F %T UTC", &parts);
  return text.data();
}

}  // namespace

struct ClientCertificate::State {
  Key key;
  std::string thumbprint;  // base64url of the SHA-256 of the certificate's DER form
};

std::string fresh_guid() {
  std::array<unsigned char, 16> b{};
  if (RAND_bytes(b.data(), static_cast<int>(b.size())) != 1) {
    throw SourceError("OpenSSL has no random numbers: " + openssl_reason());
  }
  b[6] = static_cast<unsigned char>((b[6] & 0x0f) | 0x40);
  b[8] = static_cast<unsigned char>((b[8] & 0x3f) | 0x80);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kHex[b[i] >> 4];
    text += kHex[b[i] & 15];
  }
  return text;
}

ClientCertificate::ClientCertificate(const std::string& cert_file, const std::string& key_file)
    : state_(std::make_unique<State>()) {
  // The key may stand in either.
  const Secret cert_text = read_whole_secret(cert_file, "client certificate");
  const Source cert_source = source_of(cert_text);
  const Certificate cert(PEM_read_bio_X509(cert_source.get(), nullptr, no_passphrase, nullptr));
  if (!cert) {
    throw UsageError("no PEM certificate in " + cert_file + ": " + openssl_reason());
  }
  const Secret key_text = read_whole_secret(key_file, "client key");
  const Source key_source = source_of(key_text);
  state_->key.reset(PEM_read_bio_PrivateKey(key_source.get(), nullptr, no_passphrase, nullptr));
  if (!state_->key) {
    throw UsageError("no PEM private key without a passphrase in " + key_file + ": " +
                     openssl_reason());
  }
  if (EVP_PKEY_get_base_id(state_->key.get()) != EVP_PKEY_RSA) {
    throw UsageError("the key in " + key_file +
                     " is no RSA key; the identity platform takes PS256 "
                     "signatures, which need one");
  }
  if (X509_check_private_key(cert.get(), state_->key.get()) != 1) {
    ERR_clear_error();
    throw UsageError("the key in " + key_file + " does not belong to the certificate in " +
                     cert_file);
  }
  if (X509_cmp_current_time(X509_get0_notAfter(cert.get())) <= 0) {
    throw UsageError("the certificate in " + cert_file + " expired at " +
                     time_text(X509_get0_notAfter(cert.get())) +
                     "; make a new one and add it to the app registration");
  }
  if (X509_cmp_current_time(X509_get0_notBefore(cert.get())) > 0) {
    throw UsageError("the certificate in " + cert_file + " is not valid before " +
                     time_text(X509_get0_notBefore(cert.get())) +
                     "; is this machine's clock right?");
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  if (X509_digest(cert.get(), EVP_sha256(), hash.data(), &size) != 1) {
    throw UsageError("OpenSSL cannot hash the certificate in " + cert_file + ": " +
                     openssl_reason());
  }
  state_->thumbprint = base64url({reinterpret_cast<const char*>(hash.data()), size});
}

ClientCertificate::~ClientCertificate() = default;
ClientCertificate::ClientCertificate(ClientCertificate&&) noexcept = default;
ClientCertificate& ClientCertificate::operator=(ClientCertificate&&) noexcept = default;

Secret ClientCertificate::assertion(const std::string& client_id, const std::string& audience,
                                    std::chrono::system_clock::time_point now) const {
  const std::int64_t issued =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::int64_t from = issued - std::chrono::seconds(kAhead).count();
  const std::int64_t until = from + std::chrono::seconds(kLifetime).count();
  const std::string header =
      R"({"alg":"PS256","typ":"JWT","x5t#S256":")" + state_->thumbprint + "\"}";
  const std::string claims = "{\"aud\":" + quoted(audience) + ",\"exp\":" + std::to_string(until) +
                             ",\"iat\":" + std::to_string(issued) +
                             ",\"iss\":" + quoted(client_id) + ",\"jti\":" + quoted(fresh_guid()) +
                             ",\"nbf\":" + std::to_string(from) + ",\"sub\":" + quoted(client_id) +
                             "}";
  const std::string text = base64url(header) + "." + base64url(claims);

  const Digest digest(EVP_MD_CTX_new());
  EVP_PKEY_CTX* padding = nullptr;  // owned by `digest`
  std::size_t size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (!digest ||
      EVP_DigestSignInit(digest.get(), &padding, EVP_sha256(), nullptr, state_->key.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) != 1 ||
      EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) != 1 ||
      EVP_DigestSign(digest.get(), nullptr, &size, bytes, text.size()) != 1) {
    throw SourceError("OpenSSL cannot sign with the client's key: " + openssl_reason());
  }
  std::vector<unsigned char> signature(size);
  if (EVP_DigestSign(digest.get(), signature.data(), &size, bytes, text.size()) != 1) {
    throw SourceError("OpenSSL cannot sign with the client's key: " + openssl_reason());
  }
  std::string signed_part =
      base64url({reinterpret_cast<const char*>(signature.data()), signature.size()});
  Secret assertion(text);
  assertion.append(".");
  assertion.append(signed_part);
  // Without its signature an assertion proves nothing.
  explicit_bzero(signature.data(), signature.size());
  explicit_bzero(signed_part.data(), signed_part.size());
  return assertion;
}

}  // namespace trueup
