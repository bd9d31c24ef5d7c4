// SPDX-License-Identifier: Apache-2.0
// A forest is more than its domain: its other domains hold addresses too, which a global catalog
// knows, and a plan that was made without either stops.
#include "tests/cli/small_tenant.h"

namespace trueup::cli {
namespace {

const std::string kSince =
    "CN=Since,OU=Elsewhere," + std::string(SambaDc::kBase);  // not below the tenant's OU
constexpr const char* kAddress = "smtp:sales@contoso.lab";

class CliForestSamba : public SmallTenant {
 protected:
  void SetUp() override {
    mailbox(1, {primary(1)}, {primary(1), kAddress});
    mailbox(2, {primary(2)}, {primary(2)});
    dc_ = std::make_unique<SambaDc>(SambaDc::Options{.ldif = ldif_ + carriers_ldif()});
  }
  Arguments below_tenant() const {
    LdapOptions where = dc_->delegated();
    where.base_dn = SambaDc::kTenantBase;
    return reach(where);
  }
  Json plan_live(const Arguments& more = {}) const {
    return trueup_json(Arguments{"plan"} + cloud_.inputs() + below_tenant() + in_store() +
                       open_guards() + more);
  }
  ProcessResult apply_live(const Arguments& more = {}) const {
    return trueup(Arguments{"apply"} + below_tenant() + in_store() + more);
  }
  void modify_database(const std::string& program, const std::string& ldif) const {
    const ProcessResult done =
        run_process({program, "--relax", "--option=dsdb:schema update allowed=true", "-H",
                     dc_->file("server/dc/private/sam.ldb"), folder_.write("change.ldif", ldif)});
    ASSERT_EQ(done.exit_code, 0) << done.err << done.out;
  }
  /// As Exchange's set-up leaves the schema.
  void replicate_addresses() const {
    std::string ldif;
    for (const char* name : {"Proxy-Addresses", "E-mail-Addresses"}) {
      ldif += "dn: CN=" + std::string(name) + ",CN=Schema,CN=Configuration," +
              std::string(SambaDc::kBase) +
              "\nchangetype: modify\nreplace: "
              "isMemberOfPartialAttributeSet\nisMemberOfPartialAttributeSet: TRUE\n-\n\n";
    }
    modify_database("ldbmodify", ldif);
  }
  std::string catalog() const { return "ldaps://" + dc_->address() + ":3269"; }
  void hold(const std::string& address) const {
    modify_by_hand(dc_->admin(), "dn: OU=Elsewhere," + std::string(SambaDc::kBase) +
                                     "\nchangetype: add\nobjectClass: organizationalUnit\n\n" +
                                     "dn: " + kSince + "\nchangetype: add\nobjectClass: contact\n" +
                                     proxies({address}));
  }
  Values addresses_of(int number) const {
    return managed_content(dc_->admin()).at(folded_dn(samba_user_dn(number)))["proxyAddresses"];
  }
  /// A second domain of the forest, by name only: nobody has to reach it. Or, by its `flags`
  /// ([MS-ADTS] 6.1.1.2.1.1), another partition.
  void add_domain(const std::string& flags = "3") const {
    const std::string configuration = "CN=Configuration," + std::string(SambaDc::kBase);
    modify_database("ldbadd", "dn: CN=CHILD,CN=Partitions," + configuration +
                                  "\nobjectClass: top\nobjectClass: crossRef\n"
                                  "nCName: DC=child," +
                                  std::string(SambaDc::kBase) +
                                  "\ndnsRoot: child.lab.test\nnETBIOSName: CHILD\n"
                                  "systemFlags: " +
                                  flags + "\n\n");
  }

