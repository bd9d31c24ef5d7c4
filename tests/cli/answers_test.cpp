// SPDX-License-Identifier: Apache-2.0
// What the commands say of past runs and of single mailboxes: run.json, runs, show, and a second
// undo or a second try of the rejects.
#include <fstream>
#include <regex>

#include "snapshots/store/journal.h"
#include "snapshots/store/store.h"
#include "tests/cli/every_verdict.h"

namespace trueup::cli {
namespace {

const std::string kSince = "CN=Since,OU=Staff," + std::string(Slapd::kSuffix);

class CliAnswersSlapd : public SmallTenant {
 protected:
  Json blocks(int run) const { return Json::parse(run_file(run, "run.json")).at("commands"); }
  ProcessResult undo(int run, const Arguments& more = {}) const {
    return trueup(
        command("undo", *slapd_, Arguments{std::to_string(run)} + open_guards_of_undo() + more));
  }
  ProcessResult show(const std::string& name, const Arguments& more = {}) const {
    return trueup(Arguments{"show", name} + in_store() + more);
  }
  std::string runs() const { return must(Arguments{"runs"} + in_store()).out; }
};

TEST_F(CliAnswersSlapd, RunJsonHasABlockForEachCommand) {
  mailboxes(5);
  plan();
  ASSERT_EQ(apply({"--dry-run"}).exit_code, kDone);
  ASSERT_EQ(apply().exit_code, kDone);
  ASSERT_EQ(trueup(command("verify", *slapd_, {"1"})).exit_code, kDone);
  ASSERT_EQ(undo(1).exit_code, kDone);
  const Json all = blocks(1);
  std::vector<std::string> commands;
  for (const Json& block : all) {
    commands.push_back(block.at("command"));
    EXPECT_TRUE(std::regex_match(block.at("started_at").get<std::string>(),
                                 std::regex("20\\d\\d-\\d\\d-\\d\\dT[\\d:]{8}Z")));
    EXPECT_GE(block.at("ended_at"), block.at("started_at"));
    for (const char* key : {"host", "user", "version", "naming_context", "directory_guid"}) {
      EXPECT_FALSE(block.at(key).get<std::string>().empty()) << key;
    }
    EXPECT_EQ(block.at("options").at("store").at(0), folder_ / store_);
    EXPECT_EQ(block.at("exit_code"), 0);
  }
  EXPECT_EQ(commands, (std::vector<std::string>{"plan", "apply", "apply", "verify", "undo"}));
  EXPECT_EQ(all[0].at("plan").at("changes"), 5) << "the plan's counts are still there";
  EXPECT_FALSE(all[0].at("guards").empty());
  EXPECT_EQ(all[1].at("dry_run"), true);
  EXPECT_EQ(all[2].at("applied").at("done"), 5);
  EXPECT_EQ(all[3].at("verified").at("checked"), 5);
  EXPECT_EQ(all[4].at("run"), 2) << "the run that took it back";
  EXPECT_EQ(blocks(2).at(0).at("undo_of"), 1);
  EXPECT_EQ(run_file(1, "run.json").find("password\n"), std::string::npos);
}

TEST_F(CliAnswersSlapd, AFailureStandsThereWithItsReason) {
  mailboxes(2);
  plan();
  Arguments nobody = command("apply", *slapd_);
  *(std::ranges::find(nobody, "--ad") + 1) = "ldap://127.0.0.1:1";
  EXPECT_EQ(trueup(nobody).exit_code, kFailed);
  const Json last = blocks(1).back();
  EXPECT_EQ(last.at("command"), "apply");
  EXPECT_EQ(last.at("exit_code"), 1);
  EXPECT_NE(last.at("error").get<std::string>().find("127.0.0.1:1"), std::string::npos);
  EXPECT_NE(runs().find("failed: "), std::string::npos) << runs();
  EXPECT_EQ(applied(kDone).at("done"), 2) << "it is still the plan that it was";
  EXPECT_EQ(runs().find("failed: "), std::string::npos) << runs();
}

TEST_F(CliAnswersSlapd, ADamagedRunJsonIsKeptBeside) {
  mailboxes(2);
  plan();
  const std::string path = folder_ / (store_ + "/runs/1/run.json");
  std::ofstream(path) << "{\"run\": 1, \"commands\": [";
  const ProcessResult result = apply();
  EXPECT_EQ(result.exit_code, kDone) << result.err;
  EXPECT_EQ(blocks(1).size(), 1U);
  EXPECT_EQ(run_file(1, "run.json.damaged-1"), "{\"run\": 1, \"commands\": [");
  EXPECT_NE(result.err.find("run.json.damaged-1"), std::string::npos) << result.err;
}

TEST_F(CliAnswersSlapd, RunsTellsScopeDryRunsWritesAndUndos) {
  mailboxes(3);
  plan();
  ASSERT_EQ(apply({"--dry-run"}).exit_code, kDone);
  EXPECT_EQ(runs().find(" wrote "), std::string::npos) << "a dry run writes nothing";
  ASSERT_EQ(apply().exit_code, kDone);
  ASSERT_EQ(undo(1).exit_code, kDone);
  const std::string text = runs();
  for (const char* part : {"exchange-cloud-managed", "dry run 20", "wrote 20",
                           "undone by run 2: 3 of 3", "takes back what run 1 wrote"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  const Json json = trueup_json(Arguments{"runs"} + in_store());
  EXPECT_EQ(json[0].at("scope"), "exchange-cloud-managed");
  EXPECT_EQ(json[0].at("undone_by"), 2);
  EXPECT_EQ(json[1].at("undo_of"), 1);
  EXPECT_GT(json[0].at("wrote_from"), 0);
}

TEST_F(CliAnswersSlapd, AnUndoneRunIsNotUndoneAgain) {
  mailboxes(3);
  plan();
  ASSERT_EQ(apply().exit_code, kDone);
  ASSERT_EQ(undo(1).exit_code, kDone);
  EXPECT_TRUE(fails(undo(1), kUsage, {"run 1 is undone already, by run 2", "trueup undo 2"}));
  // Made again by taking the undo back, it may be undone again.
  ASSERT_EQ(undo(2).exit_code, kDone);
  EXPECT_EQ(written(3), (std::set<int>{1, 2, 3}));
  EXPECT_EQ(undo(1).exit_code, kDone);
  EXPECT_EQ(written(3), std::set<int>{});
}

TEST_F(CliAnswersSlapd, AnUndoThatCouldNotTakeAllBackSaysHowToGoOn) {
  mailboxes(3);
  plan();
  ASSERT_EQ(apply().exit_code, kDone);
  by_hand(edit_ldif(user_dn(2), "replace", "extensionAttribute1", "by hand"));
  ASSERT_EQ(undo(1).exit_code, kSomeRejected);
  EXPECT_TRUE(fails(undo(1), kUsage, {"by run 2", "but for 1 of its changes", "--rejects 2"}));
  by_hand(edit_ldif(user_dn(2), "replace", "extensionAttribute1", "new"));
  EXPECT_EQ(applied(kDone, {"--rejects", "2"}).at("done"), 1);
}

// What a run gave everybody goes again; other guards stop an undo as they stop any plan.
TEST_F(CliAnswersSlapd, AnUndoIsNotStoppedByLosingAlone) {
  for (int n = 1; n <= 12; ++n) {
    ldif_ += user_ldif(n, proxies({primary(n)}));
    cloud_.put(n, {{"EmailAddresses",
                    Addresses{primary(n), "smtp:more" + std::to_string(n) + "@contoso.lab"}}});
  }
  plan();
  ASSERT_EQ(apply().exit_code, kDone);
  const Arguments wide = {"--guards-changed", "100, 100%", "--guards-losing", "1, 0.1%"};
  const ProcessResult stopped =
      trueup(command("undo", *slapd_,
                     Arguments{"1", "--dry-run"} + open_guards_of_undo() +
                         Arguments{"--guards-losing", "1, 0.1%", "--guards-changed", "1, 0.1%"}));
  EXPECT_EQ(stopped.exit_code, kGuard) << stopped.out;
  const ProcessResult done =
      trueup(command("undo", *slapd_, Arguments{"1"} + open_guards_of_undo() + wide));
  EXPECT_EQ(done.exit_code, kDone) << done.out << done.err;
  EXPECT_EQ(addresses(7), Values{primary(7)});
}

// ... of all that it wrote: where something of that may be left, the guard stays.
TEST_F(CliAnswersSlapd, AnUndoOfNotAllIsStoppedByLosing) {
  for (int n = 1; n <= 12; ++n) {
    ldif_ += user_ldif(n, proxies({primary(n)}));
    cloud_.put(n, {{"EmailAddresses",
                    Addresses{primary(n), "smtp:more" + std::to_string(n) + "@contoso.lab"}}});
  }
  plan();
  ASSERT_EQ(apply().exit_code, kDone);
  {
    const auto store = Store::open(folder_ / store_, Store::Mode::kReadWrite);
    const JournalEntry lost{.number = 12, .verdict = Verdict::kUnknown};
    Journal(*store, 1).append({&lost, 1});
    store->sync();
  }
  const Arguments tight = {"--guards-losing", "1, 0.1%"};
  EXPECT_TRUE(tells(undo(1, tight), kGuard, {"losing", "does not cover all", "1 of its changes"}));
  EXPECT_EQ(addresses(7).size(), 2U) << "nothing was taken back";
}

// The second time it tries what the first one could not do.
TEST_F(CliAnswersSlapd, RejectsOfOneRunTwice) {
  mailboxes(3);
  plan();
  for (const int n : {2, 3}) {
    by_hand(edit_ldif(user_dn(n), "replace", "extensionAttribute1", "by hand"));
  }
  ASSERT_EQ(apply().exit_code, kSomeRejected);
  by_hand(edit_ldif(user_dn(2), "replace", "extensionAttribute1", "old"));
  EXPECT_EQ(applied(kSomeRejected, {"--rejects", "1"}).at("done"), 1);
  by_hand(edit_ldif(user_dn(3), "replace", "extensionAttribute1", "old"));
  EXPECT_EQ(applied(kDone, {"--rejects", "1"}).at("done"), 1);
  EXPECT_EQ(written(3), (std::set<int>{1, 2, 3}));
  EXPECT_EQ(applied(kDone, {"--rejects", "1"}).at("done"), 0) << "nothing is left";
}

// Of two plans of one content only one can be applied: what it writes, the other has not seen.
TEST_F(CliAnswersSlapd, TwoPlansOfTheSameContentAreNotBothApplied) {
  mailboxes(3);
  plan({"--out", folder_ / "first.ldif"});
  plan({"--attributes", "extensionAttribute1", "--out", folder_ / "second.ldif"});
  EXPECT_EQ(applied(kDone, {"--plan", folder_ / "first.ldif"}).at("done"), 3);
  EXPECT_TRUE(fails(apply({"--plan", folder_ / "second.ldif"}), kUsage, {"older", "plan again"}));
}

// Who holds an address is a part of the content, be it a contact in another domain's export.
TEST_F(CliAnswersSlapd, AnotherHolderIsAnotherContent) {
  mailboxes(2);
  mailbox(3, {primary(3)}, {primary(3), "smtp:sales@contoso.lab"});
  const auto other_domain = [&](const std::string& address) {
    return Arguments{"--ad-extra", folder_.write("extra.ldif",
                                                 "dn: CN=There,DC=child,DC=contoso,DC=lab\n"
                                                 "objectClass: contact\n" +
                                                     proxies({address}))};
  };
  plan(other_domain("smtp:there@contoso.lab") + Arguments{"--out", folder_ / "first.ldif"});
  plan(other_domain("smtp:sales@contoso.lab"));
  EXPECT_TRUE(fails(apply({"--plan", folder_ / "first.ldif"}), kUsage, {"older", "plan again"}));
}

// Nothing went in, so that the run has made nothing out of date.
TEST_F(CliAnswersSlapd, RejectsAgainWhereNothingWasTaken) {
  mailboxes(3);
  plan();
  by_hand(edit_ldif(user_dn(2), "replace", "extensionAttribute1", "by hand"));
  ASSERT_EQ(apply().exit_code, kSomeRejected);
  EXPECT_EQ(applied(kSomeRejected, {"--rejects", "1"}).at("done"), 0);
  EXPECT_EQ(applied(kSomeRejected, {"--rejects", "1"}).at("done"), 0);
}

// --- show ---

using CliVerdictsSlapd = EveryVerdict;

TEST_F(CliVerdictsSlapd, ShowGivesThoseOfThePlan) {
  plan(exclude());
  const auto verdict = [&](int n) {
    return trueup_json(Arguments{"show", address(n)} + in_store() + exclude())
        .at("verdict")
        .get<std::string>();
  };
  EXPECT_EQ(verdict(1), "to be changed");
  EXPECT_NE(verdict(5).find("to be changed; refused: address-taken (proxyAddresses)"),
            std::string::npos)
      << verdict(5);
  EXPECT_NE(verdict(5).find(contact_), std::string::npos) << verdict(5);
  EXPECT_EQ(verdict(7), "to be changed, after " + user_dn(6));
  EXPECT_NE(verdict(9).find("refused: depends-on"), std::string::npos) << verdict(9);
  EXPECT_NE(verdict(10).find("held: excluded"), std::string::npos) << verdict(10);
  EXPECT_NE(verdict(11).find("held: admin-count"), std::string::npos) << verdict(11);
  EXPECT_NE(verdict(12).find("refused: on-prem-mailbox"), std::string::npos) << verdict(12);
  EXPECT_EQ(verdict(13), "in agreement");
}

TEST_F(CliAnswersSlapd, ShowFindsPeopleByWhatTheyAreCalled) {
  const auto user = [&](int n, const std::string& account, const std::string& name) {
    ldif_ += user_ldif(n, "extensionAttribute1: old\nsAMAccountName: " + account +
                              "\ndisplayName: " + name + "\n" + proxies({primary(n)}));
    cloud_.put(n, {{"CustomAttribute1", "new"}, {"EmailAddresses", Addresses{primary(n)}}});
  };
  user(1, "amiller", "Anna Miller");
  user(2, "bmiller", "Bert Miller");
  user(3, "cmeyer", "Cleo Meyer");
  plan();
  for (const char* name : {"AMILLER", "anna miller", "Anna", "User 0001"}) {
    const ProcessResult shown = show(name);
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    EXPECT_NE(shown.out.find("ad: " + user_dn(1)), std::string::npos) << name << shown.out;
    EXPECT_NE(shown.out.find("known as Anna Miller"), std::string::npos) << shown.out;
  }
  const ProcessResult several = show("Miller");
  EXPECT_EQ(several.exit_code, 1);
  EXPECT_NE(several.err.find("2 objects answer to 'Miller'"), std::string::npos) << several.err;
  EXPECT_NE(several.out.find(user_dn(1)), std::string::npos) << several.out;
  EXPECT_NE(several.out.find(user_dn(2)), std::string::npos) << several.out;
  EXPECT_TRUE(fails(trueup(Arguments{"show", "Anna", "Miller"} + in_store()), kUsage,
                    {"Miller", "quotes"}));
  EXPECT_TRUE(fails(show("Nobody"), 1, {"Nobody"}));
}

TEST_F(CliAnswersSlapd, ShowFindsWhatIsNoMailbox) {
  mailboxes(2);
  ldif_ += replaced_once(holder_ldif(kSince, proxies({"smtp:sales@contoso.lab"})),
                         "changetype: add\n", "");
  plan();
  const ProcessResult shown = show("sales@contoso.lab");
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_NE(shown.out.find(kSince), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("no mailbox"), std::string::npos) << shown.out;
}

TEST_F(CliAnswersSlapd, ShowNamesTypesAndRefusedAnchors) {
  mailboxes(1);
  ldif_ += user_ldif(2,
                     "msExchRecipientTypeDetails: 34359738368\n"
                     "msExchRecipientDisplayType: -2147483642\n" +
                         proxies({primary(2)}));
  cloud_.put(2,
             {{"RecipientTypeDetails", "RoomMailbox"}, {"EmailAddresses", Addresses{primary(2)}}});
  plan();
  const std::string shown = show(primary(2)).out;
  EXPECT_NE(shown.find("34359738368 (RemoteSharedMailbox)"), std::string::npos) << shown;
  EXPECT_NE(shown.find("8589934592 (RemoteRoomMailbox)"), std::string::npos) << shown;
}

}  // namespace
}  // namespace trueup::cli
