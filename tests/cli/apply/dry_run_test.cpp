// SPDX-License-Identifier: Apache-2.0
// A dry run is the write up to its first modify: it connects, makes every check, and ends as the
// write would. Nothing is written, and the plan is as good as before.
#include <sys/stat.h>

#include <filesystem>

#include "tests/cli/small_tenant.h"

namespace trueup::cli {
namespace {

constexpr int kMailboxes = 10;
const std::string kSince = "CN=Since,OU=Staff," + std::string(Slapd::kSuffix);

class CliDryRunSlapd : public SmallTenant {
 protected:
  void SetUp() override {
    mailboxes(kMailboxes - 1);
    mailbox(kMailboxes, {primary(kMailboxes)}, {primary(kMailboxes), "smtp:sales@contoso.lab"});
    digest_ = plan().at("plan").at("digest");
    before_ = content(*slapd_);
  }

  /// Dry, and nothing is written.
  ProcessResult dry(const Arguments& command) const {
    const auto before = content(*slapd_);
    ProcessResult result = trueup(command + Arguments{"--dry-run"});
    EXPECT_EQ(content(*slapd_), before);
    return result;
  }
  ProcessResult dry_apply(const Arguments& more = {}) const {
    return dry(command("apply", *slapd_, more));
  }
  /// The nightly job, whose AD is the server.
  Arguments run(const Slapd& at) const {
    return nightly(folder_) + cloud_.inputs() + server(at) + in_store() + open_guards();
  }
  /// The same server, at another port or with another password.
  Arguments with(Arguments arguments, const std::string& flag, const std::string& value) const {
    *(std::ranges::find(arguments, flag) + 1) = value;
    return arguments;
  }
  std::string wrong_password() const {
    const std::string file = folder_.write("wrong", "hunter2-is-wrong");
    ::chmod(file.c_str(), 0600);
    return file;
  }
  void remove(int first, int last) const {
    std::string ldif;
    for (int n = first; n <= last; ++n) ldif += "dn: " + user_dn(n) + "\nchangetype: delete\n\n";
    by_hand(ldif);
  }
  void take_the_address() const {
    by_hand(holder_ldif(kSince, proxies({"smtp:sales@contoso.lab"})));
  }
  /// What was not written by a dry run is still to be written.
  void expect_applied(int exit_code, int done) const {
    EXPECT_EQ(applied(exit_code).at("done"), done);
  }

