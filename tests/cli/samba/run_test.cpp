// SPDX-License-Identifier: Apache-2.0
// The whole job on a Samba AD domain controller over ldaps, by an account that may write the 24
// managed attributes of the users of one OU and nothing else.
#include <memory>

#include "tests/cli/samba_tenant.h"

namespace trueup::cli {
namespace {

constexpr int kDone = 0;
constexpr int kSomeRejected = 4;
constexpr int kInsufficientAccessRights = 50;

class CliRunSamba : public testing::Test {
 protected:
  Arguments in_store() const { return {"--store", folder_ / "store"}; }
  std::string run_file(int run, const std::string& name) const {
    return read_file(folder_ / ("store/runs/" + std::to_string(run) + "/" + name));
  }
  /// Users 1 to `count`, of whom the cloud wants another extensionAttribute1.
  std::string stale_users(int count) {
    std::string ldif;
    for (int i = 1; i <= count; ++i) {
      ldif +=
          user_ldif(i, "extensionAttribute1: old\nmailNickname: user" + std::to_string(i) + "\n");
      cloud_.put(i, {{"CustomAttribute1", "new"}, {"Alias", "user" + std::to_string(i)}});
    }
    return ldif;
  }
  ProcessResult run(const Arguments& more = {}) const {
    return nightly_run(folder_, cloud_.inputs() + reach(dc_->delegated()) + in_store(),
                       Arguments{"--json"} + more);
  }
  ProcessResult verify(const Arguments& more) const {
    return trueup(Arguments{"verify", "--json"} + reach(dc_->delegated()) + in_store() + more);
  }
  std::set<std::string> first_of(const std::string& dn) const {
    return managed_content(dc_->admin()).at(folded_dn(dn))["extensionAttribute1"];
  }
  void set_first(const std::string& dn, const std::string& value) const {
    modify_by_hand(dc_->admin(), "dn: " + dn +
                                     "\nchangetype: modify\nreplace: "
                                     "extensionAttribute1\nextensionAttribute1: " +
                                     value + "\n-\n");
  }
  /// As AdminSDHolder leaves an account: nothing is inherited, all may read it.
  void protect(const std::vector<std::string>& dns) const {
    std::string ldif;
    for (const std::string& dn : dns) {
      ldif += "dn: " + dn +
              "\nchangetype: modify\nreplace: nTSecurityDescriptor\n"
              "nTSecurityDescriptor: O:DAG:DAD:PAI(A;;RPLCLORC;;;AU)(A;;GA;;;SY)"
              "(A;;RPWPCRCCDCLCLORCWOWDSDSW;;;DA)\n-\n\n";
    }
    modify_database(ldif);
  }
  void modify_database(const std::string& ldif) const {
    const ProcessResult done =
        run_process({"ldbmodify", "--option=dsdb:schema update allowed=true", "-H",
                     dc_->file("server/dc/private/sam.ldb"), folder_.write("change.ldif", ldif)});
    ASSERT_EQ(done.exit_code, 0) << done.err << done.out;
  }

