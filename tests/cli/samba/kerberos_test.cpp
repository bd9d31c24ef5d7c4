// SPDX-License-Identifier: Apache-2.0
// Kerberos against a Samba AD domain controller: with a keytab and with a credential cache, sealed
// on ldap:// and within TLS; and what is told when there is no good ticket.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <thread>

#include "tests/cli/samba_tenant.h"

namespace trueup::cli {
namespace {

constexpr int kDone = 0;

class CliKerberosSamba : public testing::Test {
 protected:
  void SetUp() override {
    dc_ = std::make_unique<SambaDc>(
        SambaDc::Options{.ldif = user_ldif(1, "extensionAttribute1: old\n") + carriers_ldif()});
    cloud_.put(1, {{"CustomAttribute1", "new"}});
    // As the lab's, without the keytab that it falls back on.
    std::string config;
    std::istringstream lines(read_file(dc_->kerberos_environment().at("KRB5_CONFIG")));
    for (std::string line; std::getline(lines, line);) {
      if (line.find("keytab") == std::string::npos) config += line + "\n";
    }
    config_ = replaced_once(config, dc_->file("server/ccache"), folder_ / "nowhere");
    environment_ = {{"KRB5_CONFIG", folder_.write("krb5.conf", config_)},
                    {"KRB5CCNAME", "FILE:" + (folder_ / "none")}};
    keytab_ = dc_->kerberos_environment().at("KRB5_CLIENT_KTNAME");
  }

  /// ldap:// and ldaps://.
  LdapOptions at(const std::string& scheme) const {
    LdapOptions options = dc_->gssapi();
    options.urls = {scheme + dc_->address()};
    return options;
  }
  ProcessResult run(const std::string& scheme, const std::string& store,
                    const Arguments& more) const {
    return nightly_run(
        folder_, cloud_.inputs() + reach(at(scheme)) + Arguments{"--store", folder_ / store} + more,
        {"--json"}, {.environment = environment_});
  }
  std::string kinit(const std::string& name, const Arguments& more = {}) const {
    const std::string cache = folder_ / name;
    const ProcessResult got =
        run_process(Arguments{"kinit", "-k", "-t", keytab_, "-c", "FILE:" + cache} + more +
                        Arguments{"svc-trueup"},
                    {.environment = environment_});
    EXPECT_EQ(got.exit_code, 0) << got.err;
    return "FILE:" + cache;
  }
  void expect_written_and_back(const std::string& scheme, const std::string& store,
                               const Arguments& how) {
    const ProcessResult done = run(scheme, store, how);
    ASSERT_EQ(done.exit_code, kDone) << done.err;
    EXPECT_EQ(Json::parse(done.out).at("applied").at("done"), 1);
    EXPECT_EQ(Json::parse(done.out).at("verified").at("differing"), 0);
    EXPECT_EQ(first(), "new");
    const ProcessResult undone = trueup(
        Arguments{"undo", "2"} + reach(at(scheme)) + Arguments{"--store", folder_ / store} + how,
        {.environment = environment_});
    ASSERT_EQ(undone.exit_code, kDone) << undone.err;
    EXPECT_EQ(first(), "old");
  }
  std::string first() const {
    return *managed_content(dc_->admin())
                .at(folded_dn(samba_user_dn(1)))
                .at("extensionAttribute1")
                .begin();
  }

  TempFolder folder_;
  CloudSide cloud_{folder_};
  std::unique_ptr<SambaDc> dc_;
  std::string config_;
  std::map<std::string, std::string> environment_;
  std::string keytab_;
};

TEST_F(CliKerberosSamba, WithAKeytab) {
  for (const std::string scheme : {"ldap://", "ldaps://"}) {
    SCOPED_TRACE(scheme);
    expect_written_and_back(scheme, "keytab-" + scheme.substr(0, 5), {"--keytab", keytab_});
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "nowhere")) << "the tickets stay in memory";
}

TEST_F(CliKerberosSamba, WithACredentialCache) {
  const std::string cache = kinit("cache");
  for (const std::string scheme : {"ldap://", "ldaps://"}) {
    SCOPED_TRACE(scheme);
    expect_written_and_back(scheme, "cache-" + scheme.substr(0, 5), {"--credential-cache", cache});
  }
}

TEST_F(CliKerberosSamba, WithoutAGoodTicketNothingIsWritten) {
  const Versions before = versions(dc_->admin());
  const auto refused = [&](const Arguments& how, std::initializer_list<std::string> patterns) {
    for (const std::string scheme : {"ldap://", "ldaps://"}) {
      const ProcessResult result =
          trueup(nightly(folder_) + cloud_.inputs() + reach(at(scheme)) + how +
                     Arguments{"--store", folder_ / "none", "--json"},
                 {.environment = environment_});
      EXPECT_TRUE(fails(result, 1, {scheme, "Kerberos|GSSAPI|ticket"})) << scheme;
      EXPECT_TRUE(fails(result, 1, patterns)) << scheme;
    }
  };
  refused({}, {"credential|ticket", "kinit|--keytab|--credential-cache"});
  refused({"--credential-cache", "FILE:" + (folder_ / "no-such-file")},
          {"credential|ticket", "kinit|--keytab|--credential-cache"});
  refused({"--keytab", folder_ / "no-such-keytab"}, {"keytab|credential"});

  const std::string expired = kinit("expired", {"-l", "1s"});
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));  // what makes it expire
  refused({"--credential-cache", expired}, {"expired"});

  const std::string config = replaced(config_, "LAB.TEST", "OTHER.TEST");
  environment_["KRB5_CONFIG"] = folder_.write("other.conf", config);
  refused({"--keytab", keytab_}, {"OTHER\\.TEST|realm|keytab|credential"});
  EXPECT_EQ(versions(dc_->admin()), before);
}

}  // namespace
}  // namespace trueup::cli
