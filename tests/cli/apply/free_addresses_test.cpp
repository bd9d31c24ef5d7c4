// SPDX-License-Identifier: Apache-2.0
// An address that is gained is proven free in the directory as it is now, before the first write:
// what another object has got since the plan was made stays with it.
#include <chrono>
#include <csignal>
#include <thread>

#include "tests/cli/small_tenant.h"

namespace trueup::cli {
namespace {

const std::string kSince = "CN=Since,OU=Staff," + std::string(Slapd::kSuffix);
constexpr const char* kTaken = "address-taken";

class CliFreeAddressesSlapd : public SmallTenant {
 protected:
  /// Adds a contact by hand, after the plan was made.
  void hold(const std::string& address, const std::string& dn = kSince) const {
    by_hand(holder_ldif(dn, proxies({address})));
  }
  /// Mailbox 1 gains `address`; nobody else has anything to do with addresses.
  void one_gains(const std::string& address) {
    mailbox(1, {primary(1)}, {primary(1), address});
    mailbox(2, {primary(2)}, {primary(2)});
    plan();
  }
  /// Mailbox 1 did not get its address, because of `holder`; its other edit was made, and so was
  /// that of mailbox 2.
  void expect_taken(const Json& result, const std::string& holder) {
    EXPECT_EQ(result.at("address_taken"), 1);
    EXPECT_EQ(reject(1, 1).comment("reason"), kTaken) << run_file(1, "rejects.ldif");
    EXPECT_TRUE(mentions(reject(1, 1), holder)) << run_file(1, "rejects.ldif");
    EXPECT_EQ(addresses(1), Values{primary(1)});
    EXPECT_EQ(written(2), (std::set<int>{1, 2}));
  }
};

TEST_F(CliFreeAddressesSlapd, WhatAContactHasGotSince) {
  one_gains("smtp:sales@contoso.lab");
  hold("smtp:sales@contoso.lab");
  const ProcessResult result = apply();
  EXPECT_EQ(result.exit_code, kSomeRejected) << result.err;
  const Json run = Json::parse(run_file(1, "run.json"));
  EXPECT_NE(run.dump().find("\"address_taken\":1"), std::string::npos) << run.dump(1);
  const LdifRecord record = reject(1, 1);
  EXPECT_EQ(record.comment("reason"), kTaken) << run_file(1, "rejects.ldif");
  EXPECT_TRUE(mentions(record, kSince)) << run_file(1, "rejects.ldif");
  EXPECT_EQ(edits_of({record}).begin()->second, (AttributeEdit{{}, {"smtp:sales@contoso.lab"}}))
      << "the address, and nothing of what was written";
  EXPECT_EQ(edits_of({record}).size(), 1U);
  EXPECT_EQ(addresses(1), Values{primary(1)});
  EXPECT_EQ(written(2), (std::set<int>{1, 2}));
  // What was not written is not taken back either.
  must(command("undo", *slapd_, Arguments{"1"} + open_guards_of_undo()));
  EXPECT_EQ(written(2), std::set<int>{});
}

TEST_F(CliFreeAddressesSlapd, InAnotherCaseAndAsAPrimary) {
  one_gains("smtp:sales@contoso.lab");
  hold("SMTP:Sales@Contoso.LAB");
  expect_taken(applied(kSomeRejected), kSince);
}

TEST_F(CliFreeAddressesSlapd, AsMailOnly) {
  one_gains("smtp:sales@contoso.lab");
  by_hand(holder_ldif(kSince, "mail: sales@contoso.lab\n"));
  expect_taken(applied(kSomeRejected), kSince);
}

TEST_F(CliFreeAddressesSlapd, AGroupHoldsItToo) {
  one_gains("smtp:sales@contoso.lab");
  by_hand(holder_ldif(kSince, proxies({"SMTP:sales@contoso.lab"}), "group"));
  expect_taken(applied(kSomeRejected), kSince);
}

TEST_F(CliFreeAddressesSlapd, AnX500Address) {
  const std::string legacy =
      "X500:/o=Contoso/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=s*";
  one_gains(legacy);
  hold(legacy);
  expect_taken(applied(kSomeRejected), kSince);
}

TEST_F(CliFreeAddressesSlapd, AStarIsNoWildcard) {
  one_gains("smtp:s*s@contoso.lab");
  hold("smtp:sales@contoso.lab");
  EXPECT_EQ(applied(kDone).at("done"), 2);
}

// Addresses are looked for many at a time.
TEST_F(CliFreeAddressesSlapd, EveryOneOfMany) {
  constexpr int kMany = 130;
  const auto gained = [](int n) { return "smtp:gain" + std::to_string(n) + "@contoso.lab"; };
  for (int n = 1; n <= kMany; ++n) mailbox(n, {primary(n)}, {primary(n), gained(n)});
  plan();
  const std::set<int> taken = {1, 49, 50, 51, 100, 101, 130};
  for (const int n : taken) {
    hold(gained(n), "CN=Since " + std::to_string(n) + ",OU=Staff," + std::string(Slapd::kSuffix));
  }
  EXPECT_EQ(applied(kSomeRejected).at("address_taken"), taken.size());
  auto entries = content(*slapd_);
  for (int n = 1; n <= kMany; ++n) {
    EXPECT_NE(entries[folded_dn(user_dn(n))]["proxyAddresses"].contains(gained(n)),
              taken.contains(n))
        << n;
  }
}

// mail is an address as well, and goes with the others.
TEST_F(CliFreeAddressesSlapd, MailIsGainedAndKeptBackLikeTheOthers) {
  const auto user = [&](int n, const std::string& mail, const Addresses& in_cloud) {
    const std::string now = "user" + std::to_string(n) + "@contoso.lab";
    ldif_ += user_ldif(n, "extensionAttribute1: old\nmail: " + now + "\n" + proxies({primary(n)}));
    cloud_.put(
        n,
        {{"CustomAttribute1", "new"}, {"WindowsEmailAddress", mail}, {"EmailAddresses", in_cloud}});
  };
  user(1, "boss@contoso.lab", {"SMTP:boss@contoso.lab", "smtp:user1@contoso.lab"});
  user(2, "desk@contoso.lab", {primary(2)});
  user(3, "user3@contoso.lab", {primary(3)});
  plan();
  hold("SMTP:boss@contoso.lab");
  hold("smtp:desk@contoso.lab", "CN=Desk,OU=Staff," + std::string(Slapd::kSuffix));
  EXPECT_EQ(applied(kSomeRejected).at("address_taken"), 2);
  for (const int n : {1, 2}) {
    EXPECT_EQ(reject(1, n).comment("reason"), kTaken) << run_file(1, "rejects.ldif");
    EXPECT_EQ(addresses(n), Values{primary(n)});
    EXPECT_EQ(values(user_dn(n), "mail"), Values{"user" + std::to_string(n) + "@contoso.lab"});
  }
  EXPECT_EQ(written(3), (std::set<int>{1, 2, 3}));
}

TEST_F(CliFreeAddressesSlapd, AServerThatIsNoGlobalCatalogIsRefusedAsOne) {
  one_gains("smtp:sales@contoso.lab");
  const std::string url = slapd_->plain().urls.front();
  EXPECT_TRUE(fails(apply({"--ad-gc", url}), kUsage, {url, "global catalog"}));
  EXPECT_EQ(written(2), std::set<int>{});
  EXPECT_EQ(apply().exit_code, kDone);
}

TEST_F(CliFreeAddressesSlapd, AHolderOutsideTheBase) {
  const std::string elsewhere = "CN=Since,OU=Elsewhere," + std::string(Slapd::kSuffix);
  ldif_ += "dn: OU=Elsewhere," + std::string(Slapd::kSuffix) +
           "\nobjectClass: top\nobjectClass: organizationalUnit\nou: Elsewhere\n\n";
  one_gains("smtp:sales@contoso.lab");
  hold("smtp:sales@contoso.lab", elsewhere);
  Arguments below_staff = command("apply", *slapd_);
  *(std::ranges::find(below_staff, "--base") + 1) = "OU=Staff," + std::string(Slapd::kSuffix);
  expect_taken(trueup_json(below_staff, kSomeRejected).at("applied"), elsewhere);
}

// It is no other holder.
TEST_F(CliFreeAddressesSlapd, WhatTheMailboxItselfHasGotSince) {
  one_gains("smtp:sales@contoso.lab");
  by_hand(edit_ldif(user_dn(1), "add", "proxyAddresses", "smtp:sales@contoso.lab"));
  EXPECT_EQ(apply().exit_code, kDone);
  EXPECT_EQ(written(2), (std::set<int>{1, 2}));
}

// A directory may find more than it was asked for: é for e on an AD, ａ for a on a slapd as well.
TEST_F(CliFreeAddressesSlapd, TwinsInWidthAndAccentAreOtherAddresses) {
  mailbox(1, {primary(1)}, {primary(1), "smtp:rene@contoso.lab"});
  mailbox(2, {primary(2)}, {primary(2), "smtp:a@contoso.lab"});
  plan();
  hold("smtp:ren\xC3\xA9@contoso.lab");
  hold("smtp:\xEF\xBD\x81@contoso.lab", "CN=Wide,OU=Staff," + std::string(Slapd::kSuffix));
  const Json result = applied(kDone);
  EXPECT_EQ(result.at("done"), 2);
  EXPECT_TRUE(addresses(1).contains("smtp:rene@contoso.lab"));
  EXPECT_TRUE(addresses(2).contains("smtp:a@contoso.lab"));
}

TEST_F(CliFreeAddressesSlapd, APrefixThatChangesIsNoGain) {
  mailbox(1, {primary(1), "smtp:twice@contoso.lab"},
          {"smtp:user1@contoso.lab", "SMTP:twice@contoso.lab"});
  plan();
  hold("smtp:twice@contoso.lab");
  EXPECT_EQ(applied(kDone).at("done"), 1);
  EXPECT_EQ(addresses(1), (Values{"smtp:user1@contoso.lab", "SMTP:twice@contoso.lab"}));
}

TEST_F(CliFreeAddressesSlapd, NorIfItWasThereTwiceWhenThePlanWasMade) {
  ldif_ = replaced_once(holder_ldif(kSince, proxies({"smtp:twice@contoso.lab"})),
                        "changetype: add\n", "");
  mailbox(1, {primary(1), "smtp:twice@contoso.lab"},
          {"smtp:user1@contoso.lab", "SMTP:twice@contoso.lab"});
  plan();
  EXPECT_EQ(applied(kDone).at("done"), 1);
  EXPECT_EQ(addresses(1), (Values{"smtp:user1@contoso.lab", "SMTP:twice@contoso.lab"}));
}

// One change, two things in its way: both are told.
TEST_F(CliFreeAddressesSlapd, TheHolderIsToldBesideAConflict) {
  one_gains("smtp:sales@contoso.lab");
  hold("smtp:sales@contoso.lab");
  by_hand(edit_ldif(user_dn(1), "replace", "extensionAttribute1", "by hand"));
  EXPECT_EQ(apply().exit_code, kSomeRejected);
  EXPECT_TRUE(mentions(reject(1, 1), kSince)) << run_file(1, "rejects.ldif");
  EXPECT_TRUE(mentions(reject(1, 1), "by hand")) << run_file(1, "rejects.ldif");
  EXPECT_EQ(addresses(1), Values{primary(1)});
}

TEST_F(CliFreeAddressesSlapd, WithTheSearchOffItIsWrittenWithAWarning) {
  one_gains("smtp:sales@contoso.lab");
  hold("smtp:sales@contoso.lab");
  const ProcessResult result = apply({"--address-search", "false"});
  EXPECT_EQ(result.exit_code, kDone) << result.err;
  EXPECT_NE(result.err.find("address_search"), std::string::npos) << result.err;
  EXPECT_TRUE(addresses(1).contains("smtp:sales@contoso.lab"));
}

// A record that cannot be read may hold anything. The search settles it; without it, nobody knows.
TEST_F(CliFreeAddressesSlapd, WithTheSearchOffWhatAnUnreadableRecordMayHoldIsRefused) {
  mailbox(1, {primary(1)}, {primary(1), "smtp:sales@contoso.lab"});
  mailbox(2, {primary(2)}, {primary(2)});
  start();
  ldif_ += "dn: CN=Broken,OU=Staff," + std::string(Slapd::kSuffix) +
           "\nobjectClass: user\nproxyAddresses:: !!!!\n\n";
  const Arguments some_defects = {"--max-defects", "50%"};
  plan(some_defects + Arguments{"--address-search", "false"});
  EXPECT_EQ(apply({"--address-search", "false"}).exit_code, kSomeRejected);
  EXPECT_EQ(reject(1, 1).comment("reason"), "address-unknown") << run_file(1, "rejects.ldif");
  EXPECT_EQ(addresses(1), Values{primary(1)});

  store_ = "searched";
  slapd_->reset();
  plan(some_defects);
  EXPECT_EQ(applied(kDone).at("done"), 2);
  EXPECT_TRUE(addresses(1).contains("smtp:sales@contoso.lab"));
}

TEST_F(CliFreeAddressesSlapd, RejectsWhileTheHolderHasItAndAfterwards) {
  one_gains("smtp:sales@contoso.lab");
  hold("smtp:sales@contoso.lab");
  ASSERT_EQ(apply().exit_code, kSomeRejected);
  const Json still = applied(kSomeRejected, {"--rejects", "1"});
  EXPECT_EQ(still.at("done"), 0);
  EXPECT_EQ(still.at("address_taken"), 1);
  EXPECT_EQ(reject(2, 1).comment("reason"), kTaken) << run_file(2, "rejects.ldif");
  EXPECT_EQ(addresses(1), Values{primary(1)});

  by_hand(edit_ldif(kSince, "delete", "proxyAddresses", "smtp:sales@contoso.lab"));
  EXPECT_EQ(applied(kDone, {"--rejects", "2"}).at("done"), 1);
  EXPECT_EQ(addresses(1), (Values{primary(1), "smtp:sales@contoso.lab"}));
  EXPECT_EQ(values(kSince, "proxyAddresses"), Values{});
}

// --- Addresses that move within the plan ---

class CliMovingAddressesSlapd : public CliFreeAddressesSlapd {
 protected:
  static constexpr const char* kX = "smtp:x@contoso.lab";
  static constexpr const char* kY = "smtp:y@contoso.lab";

