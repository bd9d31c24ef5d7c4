// SPDX-License-Identifier: Apache-2.0
// A server that cannot be used: the reason and the remedy are told, the password is not.
#include <filesystem>
#include <memory>

#include "tests/cli/slapd_tenant.h"

namespace trueup::cli {
namespace {

namespace fs = std::filesystem;

class CliDirectorySlapd : public testing::Test {
 protected:
  void SetUp() override {
    tenant_ = make_tenant(folder_, "t", 100);
    Slapd::Options options = with_ad_of(tenant_);
    options.tls = true;
    slapd_ = std::make_unique<Slapd>(options);
  }

  Arguments bind_as(const std::string& password_file) const {
    return {"--base",          std::string(Slapd::kSuffix),
            "--bind-dn",       slapd_->plain().bind_dn,
            "--password-file", password_file};
  }
  std::string password_file() const { return slapd_->plain().password_file; }
  ProcessResult load(const std::string& url, const Arguments& more) const {
    return trueup(Arguments{"load", "--ad", url, "--store", folder_ / "store"} + more);
  }
  std::string private_file(const std::string& name, const std::string& text) const {
    const std::string path = folder_.write(name, text);
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    return path;
  }

  TempFolder folder_;
  Tenant tenant_;
  std::unique_ptr<Slapd> slapd_;
};

TEST_F(CliDirectorySlapd, ReadsByLdapsAndByStartTls) {
  const LdapOptions tls = slapd_->tls();
  for (const std::string& url : {tls.urls.front(), slapd_->plain().urls.front()}) {
    const ProcessResult loaded =
        load(url, bind_as(password_file()) + Arguments{"--ad-ca-file", tls.ca_file, "--json"});
    ASSERT_EQ(loaded.exit_code, 0) << loaded.err;
    const Json from_file = trueup_json({"load", "--ad", tenant_.ad, "--store", folder_ / "file"});
    EXPECT_EQ(Json::parse(loaded.out).at("ad").at("digest"), from_file.at("ad").at("digest"))
        << "the live read sees what the export holds";
  }
}

TEST_F(CliDirectorySlapd, Unreachable) {
  slapd_.reset();
  EXPECT_TRUE(fails(
      load("ldap://127.0.0.1:1", {"--base", "DC=contoso,DC=lab", "--bind-dn", "x",
                                  "--password-file", private_file("pw", "x"), "--allow-plaintext"}),
      1, {"ldap://127\\.0\\.0\\.1:1", "connect|refused|reach", "--ad|check|running"}));
}

TEST_F(CliDirectorySlapd, WrongPassword) {
  const ProcessResult refused =
      load(slapd_->plain().urls.front(),
           bind_as(private_file("pw", "hunter2-is-wrong\n")) + Arguments{"--allow-plaintext"});
  EXPECT_TRUE(fails(refused, 1, {"ldap://", "credentials|49", "password|bind-dn"}));
  EXPECT_EQ(refused.err.find("hunter2"), std::string::npos);
}

TEST_F(CliDirectorySlapd, PasswordFiles) {
  EXPECT_TRUE(fails(load(slapd_->plain().urls.front(),
                         bind_as(folder_ / "none") + Arguments{"--allow-plaintext"}),
                    2, {"none"}));
  EXPECT_TRUE(fails(load(slapd_->plain().urls.front(),
                         bind_as(private_file("pw", "")) + Arguments{"--allow-plaintext"}),
                    2, {"pw", "empty"}));
}

TEST_F(CliDirectorySlapd, WrongCa) {
  const Slapd other({.tls = true});
  const ProcessResult refused =
      load(slapd_->tls().urls.front(),
           bind_as(password_file()) + Arguments{"--ad-ca-file", other.tls().ca_file});
  EXPECT_TRUE(fails(refused, 1, {"ldaps://", "certificate|CA", "--ad-ca-file"}));
  EXPECT_TRUE(fails(load(slapd_->tls().urls.front(), bind_as(password_file())), 1,
                    {"ldaps://", "certificate|CA", "--ad-ca-file"}))
      << "the system's CAs did not sign it";
}

TEST_F(CliDirectorySlapd, PlaintextIsRefused) {
  const Slapd plain({});
  const ProcessResult refused = load(plain.plain().urls.front(), bind_as(password_file()));
  EXPECT_TRUE(fails(refused, 1, {"ldap://", "TLS", "--allow-plaintext|ldaps"}));
}

// Whatever goes wrong or right, the password is in no output and in no file of the store.
TEST_F(CliDirectorySlapd, TheSecretIsNowhere) {
  std::string secret = read_file(password_file());
  secret = secret.substr(0, secret.find('\n'));
  const Arguments run = nightly(folder_) + Arguments{"--graph",      tenant_.graph,
                                                     "--exo",        tenant_.exo.front(),
                                                     "--ad",         slapd_->tls().urls.front(),
                                                     "--ad-ca-file", slapd_->tls().ca_file,
                                                     "--store",      folder_ / "store"} +
                        bind_as(password_file());
  const ProcessResult result = trueup(run);
  ASSERT_LE(result.exit_code, 4) << result.err;
  EXPECT_EQ((result.out + result.err).find(secret), std::string::npos);
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "store")) {
    if (!entry.is_regular_file()) continue;
    EXPECT_EQ(read_file(entry.path().string()).find(secret), std::string::npos) << entry.path();
  }
}

}  // namespace
}  // namespace trueup::cli
