// SPDX-License-Identifier: Apache-2.0
// What goes where: results to stdout, as text or JSON; the log to stderr; looking changes nothing.
#include <algorithm>
#include <filesystem>
#include <regex>

#include "tests/cli/command_line.h"
#include "tests/cli/ldif_text.h"

namespace trueup::cli {
namespace {

namespace fs = std::filesystem;

class CliOutput : public testing::Test {
 protected:
  void SetUp() override {
    tenant_ = make_tenant(folder_, "t", 300, {"--drift", "0.1"});
    planned_ = must(Arguments{"plan"} + tenant_.inputs() + in_store() +
                    Arguments{"--out", folder_ / "plan.ldif"});
    run_ = last_block(folder_ / "store", 1);
  }
  Arguments in_store() const { return {"--store", folder_ / "store"}; }

  TempFolder folder_;
  Tenant tenant_;
  ProcessResult planned_;
  Json run_;
};

testing::AssertionResult says(const std::string& text, const std::string& pattern) {
  if (std::regex_search(text, std::regex(pattern))) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "no /" << pattern << "/ in\n" << text;
}

// A table attribute x (add, remove, replace, clear, case only, held, refused), the counts, the
// guards and how near each is, the digest.
TEST_F(CliOutput, PlanPrintsTheTableTheGuardsAndTheDigest) {
  const std::string& out = planned_.out;
  EXPECT_TRUE(says(out, "attribute +add +remove +replace +clear +case only +held +refused"));
  EXPECT_TRUE(says(out, "proxyAddresses( +[0-9,]+){7}"));
  EXPECT_TRUE(says(out, "cloud-only [0-9]+.*AD-only [0-9]+"));
  EXPECT_TRUE(says(out, "unmatched +[0-9,]+ +<= [0-9]+"));
  EXPECT_TRUE(says(out, "changed +[0-9,]+ +<= [0-9]+"));
  EXPECT_TRUE(says(out, "no history"));
  EXPECT_TRUE(says(out, "digest [0-9a-f]{64}"));
  EXPECT_TRUE(says(out, "plan\\.ldif"));
  // Nothing to complain of: no more than how far it is, where that takes a while.
  EXPECT_TRUE(std::regex_match(planned_.err, std::regex("((loading|comparing|planning)[^\n]*\n)*")))
      << planned_.err;
}

TEST_F(CliOutput, JsonIsTheReport) {
  const Json report = trueup_json(Arguments{"plan"} + tenant_.inputs() + in_store());
  for (const char* key : {"run", "command", "exit_code", "cloud", "ad", "in_scope", "matched",
                          "equal", "cloud_only", "ad_only", "plan", "guards"}) {
    EXPECT_TRUE(report.contains(key)) << key;
  }
  EXPECT_EQ(report.at("plan").at("digest"), run_.at("plan").at("digest"))
      << "same input, same plan";
  for (const Json& guard : report.at("guards")) {
    EXPECT_TRUE(guard.contains("at_most") || guard.contains("at_least") || guard.contains("limit"));
    EXPECT_FALSE(guard.at("fired").get<bool>());
  }
  // Every count of the table is what the plan file holds.
  std::map<std::string, std::size_t> changed;
  for (const auto& [key, edit] : edits_of(parse_ldif(read_file(folder_ / "plan.ldif")))) {
    ++changed[key.second];
  }
  for (const auto& [attribute, count] : changed) {
    const Json& c = report.at("plan").at("attributes").at(attribute);
    EXPECT_EQ(c.at("add").get<std::size_t>() + c.at("remove").get<std::size_t>() +
                  c.at("replace").get<std::size_t>() + c.at("clear").get<std::size_t>(),
              count)
        << attribute;
  }
}

TEST_F(CliOutput, ThePlanNamesItsSourcesAndNoTimes) {
  const std::string text = read_file(folder_ / "plan.ldif");
  EXPECT_TRUE(text.starts_with("version: 1\n"));
  EXPECT_TRUE(says(text, "# cloud: [0-9a-f]{64}\n"));
  EXPECT_TRUE(says(text, "# ad: [0-9a-f]{64}\n"));
  EXPECT_TRUE(says(text, "# digest: " + run_.at("plan").at("digest").get<std::string>()));
  EXPECT_FALSE(std::regex_search(text.substr(0, text.find("\ndn:")),
                                 std::regex("generation|[0-9]{2}:[0-9]{2}:[0-9]{2}")));
  EXPECT_EQ(text, read_file(folder_ / "store/runs/1/plan.ldif"));
}

TEST_F(CliOutput, RunsListsWhatHappened) {
  EXPECT_EQ(trueup(Arguments{"plan", "--graph", folder_ / "none", "--ad", tenant_.ad} + in_store())
                .exit_code,
            1);
  must(Arguments{"diff"} + in_store());
  const Json runs = trueup_json(Arguments{"runs"} + in_store());
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs[0].at("command"), "plan");
  EXPECT_EQ(runs[0].at("state"), "planned");
  EXPECT_EQ(runs[0].at("plan_digest"), run_.at("plan").at("digest"));
  EXPECT_EQ(runs[0].at("changes"), run_.at("plan").at("changes"));
  EXPECT_EQ(runs[1].at("state"), "failed") << "not as if it were still loading";
  EXPECT_EQ(runs[2].at("command"), "diff");
  const ProcessResult text = must(Arguments{"runs"} + in_store());
  EXPECT_EQ(text.err, "");
  EXPECT_EQ(std::count(text.out.begin(), text.out.end(), '\n'), 5) << text.out;
  EXPECT_TRUE(says(text.out, "run +started +command +state +scope +in scope"));
  EXPECT_TRUE(says(text.out, "\n +failed: .*none")) << "why";
}

TEST_F(CliOutput, ShowAnswersToEveryKey) {
  const LdifRecord record = parse_ldif(read_file(folder_ / "plan.ldif")).front();
  const std::string anchor = record.comment("anchor");
  const std::string by_anchor = must(Arguments{"show", anchor} + in_store()).out;
  std::smatch id;
  ASSERT_TRUE(std::regex_search(by_anchor, id, std::regex("  id ([-0-9a-f]{36})")));
  std::smatch address;
  ASSERT_TRUE(std::regex_search(by_anchor, address, std::regex("SMTP:([^\n]+)\n")));
  for (const std::string& key :
       {record.comment("objectGUID"), record.dn(), id[1].str(), address[1].str()}) {
    EXPECT_EQ(must(Arguments{"show", key} + in_store()).out, by_anchor) << key;
    EXPECT_EQ(must(Arguments{"show"} + in_store() + Arguments{key}).out, by_anchor)
        << "options may come first: " << key;
    EXPECT_EQ(must(Arguments{"show", "--exclude", "OU=A,DC=x", "--exclude", "OU=B,DC=x"} +
                   in_store() + Arguments{"--proxy-keep-types", "X500,SIP", key})
                  .exit_code,
              0)
        << "lists too: " << key;
  }
  EXPECT_TRUE(says(by_anchor, "verdict: to be changed"));
  const Json shown = trueup_json(Arguments{"show", anchor} + in_store());
  EXPECT_EQ(shown.at("ad").at("name"), record.dn());
  EXPECT_EQ(shown.at("cloud").at("anchor"), anchor);
  EXPECT_FALSE(shown.at("differs").empty());
  EXPECT_TRUE(fails(trueup(Arguments{"show", "nobody@contoso.com"} + in_store()), 1,
                    {"nobody@contoso\\.com"}));
}

TEST_F(CliOutput, ShowSaysWhatThePlanSays) {
  const Json truth = tenant_.truth();
  int looked_at = 0;
  for (const Json& mailbox : truth.at("mailboxes")) {
    if (mailbox.at("edits").empty() || !mailbox.at("cloud_managed").get<bool>()) continue;
    const Json shown =
        trueup_json(Arguments{"show", mailbox.at("anchor").get<std::string>()} + in_store());
    std::set<std::string> expected, got;
    for (const Json& edit : mailbox.at("edits")) expected.insert(edit.at("attribute"));
    for (const Json& edit : shown.at("differs")) {
      if (edit.at("delete").size() + edit.at("add").size() > 0 || edit.contains("refused")) {
        got.insert(edit.at("attribute"));
      }
    }
    EXPECT_EQ(got, expected) << mailbox.dump();
    if (++looked_at == 15) break;
  }
  EXPECT_GT(looked_at, 5);
}

TEST_F(CliOutput, LookingChangesNothing) {
  const auto state = [&] {
    std::map<std::string, fs::file_time_type> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "store")) {
      files[entry.path().string()] = entry.last_write_time();
    }
    return files;
  };
  const auto before = state();
  must(Arguments{"runs"} + in_store());
  must(Arguments{"show", parse_ldif(read_file(folder_ / "plan.ldif")).front().dn()} + in_store());
  must({"dump", tenant_.ad});
  EXPECT_EQ(state(), before);
}

