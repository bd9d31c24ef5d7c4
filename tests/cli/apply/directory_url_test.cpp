// SPDX-License-Identifier: Apache-2.0
// The directory's URL (RFC 4516) through the command: base, scope, what is refused.
#include "tests/cli/slapd_tenant.h"

namespace trueup::cli {
namespace {

constexpr const char* kStaff = "OU=Staff,DC=contoso,DC=lab";

class CliDirectoryUrlSlapd : public testing::Test {
 protected:
  /// `load` of the server's URL with `rest` behind it.
  ProcessResult load(const std::string& rest, const Arguments& more = {}) const {
    return trueup(Arguments{"load", "--store", folder_ / "store", "--no-progress", "--json"} +
                  reach(slapd_.plain().urls.front() + rest) + more);
  }
  Arguments reach(const std::string& url) const {
    const LdapOptions options = slapd_.plain();
    return {"--ad",
            url,
            "--bind-dn",
            options.bind_dn,
            "--password-file",
            options.password_file,
            "--allow-plaintext"};
  }

  TempFolder folder_;
  Slapd slapd_{{.ldif = user_ldif(1, "mail: a@contoso.com\n") + user_ldif(2, "")}};
};

TEST_F(CliDirectoryUrlSlapd, TheBaseIsThatOfTheUrlAndTheScopeIsPassedOverWithAWord) {
  const ProcessResult loaded = load("/OU=St%61ff,DC=contoso,DC=lab??base");
  ASSERT_EQ(loaded.exit_code, 0) << loaded.err;
  EXPECT_EQ(Json::parse(loaded.out).at("ad").at("mailboxes"), 2);
  EXPECT_NE(loaded.err.find("the scope 'base'"), std::string::npos) << loaded.err;
  EXPECT_NE(loaded.out.find(kStaff), std::string::npos) << loaded.out;
  const ProcessResult same =
      load("/OU=Staff,DC=contoso,DC=lab", {"--base", "ou=staff,dc=contoso,dc=lab"});
  EXPECT_EQ(same.exit_code, 0) << same.err;
  EXPECT_EQ(same.err.find("scope"), std::string::npos) << same.err;
}

TEST_F(CliDirectoryUrlSlapd, ContradictionsAndWhatIsNotGoneByAreRefused) {
  const std::string staff = std::string("/") + kStaff;
  EXPECT_TRUE(
      fails(load(staff, {"--base", "DC=contoso,DC=lab"}), 2, {"--base", kStaff, "name one"}));
  const std::string url = slapd_.plain().urls.front();
  EXPECT_TRUE(fails(load(staff + "," + url + "/DC=contoso,DC=lab"), 2, {"name one"}));
  EXPECT_TRUE(fails(load(staff + "?mail"), 2, {"--ad", "attributes"}));
  EXPECT_TRUE(fails(load(staff + "??"
                                 "?(mail=*)"),
                    2, {"filter"}));
  EXPECT_TRUE(fails(load(staff + "???"
                                 "?!1.2.3"),
                    2, {"critical extension"}));
  EXPECT_TRUE(fails(load("0000000"), 2, {"65535"}));
}

TEST_F(CliDirectoryUrlSlapd, APasswordInTheUrlIsNeitherTakenNorRepeated) {
  const ProcessResult refused = trueup(Arguments{"load", "--store", folder_ / "store"} +
                                       reach("ldaps://svc:hunter2@dc1/DC=x"));
  EXPECT_TRUE(fails(refused, 2, {"--bind-dn", "--password-file"}));
  EXPECT_EQ((refused.out + refused.err).find("hunter2"), std::string::npos);
}

TEST_F(CliDirectoryUrlSlapd, AGlobalCatalogHasNoBase) {
  const ProcessResult refused = trueup(
      Arguments{"plan", "--store", folder_ / "store", "--graph", folder_.write("g.json", "{}")} +
      reach(slapd_.plain().urls.front()) + Arguments{"--ad-gc", "ldaps://gc:3269/DC=x"});
  EXPECT_TRUE(fails(refused, 2, {"--ad-gc", "from its root"}));
}

TEST_F(CliDirectoryUrlSlapd, EveryCommandThatConnectsSaysWhatItPassesOver) {
  const Tenant tenant = make_tenant(folder_, "t", 20, {"--no-truth"});
  const Slapd slapd(with_ad_of(tenant));
  const LdapOptions options = slapd.plain();
  const Arguments server = {"--ad",
                            options.urls.front() + "/DC=contoso,DC=lab??one",
                            "--bind-dn",
                            options.bind_dn,
                            "--password-file",
                            options.password_file,
                            "--allow-plaintext",
                            "--store",
                            folder_ / "night"};
  const ProcessResult planned =
      trueup(Arguments{"plan", "--graph", tenant.graph, "--exo", tenant.exo.front()} + server +
             open_guards());
  EXPECT_EQ(planned.exit_code, 0) << planned.err;
  for (const char* command : {"apply", "verify"}) {
    const ProcessResult done = trueup(Arguments{command} + server);
    EXPECT_NE(done.err.find("the scope 'one'"), std::string::npos) << command << done.err;
    EXPECT_EQ(done.err.find("the scope"), done.err.rfind("the scope")) << command << done.err;
  }
}

}  // namespace
}  // namespace trueup::cli
