// SPDX-License-Identifier: Apache-2.0
// Somebody replaces a value that a plan clears or sets, before it is applied or after: a clear
// holds only of nothing, a single value only as it was shown, and neither apply nor verify takes
// another's value for that.
#include "tests/cli/apply/write_trial.h"

namespace trueup::cli {
namespace {

constexpr int kSomeRejected = 4;
constexpr unsigned kUsers = 40;

/// With each of users 1 to 40 extensionAttribute1 is to be cleared and extensionAttribute2 set, and
/// two addresses are to be added.
world::World tenant() {
  world::World world = drifted_world(kUsers);
  for (unsigned n = 1; n <= kUsers; ++n) {
    world::exo_mailbox(world, n).properties["CustomAttribute1"] = std::nullopt;
    const std::string user = "u" + std::to_string(n);
    world::set_cloud_addresses(world, n,
                               {"SMTP:" + user + "@x.example", "smtp:a" + user + "@x.example",
                                "smtp:b" + user + "@x.example"});
  }
  return world;
}

std::string by_hand(unsigned n, const std::string& lines) {
  return "dn: CN=u" + std::to_string(n) + ",OU=people," + std::string(Slapd::kSuffix) +
         "\nchangetype: modify\n" + lines + "-\n\n";
}

std::string to(const std::string& attribute, const std::string& value) {
  return "replace: " + attribute + "\n" + attribute + ": " + value + "\n";
}

class CliReplacedValuesSlapd : public testing::Test {
 protected:
  Arguments to_server(const char* command) const {
    Arguments arguments = trial_.apply_directly(store_);
    arguments.front() = command;
    return arguments;
  }
  Json verify(int exit_code) const {
    return trueup_json(to_server("verify"), exit_code).at("verified");
  }
  /// "extensionAttribute1 other-value theirs" for each finding.
  static std::set<std::string> findings(const Json& verified) {
    std::set<std::string> lines;
    for (const Json& f : verified.at("findings")) {
      lines.insert(f.at("attribute").get<std::string>() + " " + f.at("finding").get<std::string>() +
                   " " + f.value("message", ""));
    }
    return lines;
  }

  WriteTrial trial_{tenant()};
  const std::string store_ = trial_.planned_store();
};

TEST_F(CliReplacedValuesSlapd, BetweenPlanAndApply) {
  trial_.modify(by_hand(1, to("extensionAttribute1", "theirs")) +
                by_hand(2, "delete: extensionAttribute1\n"));
  const Json applied = trueup_json(trial_.apply_directly(store_), kSomeRejected).at("applied");
  EXPECT_EQ(applied.at("conflict"), 1);
  EXPECT_EQ(applied.at("done"), kUsers - 1);
  Content expected = trial_.target();
  expected.at(world_dn(1))["extensionAttribute1"] = {"theirs"};
  EXPECT_EQ(difference(trial_.now(), expected), "");
  const std::string rejects = read_file(store_ + "/runs/1/rejects.ldif");
  EXPECT_NE(rejects.find("# there extensionAttribute1: theirs"), std::string::npos) << rejects;
  // The conflict is no broken promise; the rest of that change is looked for all the same.
  EXPECT_EQ(verify(0).at("checked"), kUsers);
  must(trial_.undo(store_, 1));
  Content undone = trial_.before();
  undone.at(world_dn(1))["extensionAttribute1"] = {"theirs"};
  undone.at(world_dn(2)).erase("extensionAttribute1");  // not ours to give back
  EXPECT_EQ(difference(trial_.now(), undone), "");
}

TEST_F(CliReplacedValuesSlapd, AfterwardsVerifyNamesWhatIsThere) {
  must(trial_.apply_directly(store_));
  EXPECT_EQ(verify(0).at("differing"), 0);
  trial_.modify(by_hand(1, to("extensionAttribute1", "theirs")) +
                by_hand(2, to("extensionAttribute2", "theirs too")));
  const Json found = verify(kSomeRejected);
  EXPECT_EQ(found.at("differing"), 2);
  EXPECT_EQ(findings(found), (std::set<std::string>{"extensionAttribute1 other-value theirs",
                                                    "extensionAttribute2 missing ",
                                                    "extensionAttribute2 other-value theirs too"}));
  const ProcessResult text = trueup(to_server("verify"));
  EXPECT_NE(text.out.find("other-value"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("theirs too"), std::string::npos) << text.out;
}

// What an undo takes back is a clear where the run has set a value.
TEST_F(CliReplacedValuesSlapd, AnUndoHoldsByTheSameRule) {
  must(trial_.apply_directly(store_));
  must(trial_.undo(store_, 1));
  trial_.modify(by_hand(3, "add: extensionAttribute2\nextensionAttribute2: theirs\n"));
  const Json found = verify(kSomeRejected);
  EXPECT_EQ(found.at("differing"), 1);
  EXPECT_EQ(findings(found), std::set<std::string>{"extensionAttribute2 other-value theirs"});
}

// Half of a set was there before us: it belongs to what was shown, and not to what undo takes back.
TEST_F(CliReplacedValuesSlapd, VerifyLooksForAllOfAChangeThatWasPartlyThere) {
  const std::string theirs = "proxyAddresses: smtp:au5@x.example\n";
  trial_.modify(by_hand(5, "add: proxyAddresses\n" + theirs));
  const Json applied = trueup_json(trial_.apply_directly(store_)).at("applied");
  EXPECT_EQ(applied.at("done"), kUsers);
  trial_.modify(by_hand(5, "delete: proxyAddresses\n" + theirs));
  const Json found = verify(kSomeRejected);
  EXPECT_EQ(found.at("differing"), 1) << "what was shown is not all there any more";
  EXPECT_EQ(findings(found), std::set<std::string>{"proxyAddresses missing "});
}

}  // namespace
}  // namespace trueup::cli