  std::unique_ptr<SambaDc> dc_;
};

TEST_F(CliForestSamba, AHolderOutsideTheBase) {
  plan_live();
  hold(kAddress);
  EXPECT_EQ(apply_live().exit_code, kSomeRejected);
  const std::string rejects = run_file(1, "rejects.ldif");
  const LdifRecord reject = reject_of(rejects, samba_user_dn(1));
  EXPECT_EQ(reject.comment("reason"), "address-taken") << rejects;
  EXPECT_TRUE(mentions(reject, kSince)) << rejects;
  EXPECT_EQ(addresses_of(1), Values{primary(1)});
}

// An AD finds é for e and ａ for a.
TEST_F(CliForestSamba, TwinsInWidthAndAccentAreOtherAddresses) {
  for (const char* twin : {"smtp:s\xC3\xA4les@contoso.lab", "smtp:s\xEF\xBD\x81les@contoso.lab"}) {
    store_ += "-again";
    dc_->reset();
    plan_live();
    hold(twin);
    const ProcessResult result = apply_live();
    EXPECT_EQ(result.exit_code, kDone) << result.err;
    EXPECT_EQ(addresses_of(1), (Values{primary(1), kAddress}));
  }
}

// The holder is where the domain does not reach, and a catalog of the whole forest does.
TEST_F(CliForestSamba, AGlobalCatalogIsAskedToo) {
  replicate_addresses();
  plan_live();
  const std::string elsewhere =
      "CN=Since,CN=Services,CN=Configuration," + std::string(SambaDc::kBase);
  modify_database("ldbadd",
                  "dn: " + elsewhere + "\nobjectClass: contact\n" + proxies({kAddress}) + "\n");
  const ProcessResult result = apply_live({"--ad-gc", catalog()});
  EXPECT_EQ(result.exit_code, kSomeRejected) << result.err;
  const LdifRecord reject = reject_of(run_file(1, "rejects.ldif"), samba_user_dn(1));
  EXPECT_EQ(reject.comment("reason"), "address-taken") << run_file(1, "rejects.ldif");
  EXPECT_TRUE(mentions(reject, elsewhere)) << run_file(1, "rejects.ldif");
  modify_by_hand(dc_->admin(), "dn: " + elsewhere + "\nchangetype: delete\n");
  const ProcessResult again = apply_live({"--ad-gc", catalog(), "--rejects", "1"});
  EXPECT_EQ(again.exit_code, kDone) << again.err;
  EXPECT_EQ(addresses_of(1), (Values{primary(1), kAddress}));
}

TEST_F(CliForestSamba, WhatIsNoGlobalCatalogIsRefused) {
  replicate_addresses();
  plan_live();
  const Versions before = versions(dc_->admin());
  const std::string controller = "ldaps://" + dc_->address() + ":636";
  EXPECT_TRUE(fails(apply_live({"--ad-gc", controller}), kUsage, {controller, "global catalog"}));
  EXPECT_TRUE(fails(apply_live({"--ad-gc", controller, "--dry-run"}), kUsage, {controller}));
  EXPECT_EQ(versions(dc_->admin()), before);
  EXPECT_EQ(apply_live({"--ad-gc", catalog()}).exit_code, kDone);
}

// It would say of any address that it is free.
TEST_F(CliForestSamba, AGlobalCatalogWithoutTheAddressesIsRefused) {
  plan_live();
  EXPECT_TRUE(fails(apply_live({"--ad-gc", catalog()}), kUsage,
                    {"proxyAddresses", "isMemberOfPartialAttributeSet", "--ad-gc"}));
  EXPECT_EQ(addresses_of(1), Values{primary(1)});
}

TEST_F(CliForestSamba, ADomainThatNobodyHasSeenIsAGuard) {
  const std::string digest = plan_live().at("plan").at("digest");
  add_domain();
  const Versions before = versions(dc_->admin());
  EXPECT_TRUE(tells(apply_live({"--dry-run"}), kGuard, {"forest-unseen"}));
  EXPECT_TRUE(tells(apply_live(), kGuard,
                    {"forest-unseen", "DC=child,DC=lab,DC=test|child\\.lab", "ad_gc", "ad_extra",
                     "--accept " + digest}));
  EXPECT_EQ(versions(dc_->admin()), before);
  const ProcessResult accepted = apply_live({"--accept", digest});
  EXPECT_EQ(accepted.exit_code, kDone) << accepted.err;
  EXPECT_EQ(addresses_of(1), (Values{primary(1), kAddress}));
}

TEST_F(CliForestSamba, TheRemedyThatItNamesHelps) {
  replicate_addresses();
  plan_live();
  add_domain();
  ASSERT_EQ(apply_live().exit_code, kGuard);
  const ProcessResult result = apply_live({"--ad-gc", catalog()});
  EXPECT_EQ(result.exit_code, kDone) << result.err;
}

// A catalog that is not asked has not seen it.
TEST_F(CliForestSamba, WithTheSearchOffACatalogSeesNothing) {
  replicate_addresses();
  plan_live();
  add_domain();
  EXPECT_TRUE(tells(apply_live({"--ad-gc", catalog(), "--address-search", "false"}), kGuard,
                    {"forest-unseen"}));
}

// A dry run of a plan that only the forest stops lets nothing through: not the plan, and not its
// loads as history. The apply that has seen the forest does both.
TEST_F(CliForestSamba, OnlyTheApplyThatSeesTheForestIsHistory) {
  replicate_addresses();
  add_domain();
  const ProcessResult planned =
      trueup(Arguments{"plan"} + cloud_.inputs() + below_tenant() + in_store() + open_guards());
  ASSERT_TRUE(tells(planned, kGuard, {"forest-unseen"}));
  EXPECT_EQ(apply_live({"--dry-run"}).exit_code, kGuard);
  EXPECT_EQ(apply_live({"--ad-gc", "ldaps://127.0.0.1:1"}).exit_code, kFailed);
  EXPECT_EQ(trueup_json({"runs", "--store", folder_ / store_}).at(0).at("accepted"), false);
  const Arguments night = nightly(folder_) + cloud_.inputs() + below_tenant() + in_store() +
                          open_guards() + Arguments{"--ad-gc", catalog()};
  EXPECT_TRUE(tells(trueup(night), kGuard, {"no-history"}));

  store_ = "applied";
  ASSERT_EQ(
      trueup(Arguments{"plan"} + cloud_.inputs() + below_tenant() + in_store() + open_guards())
          .exit_code,
      kGuard);
  const ProcessResult applied = apply_live({"--ad-gc", catalog()});
  ASSERT_EQ(applied.exit_code, kDone) << applied.err;
  const ProcessResult next = trueup(Arguments{"plan"} + cloud_.inputs() + below_tenant() +
                                    in_store() + open_guards() + Arguments{"--ad-gc", catalog()});
  EXPECT_EQ(next.out.find("no history"), std::string::npos) << next.out;
}

TEST_F(CliForestSamba, AnApplicationPartitionIsNoDomain) {
  plan_live();
  add_domain("5");
  const ProcessResult result = apply_live();
  EXPECT_EQ(result.exit_code, kDone) << result.out << result.err;
}

TEST_F(CliForestSamba, AGlobalCatalogHasSeenIt) {
  replicate_addresses();
  plan_live();
  add_domain();
  const ProcessResult result = apply_live({"--ad-gc", catalog()});
  EXPECT_EQ(result.exit_code, kDone) << result.err;
  EXPECT_EQ(result.err.find("forest-unseen"), std::string::npos) << result.err;
}

TEST_F(CliForestSamba, AnExportOfTheOtherDomainHasSeenIt) {
  const std::string extra =
      folder_.write("extra.ldif", "dn: CN=There,DC=child,DC=lab,DC=test\nobjectClass: contact\n" +
                                      proxies({"smtp:there@contoso.lab"}) + "\n");
  plan_live({"--ad-extra", extra});
  add_domain();
  const ProcessResult result = apply_live();
  EXPECT_EQ(result.exit_code, kDone) << result.err;
  EXPECT_EQ(result.err.find("forest-unseen"), std::string::npos) << result.err;
}

TEST_F(CliForestSamba, TheNightlyJobStopsToo) {
  replicate_addresses();
  plan_live();
  add_domain();
  const Arguments night =
      nightly(folder_) + cloud_.inputs() + below_tenant() + in_store() + open_guards();
  const Versions before = versions(dc_->admin());
  const ProcessResult stopped = trueup(night);
  EXPECT_EQ(stopped.exit_code, kGuard) << stopped.err;
  EXPECT_NE((stopped.out + stopped.err).find("forest-unseen"), std::string::npos) << stopped.err;
  EXPECT_EQ(versions(dc_->admin()), before);
  const ProcessResult seen = trueup(night + Arguments{"--ad-gc", catalog()});
  EXPECT_EQ(seen.exit_code, kDone) << seen.err << seen.out;
}

}  // namespace
}  // namespace trueup::cli