TEST_F(CliOutput, WarningsGoToStderr) {
  folder_.write("t/graph/readme.txt", "hello");
  const ProcessResult result = must(Arguments{"plan"} + tenant_.inputs() + in_store());
  EXPECT_TRUE(says(result.err, "warning: .*readme\\.txt"));
  EXPECT_EQ(result.out.find("readme.txt"), std::string::npos);
  EXPECT_EQ(result.out.find('\r'), std::string::npos) << "progress is not a result";
  EXPECT_EQ(result.out.find("\x1b["), std::string::npos);
}

TEST_F(CliOutput, EveryFileOfTheRunIsThere) {
  for (const char* name : {"plan.ldif", "rejects.ldif", "unmatched.csv", "run.json"}) {
    EXPECT_TRUE(fs::exists(folder_ / ("store/runs/1/" + std::string(name)))) << name;
  }
  const std::string unmatched = read_file(folder_ / "store/runs/1/unmatched.csv");
  EXPECT_EQ(static_cast<std::size_t>(std::count(unmatched.begin(), unmatched.end(), '\n')),
            1 + run_.at("cloud_only").get<std::size_t>() + run_.at("ad_only").get<std::size_t>());
}

TEST_F(CliOutput, AScopeListTakesEveryKindOfKey) {
  const Json truth = tenant_.truth();
  std::string list;
  std::set<std::string> anchors;
  for (const Json& mailbox : truth.at("mailboxes")) {
    if (mailbox.at("edits").empty()) continue;
    anchors.insert(mailbox.at("anchor").get<std::string>());
    const char* const keys[] = {"anchor", "id", "objectGUID"};
    list += mailbox.at(keys[anchors.size() % 3]).get<std::string>() + "\n";
    if (anchors.size() == 6) break;
  }
  must(Arguments{"plan"} + tenant_.inputs() + open_guards() +
       Arguments{"--store", folder_ / "ring", "--scope", "list:" + folder_.write("ring1.txt", list),
                 "--out", folder_ / "ring.ldif"});
  const Edits all = edits_of(parse_ldif(read_file(folder_ / "ring.ldif")));
  EXPECT_FALSE(all.empty());
  for (const auto& [key, edit] : all) EXPECT_TRUE(anchors.contains(key.first)) << key.first;
}

