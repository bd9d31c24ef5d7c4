// SPDX-License-Identifier: Apache-2.0
#include "io/http/client_assertion.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "snapshots/model/errors.h"
#include "tests/support/client_certificate.h"

namespace trueup {
namespace {

using Json = nlohmann::json;

std::string error_of(const std::string& cert_file, const std::string& key_file) {
  try {
    const ClientCertificate unused(cert_file, key_file);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(ClientAssertion, IsSignedAndSaysWhatTheIdentityPlatformWants) {
  const TempFolder folder;
  const MadeCertificate made = make_client_certificate(folder, "app");
  const ClientCertificate certificate(made.cert_file, made.key_file);
  const auto now = std::chrono::system_clock::now();
  const std::string token(certificate.assertion("app-\"1\"", "https://login/t/token", now).view());
  const VerifiedToken verified = verify_token(token, made.cert_file);
  ASSERT_NE(verified.header, "") << "the signature is not good";
  EXPECT_EQ(token.find_first_of("+/="), std::string::npos);
  const Json header = Json::parse(verified.header);
  EXPECT_EQ(header,
            (Json{{"alg", "PS256"}, {"typ", "JWT"}, {"x5t#S256", thumbprint(made.cert_file)}}));
  const Json claims = Json::parse(verified.claims);
  EXPECT_EQ(claims["aud"], "https://login/t/token");
  EXPECT_EQ(claims["iss"], "app-\"1\"");
  EXPECT_EQ(claims["sub"], "app-\"1\"");
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  EXPECT_EQ(claims["iat"], seconds);
  EXPECT_EQ(claims["nbf"], seconds - 60);
  EXPECT_EQ(claims["exp"], seconds + 540);
  EXPECT_EQ(claims["jti"].get<std::string>().size(), 36U);
  // A token of another is not taken for good by the test's own check.
  const MadeCertificate other = make_client_certificate(folder, "other");
  EXPECT_EQ(verify_token(token, other.cert_file).header, "");
}

TEST(ClientAssertion, HasANameOfItsOwnEachTime) {
  std::set<std::string> names;
  for (int i = 0; i < 1000; ++i) {
    const std::string guid = fresh_guid();
    ASSERT_EQ(guid[14], '4');
    ASSERT_NE(std::string("89ab").find(guid[19]), std::string::npos);
    names.insert(guid);
  }
  EXPECT_EQ(names.size(), 1000U);
}

TEST(ClientAssertion, RefusesCertificatesThatWillNotDo) {
  const TempFolder folder;
  const MadeCertificate good = make_client_certificate(folder, "good");
  const MadeCertificate other = make_client_certificate(folder, "other");
  const MadeCertificate expired = make_client_certificate(folder, "expired", -7200, -3600);
  const MadeCertificate early = make_client_certificate(folder, "early", 3600, 7200);
  const MadeCertificate curve = make_client_certificate(folder, "curve", -60, 3600, true);
  const std::string empty = folder.write("empty.pem", "");
  EXPECT_EQ(error_of(good.cert_file, good.key_file), "");
  EXPECT_NE(error_of(good.cert_file, other.key_file).find("does not belong"), std::string::npos);
  EXPECT_NE(error_of(expired.cert_file, expired.key_file).find("expired at 20"), std::string::npos);
  EXPECT_NE(error_of(early.cert_file, early.key_file).find("not valid before"), std::string::npos);
  EXPECT_NE(error_of(curve.cert_file, curve.key_file).find("no RSA key"), std::string::npos);
  EXPECT_NE(error_of(empty, good.key_file).find("no PEM certificate"), std::string::npos);
  EXPECT_NE(error_of(good.cert_file, empty).find("no PEM private key"), std::string::npos);
  EXPECT_NE(error_of(folder / "none", good.key_file).find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace trueup
