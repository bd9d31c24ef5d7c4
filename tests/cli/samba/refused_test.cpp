// SPDX-License-Identifier: Apache-2.0
// A server, an account or a plan that a run must not go on with: told before the first write, with
// the place and the remedy.
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "tests/cli/samba_tenant.h"

namespace trueup::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kSomeRejected = 4;

class CliRefusedSamba : public testing::Test {
 protected:
  void SetUp() override {
    dc_ = std::make_unique<SambaDc>(
        SambaDc::Options{.ldif = user_ldif(1, "extensionAttribute1: old\n") + carriers_ldif()});
    cloud_.put(1, {{"CustomAttribute1", "new"}});
    must(Arguments{"plan", "--out", plan_} + cloud_.inputs() + reach(dc_->delegated()) +
         in_store());
    before_ = versions(dc_->admin());
  }
  void TearDown() override {
    EXPECT_EQ(versions(dc_->admin()), before_);
    // The plan that was not applied is still good.
    const ProcessResult applied = trueup(Arguments{"apply"} + reach(dc_->delegated()) + in_store());
    EXPECT_EQ(applied.exit_code, kDone) << applied.err;
  }

  Arguments in_store() const { return {"--store", folder_ / "store"}; }
  /// Neither the whole job nor the plan that is there gets anywhere.
  void refused(const LdapOptions& where, std::initializer_list<std::string> patterns) const {
    refused_with(kFailed, where, patterns);
  }
  void refused_with(int exit_code, const LdapOptions& where,
                    std::initializer_list<std::string> patterns) const {
    const ProcessResult run = trueup(nightly(folder_) + cloud_.inputs() + reach(where) +
                                     Arguments{"--store", folder_ / "other", "--json"});
    EXPECT_TRUE(fails(run, exit_code, patterns)) << "run";
    EXPECT_TRUE(fails(trueup(Arguments{"apply"} + reach(where) + in_store()), exit_code, patterns))
        << "apply";
  }
  std::string private_file(const std::string& name, const std::string& text) const {
    const std::string path = folder_.write(name, text);
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    return path;
  }

  TempFolder folder_;
  CloudSide cloud_{folder_};
  std::unique_ptr<SambaDc> dc_;
  const std::string plan_ = folder_ / "plan.ldif";
  Versions before_;
};

TEST_F(CliRefusedSamba, TheGlobalCatalog) {
  for (const std::string& url :
       {"ldap://" + dc_->address() + ":3268", "ldaps://" + dc_->address() + ":3269"}) {
    LdapOptions where = dc_->delegated();
    where.urls = {url};
    refused(where, {url, "global catalog", "389|636"});
  }
}

TEST_F(CliRefusedSamba, ABaseThatIsNotThere) {
  LdapOptions where = dc_->delegated();
  where.base_dn = "OU=Nowhere,DC=lab,DC=test";
  refused_with(kUsage, where, {"OU=Nowhere,DC=lab,DC=test", "--base"});
  where.base_dn = "DC=other,DC=test";
  refused_with(kUsage, where, {"DC=other,DC=test", "--base"});
}

TEST_F(CliRefusedSamba, AWrongPassword) {
  LdapOptions where = dc_->delegated();
  where.password_file = private_file("password", "hunter2-is-wrong\n");
  refused(where, {"ldaps://", "svc-trueup", "credentials", "password"});
}

