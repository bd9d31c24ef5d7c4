// SPDX-License-Identifier: Apache-2.0
// graph_sim's token endpoint: what it takes, and what it refuses as the identity platform does.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

#include "tests/tools/graph_sim/graph_pages.h"

namespace trueup {
namespace {

using nlohmann::json;

std::string base64url(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

/// Signed with the application's key; `change` spoils header or claims first.
class Assertion {
 public:
  explicit Assertion(const GraphService& service, bool pss = true)
      : key_file_(service.key_file()), pss_(pss) {
    const std::time_t now = std::time(nullptr);
    header = {{"typ", "JWT"}, {"alg", pss ? "PS256" : "RS256"}};
    header[pss ? "x5t#S256" : "x5t"] =
        base64url(thumbprint(service.cert_file(), pss ? EVP_sha256() : EVP_sha1()));
    claims = {{"aud", service.token_url()},
              {"iss", GraphService::kClientId},
              {"sub", GraphService::kClientId},
              {"jti", "assertion-1"},
              {"nbf", now},
              {"iat", now},
              {"exp", now + 600}};
  }

  std::string text() const {
    const std::string signed_part = base64url(header.dump()) + "." + base64url(claims.dump());
    return signed_part + "." + base64url(signature(signed_part));
  }

  json header;
  json claims;

 private:
  static std::string thumbprint(const std::string& file, const EVP_MD* digest) {
    const std::unique_ptr<FILE, int (*)(FILE*)> in(fopen(file.c_str(), "r"), &fclose);
    const std::unique_ptr<X509, void (*)(X509*)> certificate(
        PEM_read_X509(in.get(), nullptr, nullptr, nullptr), &X509_free);
    unsigned char octets[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    X509_digest(certificate.get(), digest, octets, &size);
    return {octets, octets + size};
  }

  std::string signature(const std::string& text) const {
    const std::unique_ptr<FILE, int (*)(FILE*)> in(fopen(key_file_.c_str(), "r"), &fclose);
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
        PEM_read_PrivateKey(in.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     &EVP_MD_CTX_free);
    EVP_PKEY_CTX* options = nullptr;
    EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr, key.get());
    if (pss_) {
      EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST);
    }
    std::size_t size = 512;
    std::string octets(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(octets.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    octets.resize(size);
    return octets;
  }

  std::string key_file_;
  bool pss_;
};

std::string form_with(const std::string& credentials) {
  return std::string("grant_type=client_credentials&client_id=") + GraphService::kClientId +
         "&scope=" + percent_encoded("https://graph.microsoft.com/.default") + "&" + credentials;
}

GraphReply ask_with(GraphService& service, const Assertion& assertion) {
  return service.post_form(
      service.token_url(),
      form_with("client_assertion_type=" +
                percent_encoded("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") +
                "&client_assertion=" + assertion.text()));
}

TEST(GraphSimToken, TakesASignedAssertionOnce) {
  GraphService service(10);
  const Assertion assertion(service);
  const GraphReply reply = ask_with(service, assertion);
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.json()["token_type"], "Bearer");
  EXPECT_EQ(reply.json()["expires_in"], 3599);
  const std::string token = reply.json()["access_token"];
  EXPECT_EQ(service.ask("/v1.0/users", {{"Authorization", "Bearer " + token}}).status, 200);
  EXPECT_EQ(ask_with(service, assertion).status, 401) << "the same jti again";
  Assertion older(service, false);
  older.claims["jti"] = "assertion-2";
  EXPECT_EQ(ask_with(service, older).status, 200) << "RS256 with a SHA-1 thumbprint";
}

TEST(GraphSimToken, RefusesAssertionsThatAreNotAsTheyShouldBe) {
  GraphService service(10);
  const std::time_t now = std::time(nullptr);
  const auto refusal_after = [&](const auto& spoil) {
    Assertion assertion(service);
    spoil(assertion);
    const GraphReply reply = ask_with(service, assertion);
    EXPECT_EQ(reply.status, 401) << reply.body;
    EXPECT_EQ(reply.json()["error"], "invalid_client");
    return reply.json()["error_codes"][0].template get<int>();
  };
  EXPECT_EQ(refusal_after([](Assertion& a) { a.claims["aud"] = "https://elsewhere/token"; }),
            50012);
  EXPECT_EQ(refusal_after([](Assertion& a) { a.claims["sub"] = "somebody"; }), 700021);
  EXPECT_EQ(refusal_after([&](Assertion& a) { a.claims["exp"] = now - 3000; }), 700024);
  EXPECT_EQ(refusal_after([&](Assertion& a) { a.claims["nbf"] = now + 3000; }), 700024);
  EXPECT_EQ(refusal_after([&](Assertion& a) { a.claims["exp"] = now + 3600; }), 700024);
  EXPECT_EQ(refusal_after([](Assertion& a) { a.claims.erase("jti"); }), 5002730);
  EXPECT_EQ(refusal_after([](Assertion& a) { a.header["x5t#S256"] = "AAAA"; }), 700027);
  EXPECT_EQ(refusal_after([](Assertion& a) { a.header["alg"] = "RS256"; }), 700027);
  EXPECT_EQ(refusal_after([](Assertion& a) { a.header["alg"] = "none"; }), 5002738);
}

TEST(GraphSimToken, RefusesAsTheIdentityPlatformDoes) {
  GraphService service(10);
  const GraphReply secret =
      service.post_form(service.token_url(), form_with("client_secret=wrong"));
  EXPECT_EQ(secret.status, 401);
  EXPECT_EQ(secret.json()["error"], "invalid_client");
  EXPECT_TRUE(secret.json()["error_description"].get<std::string>().starts_with("AADSTS7000215: "));
  EXPECT_EQ(secret.json()["error_codes"][0], 7000215);
  EXPECT_EQ(service.post_form(service.token_url(), "grant_type=password").status, 400);
  EXPECT_EQ(service.post_form("/elsewhere/oauth2/v2.0/token", form_with("client_secret=x")).status,
            400);
}

TEST(GraphSimToken, TokensEnd) {
  GraphService service(10);
  EXPECT_EQ(service.graph("/v1.0/users").status, 200);
  service.post("/sim/revoke-tokens");
  const GraphReply revoked = service.graph("/v1.0/users");
  EXPECT_EQ(revoked.status, 401);
  EXPECT_EQ(revoked.json()["error"]["code"], "InvalidAuthenticationToken");
  EXPECT_TRUE(revoked.header("www-authenticate").starts_with("Bearer"));
  service.log_out();
  EXPECT_EQ(service.graph("/v1.0/users").status, 200);
  GraphService short_lived(10, {"--token-lifetime", "0"});
  EXPECT_EQ(short_lived.graph("/v1.0/users").status, 401);
}

}  // namespace
}  // namespace trueup
