// SPDX-License-Identifier: Apache-2.0
// A plan belongs to the directory that it was made of: another one, or the same one restored,
// rebuilt or reorganized since, is seen before the first write.
#include "tests/cli/small_tenant.h"

namespace trueup::cli {
namespace {

constexpr int kMailboxes = 10;
constexpr const char* kPast = "2020-01-01T05:00";  // a deadline: stops before the first write

class CliRightDirectory : public SmallTenant {
 protected:
  void SetUp() override { mailboxes(kMailboxes); }
  /// The value of a line "# name: value" of the plan's header; "" if there is none.
  std::string header(const std::string& name) const {
    const std::string text = read_file(plan_);
    const std::string begin = "\n# " + name + ": ";
    const std::size_t at = text.find(begin);
    if (at == std::string::npos) return {};
    return text.substr(at + begin.size(), text.find('\n', at + 1) - at - begin.size());
  }
  /// Plans an export, in a store of its own.
  Json plan_only(const std::string& ldif, const std::string& store) {
    store_ = store;
    return trueup_json(Arguments{"plan"} + cloud_.inputs() + open_guards() + in_store() +
                       Arguments{"--ad", folder_.write("other.ldif", ldif), "--out", plan_});
  }
};

TEST_F(CliRightDirectory, ThePlanNamesIt) {
  const Json planned = plan_only(export_ldif(), "a");
  EXPECT_EQ(header("directory"), Slapd::kSuffix);
  const std::string guid = header("directory GUID");
  EXPECT_FALSE(guid.empty());

  head_ = head_ldif(500'001);
  const Json other = plan_only(export_ldif(), "b");
  EXPECT_EQ(header("directory"), Slapd::kSuffix);
  EXPECT_FALSE(header("directory GUID").empty());
  EXPECT_NE(header("directory GUID"), guid);
  EXPECT_NE(planned.at("plan").at("digest"), other.at("plan").at("digest"));
}

TEST_F(CliRightDirectory, WithoutTheHeadItIsTheEndOfTheNames) {
  head_.clear();
  plan_only(export_ldif(), "a");
  EXPECT_EQ(header("directory"), Slapd::kSuffix);
  EXPECT_EQ(header("directory GUID"), "");
  plan_only(replaced(export_ldif(), Slapd::kSuffix, "OU=Berlin,O=contoso"), "b");
  EXPECT_EQ(header("directory"), "OU=Staff,OU=Berlin,O=contoso") << "what all of them end with";
}

class CliRightDirectorySlapd : public CliRightDirectory {
 protected:
  /// The same company's directory, rebuilt: same names and anchors, another head.
  std::unique_ptr<Slapd> rebuilt() const {
    std::string ldif = head_ldif(500'001) + ldif_ + slapd_carriers_ldif();
    return std::make_unique<Slapd>(Slapd::Options{.ldif = ldif});
  }
  void expect_refused(const std::string& name, const Slapd& at, const Arguments& more,
                      std::initializer_list<std::string> patterns) const {
    const auto before = content(at);
    EXPECT_TRUE(fails(trueup(command(name, at, more)), kUsage, patterns)) << name;
    EXPECT_EQ(content(at), before) << name;
  }
  void remove(int first, int last) const {
    std::string ldif;
    for (int n = first; n <= last; ++n) ldif += "dn: " + user_dn(n) + "\nchangetype: delete\n\n";
    by_hand(ldif);
  }
};

// The whole of it, whatever part is compared; the server has its own spelling.
TEST_F(CliRightDirectorySlapd, ALivePlanNamesItToo) {
  start();
  for (const std::string part : {"", "OU=Staff,"}) {
    store_ = "live " + part;
    Arguments live = Arguments{"plan"} + cloud_.inputs() + server(*slapd_) + open_guards() +
                     in_store() + Arguments{"--out", plan_};
    *(std::ranges::find(live, "--base") + 1) = part + std::string(Slapd::kSuffix);
    must(live);
    EXPECT_EQ(folded_dn(header("directory")), folded_dn(std::string(Slapd::kSuffix)));
    EXPECT_FALSE(header("directory GUID").empty());
    expect_refused("apply", *rebuilt(), {}, {"directory", "DC=contoso,DC=lab"});
    EXPECT_EQ(apply({"--dry-run"}).exit_code, kDone);
  }
}

TEST_F(CliRightDirectorySlapd, NoCommandWritesToOneWithAnotherHead) {
  plan();
  const auto other = rebuilt();
  expect_refused("apply", *other, {}, {"directory", "DC=contoso,DC=lab"});
  expect_refused("apply", *other, {"--plan", plan_}, {"directory", "DC=contoso,DC=lab"});
  // One conflict, so that there is something to try again.
  by_hand(edit_ldif(user_dn(3), "replace", "extensionAttribute1", "by hand"));
  EXPECT_EQ(applied(kSomeRejected).at("done"), kMailboxes - 1) << "the right one still takes it";

  expect_refused("apply", *other, {"--rejects", "1"}, {"directory", "DC=contoso,DC=lab"});
  expect_refused("verify", *other, {"1"}, {"directory", "DC=contoso,DC=lab"});
  expect_refused("undo", *other, Arguments{"1"} + open_guards_of_undo(),
                 {"directory", "DC=contoso,DC=lab"});
  by_hand(edit_ldif(user_dn(3), "replace", "extensionAttribute1", "old"));
  EXPECT_EQ(applied(kDone, {"--rejects", "1"}).at("done"), 1);
  must(command("undo", *slapd_, Arguments{"1"} + open_guards_of_undo()));
  EXPECT_EQ(written(kMailboxes), std::set<int>{3});
}

TEST_F(CliRightDirectorySlapd, NorDoesAResume) {
  plan();
  ASSERT_EQ(apply({"--deadline", kPast}).exit_code, kStoppedEarly);
  const auto other = rebuilt();
  expect_refused("apply", *other, {"--resume", "1"}, {"directory", "DC=contoso,DC=lab"});
  EXPECT_EQ(applied(kDone, {"--resume", "1"}).at("done"), kMailboxes);
}

TEST_F(CliRightDirectorySlapd, APlanFileThatWasTurnedToAnotherDirectoryIsNoPlanOfOurs) {
  plan();
  const auto other = rebuilt();
  const std::string text = read_file(plan_);
  const std::string guid = header("directory GUID");
  for (const std::string& turned :
       {replaced_once(text, "# directory GUID: " + guid + "\n", ""),
        replaced_once(text, "# directory GUID: " + guid,
                      "# directory GUID: 21a10700" + guid.substr(8)),
        replaced_once(text, "# directory: DC=contoso", "# directory: DC=fabrikam")}) {
    const Arguments file = {"--plan", folder_.write("turned.ldif", turned)};
    expect_refused("apply", *other, file, {"turned\\.ldif"});
    expect_refused("apply", *slapd_, file, {"turned\\.ldif"});
  }
}

// Nothing in the objects tells that it is another server; the head of a live read does, in a
// directory that is no AD by its entryUUID.
TEST_F(CliRightDirectorySlapd, AHeadWithoutAnObjectGuid) {
  head_.clear();
  start();
  must(Arguments{"plan"} + cloud_.inputs() + server(*slapd_) + in_store() + open_guards());
  const Slapd other({.ldif = export_ldif()});
  expect_refused("apply", other, {}, {"directory", "DC=contoso,DC=lab"});
  EXPECT_EQ(applied(kDone).at("done"), kMailboxes);
}

TEST_F(CliRightDirectorySlapd, AnotherNamingContext) {
  start();
  for (const std::string& head : {head_, std::string()}) {
    std::string ldif =
        replaced(head + ldif_ + slapd_carriers_ldif(), Slapd::kSuffix, "DC=fabrikam,DC=lab");
    if (!head.empty()) ldif = replaced(ldif, "dc: contoso", "dc: fabrikam");
    plan_only(ldif, head.empty() ? "without" : "with");
    ASSERT_EQ(header("directory"), "DC=fabrikam,DC=lab");
    const LdapOptions where = slapd_->plain();
    expect_refused("apply", *slapd_, {}, {"DC=fabrikam,DC=lab"});
    // Not by the base alone, which need not be given.
    const ProcessResult result =
        trueup({"apply", "--ad", where.urls.front(), "--bind-dn", where.bind_dn, "--password-file",
                where.password_file, "--allow-plaintext", "--store", folder_ / store_});
    EXPECT_TRUE(fails(result, kUsage, {"directory", "DC=fabrikam,DC=lab", "DC=contoso,DC=lab"}));
  }
}

TEST_F(CliRightDirectorySlapd, AFileWithoutTheHeadFitsAnyHead) {
  head_.clear();
  slapd_ = rebuilt();
  plan();
  EXPECT_EQ(applied(kDone).at("done"), kMailboxes);
}

TEST_F(CliRightDirectorySlapd, AnObjectWithAnotherAnchor) {
  plan();
  const std::string anchor(16, '\x77');
  by_hand(edit_ldif(user_dn(7), "replace", "objectGUID", anchor));
  expect_refused("apply", *slapd_, {}, {user_dn(7)});
  by_hand(edit_ldif(user_dn(7), "replace", "objectGUID", from_base64(to_base64(user_guid(7)))));
  EXPECT_EQ(applied(kDone).at("done"), kMailboxes);

  by_hand(edit_ldif(user_dn(7), "replace", "objectGUID", anchor));
  expect_refused("undo", *slapd_, Arguments{"1"} + open_guards_of_undo(), {user_dn(7)});
}

TEST_F(CliRightDirectorySlapd, TwoObjectsThatAreGoneAreRejects) {
  plan();
  remove(1, 2);
  const Json result = applied(kSomeRejected);
  EXPECT_EQ(result.at("done"), kMailboxes - 2);
  EXPECT_EQ(result.at("rejected"), 2);
}

TEST_F(CliRightDirectorySlapd, ThreeOfTenThatAreGoneAreAGuard) {
  const std::string digest = plan().at("plan").at("digest");
  remove(1, 3);
  const auto before = content(*slapd_);
  EXPECT_TRUE(
      tells(apply(), kGuard,
            {"objects-missing", "guards\\.objects_missing", user_dn(2), "--accept " + digest}));
  EXPECT_EQ(content(*slapd_), before);
  EXPECT_EQ(applied(kSomeRejected, {"--accept", digest}).at("done"), kMailboxes - 3);
  EXPECT_EQ(written(kMailboxes), (std::set<int>{4, 5, 6, 7, 8, 9, 10}));
}

TEST_F(CliRightDirectorySlapd, TheLimitIsASetting) {
  plan();
  remove(1, 3);
  EXPECT_EQ(applied(kSomeRejected, {"--guards-objects-missing", "3, 10%"}).at("rejected"), 3);
  slapd_->reset();
  store_ = "stricter";
  plan();
  remove(1, 2);
  EXPECT_EQ(apply({"--guards-objects-missing", "1, 10%"}).exit_code, kGuard);
}

TEST_F(CliRightDirectorySlapd, TheShareCountsInALargerPlan) {
  for (int n = kMailboxes + 1; n <= 40; ++n) mailbox(n, {primary(n)}, {primary(n)});
  plan();
  remove(1, 4);
  ASSERT_EQ(apply({"--deadline", kPast}).exit_code, kStoppedEarly) << "4 of 40 are let through";
  remove(5, 5);
  EXPECT_TRUE(tells(apply({"--resume", "1"}), kGuard, {"objects-missing"}));
}

TEST_F(CliRightDirectorySlapd, AResumeIsStoppedAndAcceptedLikeAnApply) {
  const std::string digest = plan().at("plan").at("digest");
  ASSERT_EQ(apply({"--deadline", kPast}).exit_code, kStoppedEarly);
  remove(1, 3);
  EXPECT_TRUE(tells(apply({"--resume", "1"}), kGuard,
                    {"objects-missing", "--resume 1 --accept " + digest}));
  EXPECT_EQ(written(kMailboxes), std::set<int>{});
  std::string other = digest;
  other.front() = other.front() == '0' ? '1' : '0';
  EXPECT_EQ(apply({"--resume", "1", "--accept", other}).exit_code, kUsage);
  EXPECT_EQ(applied(kSomeRejected, {"--resume", "1", "--accept", digest}).at("done"),
            kMailboxes - 3);
}

TEST_F(CliRightDirectorySlapd, WhatWasAcceptedStaysSoForTheResumesOfTheRun) {
  const std::string digest = plan().at("plan").at("digest");
  remove(1, 3);
  ASSERT_EQ(apply().exit_code, kGuard);
  ASSERT_EQ(apply({"--accept", digest, "--deadline", kPast}).exit_code, kStoppedEarly);
  EXPECT_EQ(applied(kSomeRejected, {"--resume", "1"}).at("done"), kMailboxes - 3);
}

// The digest is known from the plan, before anybody has seen that objects are missing.
TEST_F(CliRightDirectorySlapd, WhatNobodyHasSeenIsNotAccepted) {
  const std::string digest = plan().at("plan").at("digest");
  remove(1, 3);
  EXPECT_TRUE(tells(apply({"--accept", digest}), kGuard, {"objects-missing"}));
  EXPECT_EQ(written(kMailboxes), std::set<int>{});
  EXPECT_EQ(applied(kSomeRejected, {"--accept", digest}).at("done"), kMailboxes - 3);
}

TEST_F(CliRightDirectorySlapd, WhatADryRunHasShownIsAcceptedForTheResumesToo) {
  const std::string digest = plan().at("plan").at("digest");
  remove(1, 3);
  ASSERT_EQ(apply({"--dry-run"}).exit_code, kGuard);
  ASSERT_EQ(apply({"--accept", digest, "--deadline", kPast}).exit_code, kStoppedEarly);
  EXPECT_EQ(applied(kSomeRejected, {"--resume", "1"}).at("done"), kMailboxes - 3);
}

// A word for what the plan showed is no word for what the directory shows later.
TEST_F(CliRightDirectorySlapd, AnAcceptedPlanIsStoppedByWhatIsMissingAtEveryResume) {
  const std::string digest = plan({"--guards-changed", "3, 0.1%"}, kGuard).at("plan").at("digest");
  ASSERT_EQ(apply({"--accept", digest, "--deadline", kPast}).exit_code, kStoppedEarly);
  remove(1, 3);
  for (int time = 1; time <= 3; ++time) {
    EXPECT_TRUE(tells(apply({"--resume", "1"}), kGuard, {"objects-missing"})) << time;
  }
  EXPECT_EQ(written(kMailboxes), std::set<int>{});
  EXPECT_EQ(applied(kSomeRejected, {"--resume", "1", "--accept", digest}).at("done"),
            kMailboxes - 3);
}

TEST_F(CliRightDirectorySlapd, ADryRunOfAnAcceptedPlanDoesNotFreeItFromItsOwnGuards) {
  const std::string digest = plan({"--guards-changed", "3, 0.1%"}, kGuard).at("plan").at("digest");
  remove(1, 3);
  EXPECT_TRUE(tells(apply({"--accept", digest, "--dry-run"}), kGuard, {"objects-missing"}));
  slapd_->reset();
  EXPECT_TRUE(fails(apply(), kGuard, {"was stopped by", "--accept " + digest}));
  EXPECT_EQ(written(kMailboxes), std::set<int>{});
  EXPECT_EQ(applied(kDone, {"--accept", digest}).at("done"), kMailboxes);
}

// Who has seen three go has not seen nine go.
TEST_F(CliRightDirectorySlapd, WhatHasGrownSinceItWasShownIsShownAgain) {
  const std::string digest = plan().at("plan").at("digest");
  remove(1, 3);
  ASSERT_EQ(apply().exit_code, kGuard);
  remove(4, 9);
  EXPECT_TRUE(tells(apply({"--accept", digest}), kGuard, {"objects-missing +9 "}));
  EXPECT_EQ(written(kMailboxes), std::set<int>{});
  ASSERT_EQ(apply({"--accept", digest, "--deadline", kPast}).exit_code, kStoppedEarly);
  EXPECT_EQ(applied(kSomeRejected, {"--resume", "1"}).at("done"), 1);
}

// An export of each of two directories, in one load.
TEST_F(CliRightDirectory, TwoHeadsOfOneNameAreNoExport) {
  EXPECT_TRUE(fails(trueup(Arguments{"plan"} + cloud_.inputs() + open_guards() + in_store() +
                           Arguments{"--ad", folder_.write("a.ldif", export_ldif()), "--ad",
                                     folder_.write("b.ldif", head_ldif(500'001))}),
                    kFailed, {"two directories", "DC=contoso,DC=lab"}));
}

// A store serves one directory: what it left in doubt there is looked at before it writes again.
TEST_F(CliRightDirectorySlapd, AnUnfinishedRunOfAnotherOneIsNamed) {
  plan();
  ASSERT_EQ(apply({"--deadline", kPast}).exit_code, kStoppedEarly);
  const auto other = rebuilt();
  const auto before = content(*other);
  must(Arguments{"plan"} + cloud_.inputs() + server(*other) + in_store() + open_guards());
  for (const Arguments& more : {Arguments{}, Arguments{"--dry-run"}}) {
    EXPECT_TRUE(tells(trueup(command("apply", *other, more)), kUsage,
                      {"run 1 is unfinished", "--resume 1", "--store"}));
  }
  EXPECT_EQ(content(*other), before);
}

// It reads as well as it can, and says what it cannot tell.
TEST_F(CliRightDirectorySlapd, AnAccountThatMayNotSeeTheHeadIsTold) {
  const std::string staff = "OU=Staff," + std::string(Slapd::kSuffix);
  mailbox(99, {primary(99)}, {primary(99)});
  ldif_ = replaced_once(ldif_, "cn: User 0099\n", "cn: User 0099\nuserPassword: secret\n");
  slapd_ = std::make_unique<Slapd>(
      Slapd::Options{.ldif = export_ldif(),
                     .database_config = "access to dn.subtree=\"" + staff +
                                        "\" by users write by anonymous auth\n"
                                        "access to * by * none\n"});
  LdapOptions where = slapd_->plain();
  where.bind_dn = user_dn(99);
  where.password_file = folder_.write("password", "secret");
  where.base_dn = staff;
  const ProcessResult planned = trueup(Arguments{"plan"} + cloud_.inputs() + reach(where) +
                                       Arguments{"--allow-plaintext"} + open_guards() + in_store());
  EXPECT_NE(planned.exit_code, kFailed) << planned.out << planned.err;
  EXPECT_NE(planned.err.find("may not read the GUID of"), std::string::npos) << planned.err;
}

TEST_F(CliRightDirectorySlapd, WhatWasMovedIsNotFoundByItsName) {
  plan();
  std::string moves;
  for (int n = 1; n <= 3; ++n) {
    moves += "dn: " + user_dn(n) + "\nchangetype: modrdn\nnewrdn: CN=Renamed " + std::to_string(n) +
             "\ndeleteoldrdn: 1\n\n";
  }
  by_hand(moves);
  EXPECT_TRUE(tells(apply(), kGuard, {"objects-missing"}));
  EXPECT_EQ(written(kMailboxes), std::set<int>{});
}

TEST_F(CliRightDirectorySlapd, AnUndoLooksForItsObjectsToo) {
  plan();
  ASSERT_EQ(apply().exit_code, kDone);
  remove(1, 3);
  const ProcessResult stopped =
      trueup(command("undo", *slapd_, Arguments{"1"} + open_guards_of_undo()));
  EXPECT_TRUE(tells(stopped, kGuard, {"objects-missing", "--accept"}));
  EXPECT_EQ(written(kMailboxes), (std::set<int>{4, 5, 6, 7, 8, 9, 10}));
}

// On an AD an object is found by its objectGUID, wherever it is.
class CliRightDirectorySamba : public CliRightDirectory {
 protected:
  void SetUp() override {
    CliRightDirectory::SetUp();
    // Somebody without a mailbox is where others will be moved to.
    const std::string left = replaced(user_ldif(11, ""), "OU=Staff,", "OU=Left,OU=Staff,");
    dc_ = std::make_unique<SambaDc>(SambaDc::Options{.ldif = ldif_ + left + carriers_ldif()});
    modify_by_hand(dc_->admin(), "dn: OU=Left," + std::string(SambaDc::kTenantBase) +
                                     "\nchangetype: add\nobjectClass: organizationalUnit\n");
    must(Arguments{"plan"} + cloud_.inputs() + at_staff() + in_store() + open_guards());
  }
  Arguments at(const std::string& base) const {
    LdapOptions where = dc_->delegated();
    where.base_dn = base;
    return reach(where);
  }
  Arguments at_staff() const { return at("OU=Staff," + std::string(SambaDc::kTenantBase)); }
  void move_three(const std::string& to) const {
    std::string moves;
    for (int n = 1; n <= 3; ++n) {
      const std::string dn = samba_user_dn(n);
      moves += "dn: " + dn + "\nchangetype: modrdn\nnewrdn: " + dn.substr(0, dn.find(',')) +
               "\ndeleteoldrdn: 1\nnewsuperior: " + to + "\n\n";
    }
    modify_by_hand(dc_->admin(), moves);
  }
  /// What the domain has, with `head`, as an export would have it.
  std::string export_of_domain(const std::string& head) const {
    const std::string guarded = slapd_carriers_ldif().substr(carriers_ldif().size());
    return replaced(ldif_ + carriers_ldif(), Slapd::kSuffix, SambaDc::kTenantBase) + head +
           replaced(guarded, Slapd::kSuffix, SambaDc::kBase);
  }
  ProcessResult apply(const Arguments& more) const {
    return trueup(Arguments{"apply"} + in_store() + more);
  }

  std::unique_ptr<SambaDc> dc_;
};

TEST_F(CliRightDirectorySamba, MovedOutOfTheBaseCountsAsMissing) {
  move_three("OU=Left," + std::string(SambaDc::kTenantBase));
  const Versions before = versions(dc_->admin());
  EXPECT_TRUE(tells(apply(at_staff()), kGuard, {"objects-missing", "--accept"}));
  EXPECT_EQ(versions(dc_->admin()), before);
}

TEST_F(CliRightDirectorySamba, MovedWithinTheBaseIsFollowed) {
  move_three("OU=Left,OU=Staff," + std::string(SambaDc::kTenantBase));
  const ProcessResult result = apply(at_staff());
  EXPECT_EQ(result.exit_code, kDone) << result.err;
}

TEST_F(CliRightDirectorySamba, MovedIntoAnExcludeCountsAsMissing) {
  const std::string left = "OU=Left,OU=Staff," + std::string(SambaDc::kTenantBase);
  move_three(left);
  const std::string config = folder_.write("later.toml", "exclude = [\"" + left + "\"]\n");
  EXPECT_TRUE(
      tells(apply(at_staff() + Arguments{"--config", config}), kGuard, {"objects-missing"}));
}

TEST_F(CliRightDirectorySamba, AnExportNamesTheSameAsALiveRead) {
  store_ = "live";
  must(Arguments{"plan"} + cloud_.inputs() + at_staff() + in_store() + open_guards() +
       Arguments{"--out", plan_});
  const std::string directory = header("directory"), guid = header("directory GUID");
  EXPECT_EQ(folded_dn(directory), folded_dn(std::string(SambaDc::kBase)));
  const LdapOptions admin = dc_->admin();
  const ProcessResult head = run_process(
      {"ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-x", "-H", admin.urls.front(), "-D",
       admin.bind_dn, "-y", admin.password_file, "-b", admin.base_dn, "-s", "base", "objectGUID"},
      {.environment = {{"LDAPTLS_CACERT", admin.ca_file}}});
  ASSERT_EQ(head.exit_code, 0) << head.err;
  plan_only(export_of_domain(head.out), "file");
  EXPECT_EQ(folded_dn(header("directory")), folded_dn(directory));
  EXPECT_EQ(header("directory GUID"), guid);
  const ProcessResult applied = apply(at(std::string(SambaDc::kBase)));
  EXPECT_EQ(applied.exit_code, kDone) << applied.err;
}

TEST_F(CliRightDirectorySamba, AnotherForestsHead) {
  const std::string base(SambaDc::kBase);
  plan_only(
      export_of_domain(replaced(replaced(head_, Slapd::kSuffix, base), "dc: contoso", "dc: lab")),
      "file");
  const Versions before = versions(dc_->admin());
  EXPECT_TRUE(fails(apply(at(base)), kUsage, {"directory", base}));
  EXPECT_EQ(versions(dc_->admin()), before);
}

}  // namespace
}  // namespace trueup::cli