  TempFolder folder_;
  CloudSide cloud_{folder_};
  std::unique_ptr<SambaDc> dc_;
};

// A tenant of every kind of mailbox and drift, against ldapmodify on a second domain controller.
TEST_F(CliRunSamba, DoesWhatLdapmodifyDoesAndThenHasNothingToDo) {
  const Tenant tenant = make_tenant(folder_, "t", 300, {"--drift", "0.3", "--seed", "7"});
  dc_ = std::make_unique<SambaDc>(SambaDc::Options{.ldif = read_file(tenant.ad)});
  const SambaDc other({.ldif = read_file(tenant.ad)});
  const Content before = managed_content(dc_->admin());
  ASSERT_EQ(before, managed_content(other.admin()));
  const Arguments run_all = Arguments{"--graph", tenant.graph, "--exo", tenant.exo.front()} +
                            reach(dc_->delegated()) + in_store();

  const Versions versions_before = versions(dc_->admin());
  const ProcessResult first = nightly_run(folder_, run_all, {"--json"});
  const Json report = Json::parse(first.out);
  const bool refused = report.at("plan").at("refused_mailboxes") > 0;
  ASSERT_EQ(first.exit_code, refused ? kSomeRejected : kDone) << first.err;
  EXPECT_GT(report.at("plan").at("changes"), 50);
  EXPECT_EQ(report.at("applied").at("done"), report.at("plan").at("changes"));
  EXPECT_EQ(report.at("verified").at("checked"), report.at("plan").at("changes"));
  EXPECT_EQ(report.at("verified").at("differing"), 0);
  const std::string plan = run_file(2, "plan.ldif");
  EXPECT_EQ(writes_between(versions_before, versions(dc_->admin())), writes_of(plan));

  modify_by_hand(other.admin(), plan);
  const Content after = managed_content(dc_->admin());
  EXPECT_NE(after, before);
  EXPECT_EQ(after, managed_content(other.admin()));

  const ProcessResult second = nightly_run(folder_, run_all, {"--json"});
  EXPECT_EQ(second.exit_code, first.exit_code) << second.err;
  EXPECT_EQ(Json::parse(second.out).at("plan").at("changes"), 0);
  EXPECT_EQ(Json::parse(second.out).at("plan").at("refused_mailboxes"),
            report.at("plan").at("refused_mailboxes"));
  EXPECT_EQ(managed_content(dc_->admin()), after);

  const ProcessResult undone =
      trueup(Arguments{"undo", "2"} + reach(dc_->delegated()) + in_store() + open_guards_of_undo());
  EXPECT_EQ(undone.exit_code, kDone) << undone.err;
  EXPECT_EQ(managed_content(dc_->admin()), before);
}

TEST_F(CliRunSamba, WhatTheAccountMayNotWriteIsRejectedAndTheRestGoesThrough) {
  const std::string chief = "CN=User Chief,OU=Executives,DC=lab,DC=test";
  const std::string ldif = stale_users(6) + "dn: " + chief +
                           "\nobjectClass: user\nobjectGUID:: " + to_base64(user_guid(7)) +
                           "\nextensionAttribute1: old\n\n";
  cloud_.put(7, {{"CustomAttribute1", "new"}});
  dc_ = std::make_unique<SambaDc>(SambaDc::Options{.ldif = ldif + carriers_ldif()});
  protect({samba_user_dn(3)});

  const ProcessResult result = run();
  ASSERT_EQ(result.exit_code, kSomeRejected) << result.err;
  EXPECT_NE(result.err.find("may not write extensionAttribute1 on 2 of 7"), std::string::npos)
      << result.err;
  const Json applied = Json::parse(result.out).at("applied");
  EXPECT_EQ(applied.at("done"), 5);
  EXPECT_EQ(applied.at("rejected"), 2);
  EXPECT_FALSE(applied.contains("refused_attributes"));
  const std::string rejects = run_file(2, "rejects.ldif");
  for (const std::string& dn : {samba_user_dn(3), chief}) {
    const LdifRecord reject = reject_of(rejects, dn);
    EXPECT_EQ(reject.comment("reason"), "rejected") << dn;
    EXPECT_EQ(reject.comment("result"), std::to_string(kInsufficientAccessRights));
    EXPECT_NE(reject.comment("detail").find("00002098"), std::string::npos) << rejects;
    EXPECT_EQ(first_of(dn), std::set<std::string>{"old"});
  }
  for (const int user : {1, 2, 4, 5, 6}) {
    EXPECT_EQ(first_of(samba_user_dn(user)), std::set<std::string>{"new"});
  }
  // The next night they are all that is left.
  const ProcessResult again = run();
  EXPECT_EQ(Json::parse(again.out).at("plan").at("changes"), 2);
}

// They stay in the plan, so one day they are most of it: what may be written is not held up.
TEST_F(CliRunSamba, ManyThatMayNotBeWrittenHoldUpNoOther) {
  constexpr int kUsers = 40;
  dc_ = std::make_unique<SambaDc>(SambaDc::Options{.ldif = stale_users(kUsers) + carriers_ldif()});
  std::vector<std::string> dns;
  for (int i = 1; i < kUsers; ++i) dns.push_back(samba_user_dn(i));
  protect(dns);
  const ProcessResult result = run();
  ASSERT_EQ(result.exit_code, kSomeRejected) << result.err;
  EXPECT_EQ(Json::parse(result.out).at("applied").at("done"), 1);
  EXPECT_EQ(Json::parse(result.out).at("applied").at("rejected"), kUsers - 1);
  EXPECT_EQ(first_of(samba_user_dn(kUsers)), std::set<std::string>{"new"});
}

TEST_F(CliRunSamba, AnAttributeThatTheSchemaLacksIsRefusedOnce) {
  dc_ = std::make_unique<SambaDc>(SambaDc::Options{.ldif = stale_users(12) + carriers_ldif()});
  for (int i = 1; i <= 12; ++i) {
    cloud_.put(i, {{"CustomAttribute1", "new"}, {"ExtensionCustomAttribute5", {"a", "b"}}});
  }
  const std::string schema =
      "CN=ms-Exch-Extension-Custom-Attribute-5,CN=Schema,CN=Configuration,"
      "DC=lab,DC=test";
  modify_database("dn: " + schema +
                  "\nchangetype: modify\nreplace: isDefunct\n"
                  "isDefunct: TRUE\n-\n");
  const ProcessResult result = run();
  ASSERT_EQ(result.exit_code, kSomeRejected) << result.err;
  EXPECT_NE(result.err.find("msExchExtensionCustomAttribute5: the schema does not have it"),
            std::string::npos)
      << result.err;
  EXPECT_NE(result.err.find("PrepareSchema"), std::string::npos) << "the remedy";
  const Json applied = Json::parse(result.out).at("applied");
  EXPECT_EQ(applied.at("refused_attributes").size(), 1U);
  EXPECT_EQ(applied.at("sent"), 12) << "each once, without it";
  for (auto& [dn, entry] : managed_content(dc_->admin())) {
    EXPECT_EQ(entry["extensionAttribute1"], std::set<std::string>{"new"}) << dn;
  }
}

TEST_F(CliRunSamba, AnAttributeThatTheAccountMayWriteNowhereIsRefusedOnce) {
  dc_ = std::make_unique<SambaDc>(SambaDc::Options{.ldif = stale_users(12) + carriers_ldif()});
  for (int i = 1; i <= 12; ++i) cloud_.put(i, {{"CustomAttribute1", "new"}, {"Alias", "other"}});
  const ProcessResult result = run({"--attributes", "extensionAttribute1,mailNickname"});
  ASSERT_EQ(result.exit_code, kSomeRejected) << result.err;
  const std::size_t told = result.err.find("refused for the whole run: mailNickname");
  ASSERT_NE(told, std::string::npos) << result.err;
  EXPECT_EQ(result.err.find("mailNickname", result.err.find('\n', told)), std::string::npos)
      << "told more than once: " << result.err;
  EXPECT_NE(result.err.find("grant"), std::string::npos) << "the remedy";
  const Json applied = Json::parse(result.out).at("applied");
  EXPECT_EQ(applied.at("refused_attributes").size(), 1U);
  EXPECT_EQ(applied.at("sent"), 12) << "each once, without it";
  for (auto& [dn, entry] : managed_content(dc_->admin())) {
    EXPECT_EQ(entry["extensionAttribute1"], std::set<std::string>{"new"}) << dn;
    EXPECT_FALSE(entry["mailNickname"].contains("other")) << dn;
  }
  // What was written is in the undo, what was not is not.
  const ProcessResult undone =
      trueup(Arguments{"undo", "2"} + reach(dc_->delegated()) + in_store() + open_guards_of_undo());
  EXPECT_EQ(undone.exit_code, kDone) << undone.err;
  EXPECT_EQ(first_of(samba_user_dn(4)), std::set<std::string>{"old"});
}

TEST_F(CliRunSamba, NothingIsTriedWhenNothingCanBeWritten) {
  dc_ = std::make_unique<SambaDc>(SambaDc::Options{.ldif = stale_users(5) + carriers_ldif()});
  for (int i = 1; i <= 5; ++i) cloud_.put(i, {{"CustomAttribute1", "new"}, {"Alias", "other"}});
  const Versions before = versions(dc_->admin());
  EXPECT_TRUE(fails(run({"--attributes", "mailNickname"}), 1,
                    {"nothing of the plan can be written", "ldaps://", "mailNickname", "grant"}));
  EXPECT_EQ(versions(dc_->admin()), before);
  // And it stands in nobody's way.
  const ProcessResult next = run();
  EXPECT_EQ(next.exit_code, kDone) << next.err;
  EXPECT_EQ(Json::parse(next.out).at("applied").at("done"), 5);
}

// AD takes values as equal that differ in case only, so its answer to a modify tells nothing.
TEST_F(CliRunSamba, ACaseOnlyChangeBehindOurBackShowsInVerify) {
  dc_ = std::make_unique<SambaDc>(SambaDc::Options{.ldif = stale_users(3) + carriers_ldif()});
  ASSERT_EQ(run().exit_code, kDone);
  EXPECT_EQ(verify({"2"}).exit_code, kDone);
  set_first(samba_user_dn(2), "NEW");
  ASSERT_EQ(first_of(samba_user_dn(2)), std::set<std::string>{"NEW"});

  const ProcessResult result = verify({"2"});
  ASSERT_EQ(result.exit_code, kSomeRejected) << result.err;
  const Json verified = Json::parse(result.out).at("verified");
  ASSERT_EQ(verified.at("differing"), 1);
  const Json& finding = verified.at("findings").front();
  EXPECT_EQ(finding.at("finding"), "other-case");
  EXPECT_EQ(folded_dn(finding.at("dn")), folded_dn(samba_user_dn(2)));
  EXPECT_EQ(finding.at("value"), "new");
  EXPECT_EQ(finding.at("message"), "NEW");
}

TEST_F(CliRunSamba, VerifyAllComparesEveryMailboxWithTheLiveDirectory) {
  dc_ = std::make_unique<SambaDc>(SambaDc::Options{.ldif = stale_users(4) + carriers_ldif()});
  const ProcessResult stale_all = verify({"--all"});
  EXPECT_EQ(stale_all.exit_code, 2) << "nothing was ever loaded: " << stale_all.err;
  ASSERT_EQ(run().exit_code, kDone);
  EXPECT_EQ(verify({"--all"}).exit_code, kDone);
  const auto after_all = versions(dc_->admin());
  for (const std::string value : {"by hand", "NEW"}) {
    set_first(samba_user_dn(3), value);
    const ProcessResult result = verify({"--all"});
    EXPECT_EQ(result.exit_code, kSomeRejected) << result.err;
    EXPECT_EQ(Json::parse(result.out).at("plan").at("changes"), 1) << value;
    EXPECT_EQ(first_of(samba_user_dn(3)), std::set<std::string>{value}) << "it only looks";
  }
  set_first(samba_user_dn(3), "new");
  EXPECT_EQ(verify({"--all"}).exit_code, kDone);
}

}  // namespace
}  // namespace trueup::cli