TEST_F(CliRefusedSamba, AWrongCa) {
  const ProcessResult made =
      run_process({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=another CA",
                   "-keyout", folder_ / "key.pem", "-out", folder_ / "other-ca.pem"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  LdapOptions where = dc_->delegated();
  where.ca_file = folder_ / "other-ca.pem";
  refused(where, {"ldaps://", "certificate", "--ad-ca-file"});
}

TEST_F(CliRefusedSamba, AnExpiredCertificate) {
  const std::string tls = dc_->file("server/dc/tls");
  fs::copy_file(tls + "/cert.pem", folder_ / "good.pem");
  const ProcessResult made =
      run_process({"openssl", "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey",
                   "ca-key.pem", "-CAcreateserial", "-days", "-1", "-extfile", "extensions.cnf",
                   "-out", folder_ / "expired.pem"},
                  {.folder = tls});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const auto serve = [&](const std::string& certificate) {
    dc_->stop();
    fs::copy_file(certificate, tls + "/cert.pem", fs::copy_options::overwrite_existing);
    ::setenv("LDAPTLS_REQCERT", "never", 1);  // how the lab asks the DC whether it is ready
    dc_->start();
    ::unsetenv("LDAPTLS_REQCERT");
  };
  serve(folder_ / "expired.pem");
  refused(dc_->delegated(), {"ldaps://", "certificate", "expired|not valid|no longer|date"});
  serve(folder_ / "good.pem");
}

// The plan is kept in the store; the file is for people and for ldapmodify.
TEST_F(CliRefusedSamba, APlanWhoseStoreIsGone) {
  const Arguments apply = Arguments{"apply", "--plan", plan_} + reach(dc_->delegated());
  EXPECT_TRUE(fails(trueup(apply + Arguments{"--store", folder_ / "gone"}), kUsage,
                    {"/gone has no plan", "--store"}));
  EXPECT_TRUE(fails(
      trueup(Arguments{"apply"} + reach(dc_->delegated()) + Arguments{"--store", folder_ / "gone"}),
      kUsage, {"plan"}));
}

// Servers that Samba cannot be. One that is frozen is only seen by its answers: each change is
// refused, and tried again by the next run.
class CliReadOnlySlapd : public testing::Test {
 protected:
  ProcessResult run_at(const Slapd& slapd, const Arguments& more = {}) const {
    LdapOptions where = slapd.plain();
    return nightly_run(folder_,
                       Arguments{"--allow-plaintext"} + cloud_.inputs() + reach(where) +
                           Arguments{"--store", folder_ / "store"},
                       Arguments{"--json"} + more);
  }
  std::string users(int count) {
    std::string ldif;
    for (int i = 1; i <= count; ++i) {
      ldif += user_ldif(i, "extensionAttribute1: old\n");
      cloud_.put(i, {{"CustomAttribute1", "new"}});
    }
    return ldif;
  }

  TempFolder folder_;
  CloudSide cloud_{folder_};
};

TEST_F(CliReadOnlySlapd, AReadOnlyDomainController) {
  const Slapd rodc({.ldif = users(3) + slapd_carriers_ldif(),
                    .global_config = "rootDSE @DIR@/rodc.ldif\n",
                    .files = {{"rodc.ldif",
                               "dn:\nsupportedCapabilities: 1.2.840.113556.1.4.800\n"
                               "supportedCapabilities: 1.2.840.113556.1.4.1920\n"}}});
  const ProcessResult result = run_at(rodc);
  EXPECT_TRUE(fails(result, kFailed, {"ldap://", "read-only", "name a writable"}));
}

TEST_F(CliReadOnlySlapd, AServerThatAnswersUnwilling) {
  const Slapd frozen(
      {.ldif = users(30) + slapd_carriers_ldif(), .database_config = "readonly on\n"});
  const ProcessResult result = run_at(frozen);
  ASSERT_EQ(result.exit_code, kSomeRejected) << result.err;
  const Json applied = Json::parse(result.out).at("applied");
  EXPECT_EQ(applied.at("done"), 0);
  EXPECT_EQ(applied.at("rejected"), 30);
  EXPECT_EQ(applied.at("sent"), 30) << "each once";
  const LdifRecord reject = reject_of(read_file(folder_ / "store/runs/2/rejects.ldif"), user_dn(7));
  EXPECT_EQ(reject.comment("result"), "53");
  EXPECT_NE(reject.comment("detail").find("restricted"), std::string::npos);
}

}  // namespace
}  // namespace trueup::cli