TEST_F(CliOutput, ExcludedObjectsAreHeld) {
  must(Arguments{"plan"} + tenant_.inputs() + in_store() +
       Arguments{"--exclude", "OU=Staff,DC=contoso,DC=lab", "--out", folder_ / "rest.ldif"});
  for (const LdifRecord& record : parse_ldif(read_file(folder_ / "rest.ldif"))) {
    EXPECT_EQ(record.dn().find("OU=Staff,DC=contoso,DC=lab"), std::string::npos);
  }
  EXPECT_TRUE(says(read_file(folder_ / "store/runs/2/rejects.ldif"), "# held: exclude"));
}

// The guards on the inputs: the plan is written all the same, the exit code is 3, and the remedy is
// on stdout beside the reading.
std::set<std::string> fired(const ProcessResult& result) {
  EXPECT_EQ(result.exit_code, 3) << result.err;
  std::set<std::string> names;
  const Json report = Json::parse(result.out);
  for (const Json& guard : report.at("guards")) {
    if (guard.at("fired").get<bool>()) names.insert(guard.at("guard").get<std::string>());
  }
  EXPECT_TRUE(report.at("stopped_by_guard").get<bool>());
  return names;
}

TEST_F(CliOutput, AFeedThatIsMissingThisTimeIsAGuard) {
  const Arguments plan =
      Arguments{"plan", "--scope", "synced", "--json", "--store", folder_ / "synced"} +
      open_guards();
  must(plan + tenant_.inputs());
  EXPECT_TRUE(fired(trueup(plan + tenant_.graph_and_ad())).contains("exo-count"));
}

TEST_F(CliOutput, FarFewerRecordsThanLastTimeAreAGuard) {
  const std::string page = tenant_.pages().front();
  Json body = Json::parse(read_file(page));
  body.at("value") = Json::array();
  std::ofstream(page) << body.dump();
  const Arguments plan =
      Arguments{"plan", "--json", "--out", folder_ / "short.ldif"} + in_store() + tenant_.inputs();
  const std::set<std::string> names = fired(trueup(plan));
  EXPECT_TRUE(names.contains("cloud-count"));
  EXPECT_TRUE(names.contains("graph-count"));
  EXPECT_TRUE(names.contains("scope-count"));
  EXPECT_TRUE(fs::exists(folder_ / "short.ldif"));
  // What was stopped is no yardstick: it is stopped again.
  EXPECT_EQ(trueup(plan).exit_code, 3);
}

TEST_F(CliOutput, AnAttributeThatNoAdRecordCarriesIsAGuard) {  // ldifde -l without it, or a GC
  std::string without;
  const std::string text = read_file(tenant_.ad);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    if (text.compare(at, 5, "mail:") != 0) without += text.substr(at, end - at);
    at = end;
  }
  std::ofstream(tenant_.ad, std::ios::binary) << without;
  const ProcessResult result =
      trueup(Arguments{"plan", "--json", "--store", folder_ / "new"} + tenant_.inputs());
  EXPECT_TRUE(fired(result).contains("unseen-in-ad mail"));
}

}  // namespace
}  // namespace trueup::cli