  /// x goes from mailbox 1 to 2, y from 2 to 3.
  void chain() {
    mailbox(1, {primary(1), kX}, {primary(1)});
    mailbox(2, {primary(2), kY}, {primary(2), kX});
    mailbox(3, {primary(3)}, {primary(3), kY});
    plan();
  }
  void expect_moved() {
    EXPECT_EQ(addresses(1), (Values{primary(1)}));
    EXPECT_EQ(addresses(2), (Values{primary(2), kX}));
    EXPECT_EQ(addresses(3), (Values{primary(3), kY}));
    EXPECT_EQ(written(3), (std::set<int>{1, 2, 3}));
  }
  /// Stops the run by signal once mailbox `n` is written, with seconds to go until the next one.
  void stop_after(int n, int signal = SIGTERM) {
    Process process(Arguments{TRUEUP_BINARY} +
                    command("apply", *slapd_, {"--max-changes-per-second", "0.2"}));
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!written(3).contains(n) && process.running() && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    process.signal(signal);
    ASSERT_EQ(process.wait().exit_code, signal == SIGTERM ? kStoppedEarly : 128 + signal)
        << process.wait().err;
    ASSERT_TRUE(written(3).contains(n));
  }
};

TEST_F(CliMovingAddressesSlapd, AChain) {
  chain();
  EXPECT_EQ(applied(kDone).at("done"), 3);
  expect_moved();
}

TEST_F(CliMovingAddressesSlapd, ASwap) {
  mailbox(1, {primary(1), kX}, {primary(1), kY});
  mailbox(2, {primary(2), kY}, {primary(2), kX});
  plan();
  EXPECT_EQ(apply().exit_code, kDone);
  EXPECT_EQ(addresses(1), (Values{primary(1), kY}));
  EXPECT_EQ(addresses(2), (Values{primary(2), kX}));
}

// It gives x only together with its gain of z, and z is taken.
TEST_F(CliMovingAddressesSlapd, ATakerOfAGiverThatIsRefused) {
  mailbox(1, {primary(1), kX}, {primary(1), "smtp:z@contoso.lab"});
  mailbox(2, {primary(2), kY}, {primary(2), kX});
  mailbox(3, {primary(3)}, {primary(3), kY});
  plan();
  hold("smtp:z@contoso.lab");
  EXPECT_EQ(applied(kSomeRejected).at("address_taken"), 1);
  EXPECT_EQ(reject(1, 1).comment("reason"), kTaken) << run_file(1, "rejects.ldif");
  EXPECT_EQ(reject(1, 2).comment("reason"), "depends-on") << run_file(1, "rejects.ldif");
  EXPECT_EQ(reject(1, 3).comment("reason"), "depends-on") << run_file(1, "rejects.ldif");
  EXPECT_EQ(addresses(1), (Values{primary(1), kX}));
  EXPECT_EQ(addresses(2), (Values{primary(2), kY}));
  EXPECT_EQ(addresses(3), (Values{primary(3)}));

  // Once z is free all of it goes through, in order.
  by_hand("dn: " + kSince + "\nchangetype: delete\n");
  EXPECT_EQ(applied(kDone, {"--rejects", "1"}).at("done"), 3);
  EXPECT_EQ(addresses(1), (Values{primary(1), "smtp:z@contoso.lab"}));
  EXPECT_EQ(addresses(2), (Values{primary(2), kX}));
  EXPECT_EQ(addresses(3), (Values{primary(3), kY}));
}

// x is with its giver, who is in the plan to give it; but somebody else has it as well.
TEST_F(CliMovingAddressesSlapd, AGiverExcusesNoOther) {
  chain();
  hold(kX);
  EXPECT_EQ(applied(kSomeRejected).at("address_taken"), 1);
  EXPECT_TRUE(mentions(reject(1, 2), kSince)) << run_file(1, "rejects.ldif");
  EXPECT_EQ(reject(1, 3).comment("reason"), "depends-on") << run_file(1, "rejects.ldif");
  EXPECT_EQ(addresses(1), Values{primary(1)});
  EXPECT_EQ(addresses(2), (Values{primary(2), kY}));
}

TEST_F(CliMovingAddressesSlapd, AResumeInTheMiddleOfAChain) {
  chain();
  for (const int signal : {SIGTERM, SIGKILL}) {
    SCOPED_TRACE(signal);
    stop_after(1, signal);
    ASSERT_FALSE(written(3).contains(2));
    must(command("apply", *slapd_, {"--resume", "1"}));
    expect_moved();
    slapd_->reset();
    store_ = "killed";
    plan();
  }
}

TEST_F(CliMovingAddressesSlapd, AGiverThatGotItBackBeforeTheResume) {
  chain();
  stop_after(1);
  ASSERT_FALSE(written(3).contains(2));
  by_hand(edit_ldif(user_dn(1), "add", "proxyAddresses", kX));
  EXPECT_EQ(apply({"--resume", "1"}).exit_code, kSomeRejected);
  EXPECT_EQ(reject(1, 2).comment("reason"), kTaken) << run_file(1, "rejects.ldif");
  EXPECT_TRUE(mentions(reject(1, 2), user_dn(1))) << run_file(1, "rejects.ldif");
  EXPECT_EQ(reject(1, 3).comment("reason"), "depends-on") << run_file(1, "rejects.ldif");
  EXPECT_EQ(addresses(1), (Values{primary(1), kX}));
  EXPECT_EQ(addresses(2), (Values{primary(2), kY}));

  // Its giver was done long ago, so that as a reject it is not excused either; then it is free.
  EXPECT_EQ(apply({"--rejects", "1"}).exit_code, kSomeRejected);
  EXPECT_EQ(addresses(2), (Values{primary(2), kY}));
  by_hand(edit_ldif(user_dn(1), "delete", "proxyAddresses", kX));
  EXPECT_EQ(apply({"--rejects", "2"}).exit_code, kDone);
  expect_moved();
}

TEST_F(CliMovingAddressesSlapd, AnUndoDoesNotTakeBackWhatAnotherHasGotSince) {
  mailbox(1, {primary(1), kX}, {primary(1)});
  plan();
  ASSERT_EQ(apply().exit_code, kDone);
  hold(kX);
  const ProcessResult undone =
      trueup(command("undo", *slapd_, Arguments{"1"} + open_guards_of_undo()));
  EXPECT_EQ(undone.exit_code, kSomeRejected) << undone.err;
  EXPECT_EQ(reject(2, 1).comment("reason"), kTaken) << run_file(2, "rejects.ldif");
  EXPECT_EQ(addresses(1), Values{primary(1)});
  EXPECT_EQ(written(1), std::set<int>{}) << "the rest is undone";
}

}  // namespace
}  // namespace trueup::cli