  std::string digest_;
  std::map<std::string, std::map<std::string, Values>> before_;
};

// A port on which nobody listens.
constexpr const char* kNobody = "ldap://127.0.0.1:1";

TEST_F(CliDryRunSlapd, SaysThatItIsOneAndThatNothingStandsInTheWay) {
  const ProcessResult result = dry_apply();
  EXPECT_EQ(result.exit_code, kDone) << result.err;
  EXPECT_NE(result.out.find("dry run"), std::string::npos) << result.out;
  for (const char* name : {"undo.ldif", "rejects.ldif"}) {
    const std::string file = folder_ / ("store/runs/1/" + std::string(name));
    EXPECT_TRUE(!std::filesystem::exists(file) || parse_ldif(read_file(file)).empty()) << name;
  }
  expect_applied(kDone, kMailboxes);
}

TEST_F(CliDryRunSlapd, MayBeMadeAgainAndAgain) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(dry_apply().exit_code, kDone);
  expect_applied(kDone, kMailboxes);
  EXPECT_EQ(dry_apply().exit_code, kUsage) << "it is applied already";
}

TEST_F(CliDryRunSlapd, AServerThatIsNotThere) {
  const Arguments nobody = with(command("apply", *slapd_, {"--outage-wait", "1"}), "--ad", kNobody);
  EXPECT_TRUE(fails(dry(nobody), kFailed, {"127\\.0\\.0\\.1:1"}));
  expect_applied(kDone, kMailboxes);
}

TEST_F(CliDryRunSlapd, APasswordThatIsRefused) {
  const Arguments refused = with(command("apply", *slapd_), "--password-file", wrong_password());
  EXPECT_TRUE(fails(dry(refused), kFailed, {"password|credentials"}));
  expect_applied(kDone, kMailboxes);
}

TEST_F(CliDryRunSlapd, AnotherDirectory) {
  const Slapd other({.ldif = head_ldif(500'001) + ldif_ + slapd_carriers_ldif()});
  EXPECT_TRUE(fails(dry(command("apply", other)), kUsage, {"directory", "DC=contoso,DC=lab"}));
  EXPECT_EQ(content(other).at(folded_dn(user_dn(1))).at("extensionAttribute1"), Values{"old"});
  expect_applied(kDone, kMailboxes);
}

TEST_F(CliDryRunSlapd, ObjectsThatAreMissing) {
  remove(1, 3);
  EXPECT_TRUE(tells(dry_apply(), kGuard, {"objects-missing", digest_}));
  EXPECT_NE(dry_apply({"--accept", digest_}).exit_code, kGuard);
  // The acceptance was for the dry run, and let nothing through for good.
  EXPECT_EQ(apply().exit_code, kGuard);
  EXPECT_EQ(applied(kSomeRejected, {"--accept", digest_}).at("done"), kMailboxes - 3);
}

// Few enough for no guard, and read back all the same: rejects of the write.
TEST_F(CliDryRunSlapd, EndsAsTheWriteWouldIfObjectsAreMissing) {
  remove(1, 2);
  const int dry = dry_apply().exit_code;
  EXPECT_EQ(dry, apply().exit_code);
}

TEST_F(CliDryRunSlapd, AnAddressThatIsTaken) {
  take_the_address();
  EXPECT_TRUE(tells(dry_apply(), kSomeRejected, {"address-taken", kSince}));
  // It is free again: nothing stays of the finding.
  by_hand("dn: " + kSince + "\nchangetype: delete\n");
  expect_applied(kDone, kMailboxes);
  EXPECT_TRUE(addresses(kMailboxes).contains("smtp:sales@contoso.lab"));
}

TEST_F(CliDryRunSlapd, AnAddressThatIsStillTakenWhenItIsWritten) {
  take_the_address();
  EXPECT_EQ(dry_apply().exit_code, kSomeRejected);
  EXPECT_EQ(applied(kSomeRejected).at("address_taken"), 1);
  EXPECT_EQ(reject(1, kMailboxes).comment("reason"), "address-taken");
}

TEST_F(CliDryRunSlapd, OfAnUndoAndOfRejects) {
  take_the_address();
  ASSERT_EQ(apply().exit_code, kSomeRejected);
  EXPECT_EQ(dry_apply({"--rejects", "1"}).exit_code, kSomeRejected);
  const ProcessResult undo = dry(command("undo", *slapd_, Arguments{"1"} + open_guards_of_undo()));
  EXPECT_EQ(undo.exit_code, kDone) << undo.err;
  must(command("undo", *slapd_, Arguments{"1"} + open_guards_of_undo()));
  EXPECT_EQ(written(kMailboxes), std::set<int>{});
}

TEST_F(CliDryRunSlapd, OfAResume) {
  ASSERT_EQ(apply({"--deadline", "2020-01-01T05:00"}).exit_code, kStoppedEarly);
  EXPECT_EQ(dry_apply({"--resume", "1"}).exit_code, kDone);
  take_the_address();
  EXPECT_EQ(dry_apply({"--resume", "1"}).exit_code, kSomeRejected);
  EXPECT_EQ(applied(kSomeRejected, {"--resume", "1"}).at("address_taken"), 1);
  EXPECT_EQ(written(kMailboxes).size(), std::size_t{kMailboxes});
}

// --- The nightly job ---

TEST_F(CliDryRunSlapd, OfANight) {
  const ProcessResult result = dry(run(*slapd_));
  EXPECT_EQ(result.exit_code, kDone) << result.err;
  EXPECT_NE(result.out.find("dry run"), std::string::npos) << result.out;
  must(run(*slapd_));
  EXPECT_EQ(written(kMailboxes).size(), std::size_t{kMailboxes});
}

TEST_F(CliDryRunSlapd, OfANightWhoseServerIsNotThereOrRefusesThePassword) {
  EXPECT_TRUE(tells(dry(with(run(*slapd_), "--ad", kNobody) + Arguments{"--outage-wait", "1"}),
                    kFailed, {"127\\.0\\.0\\.1:1"}));
  EXPECT_TRUE(tells(dry(with(run(*slapd_), "--password-file", wrong_password())), kFailed,
                    {"password|credentials"}));
  must(run(*slapd_));
}

// The export is read, and the server written: it is the server that the dry run has to look at.
TEST_F(CliDryRunSlapd, OfANightThatReadsAnExport) {
  const Arguments night = nightly(folder_) + from_export() + in_store() + open_guards();
  const Arguments both = night + server(*slapd_);
  EXPECT_EQ(dry(both).exit_code, kDone);
  take_the_address();
  EXPECT_TRUE(tells(dry(both), kSomeRejected, {"address-taken", kSince}));
  remove(1, 3);
  EXPECT_EQ(dry(both).exit_code, kGuard);
  const Slapd other({.ldif = head_ldif(500'001) + ldif_ + slapd_carriers_ldif()});
  EXPECT_EQ(dry(night + server(other)).exit_code, kUsage);
}

// Graph takes hours; what is wrong with AD is told before.
TEST_F(CliDryRunSlapd, ANightTellsOfAnUnreachableAdBeforeItReadsGraph) {
  const std::string damaged = folder_.write("damaged.json", "{\"value\": [{\"id\": ");
  const Arguments night = with(run(*slapd_), "--graph", damaged);
  for (const Arguments& dry_or_not : {Arguments{}, Arguments{"--dry-run"}}) {
    const ProcessResult refused =
        trueup(with(night, "--password-file", wrong_password()) + dry_or_not);
    EXPECT_TRUE(tells(refused, kFailed, {"ldap://", "password|credentials"}));
    EXPECT_EQ(refused.err.find("damaged.json"), std::string::npos) << refused.err;
    const ProcessResult nobody =
        trueup(with(night, "--ad", kNobody) + Arguments{"--outage-wait", "1"} + dry_or_not);
    EXPECT_TRUE(tells(nobody, kFailed, {"127\\.0\\.0\\.1:1"}));
    EXPECT_EQ(nobody.err.find("damaged.json"), std::string::npos) << nobody.err;
    EXPECT_TRUE(tells(trueup(night + dry_or_not), kFailed, {"damaged\\.json"}))
        << "with a good AD it is Graph's turn";
  }
  EXPECT_EQ(content(*slapd_), before_);
}

}  // namespace
}  // namespace trueup::cli
