// SPDX-License-Identifier: Apache-2.0
// A plan and what becomes of it on a real server: applied as ldapmodify would, only once, only as
// it was written; what was changed behind our back is told and left alone.
#include <functional>
#include <memory>

#include "tests/cli/slapd_tenant.h"

namespace trueup::cli {
namespace {

class CliApplySlapd : public testing::Test {
 protected:
  void SetUp() override {
    tenant_ = make_tenant(folder_, "t", 400, {"--drift", "0.12", "--seed", "5"});
    slapd_ = std::make_unique<Slapd>(with_ad_of(tenant_));
  }

  Arguments in_store() const { return {"--store", folder_ / "store"}; }
  Json plan(const Arguments& more = {}, int exit_code = 0) const {
    return trueup_json(
        Arguments{"plan"} + tenant_.inputs() + in_store() + Arguments{"--out", plan_} + more,
        exit_code);
  }
  ProcessResult apply(const Arguments& more = {}) const {
    return trueup(Arguments{"apply"} + server(*slapd_) + in_store() + more);
  }
  std::string rejects(int run) const {
    return read_file(folder_ / ("store/runs/" + std::to_string(run) + "/rejects.ldif"));
  }
  /// The first change of one attribute that suits, of an object whose DN a server spells as it is.
  LdifRecord record_where(const std::function<bool(const AttributeEdit&)>& suits,
                          std::string_view attribute = "") const {
    for (const LdifRecord& record : parse_ldif(read_file(plan_))) {
      const Edits edits = edits_of({record});
      const bool plain = record.dn().find('\\') == std::string::npos;
      if (plain && edits.size() == 1 && edits.begin()->first.second.starts_with(attribute) &&
          suits(edits.begin()->second)) {
        return record;
      }
    }
    throw std::runtime_error("no such change in the plan");
  }
  std::set<std::string> values_of(const std::string& dn, const std::string& attribute) const {
    auto entries = content(*slapd_);
    EXPECT_TRUE(entries.contains(folded_dn(dn))) << dn;
    return entries[folded_dn(dn)][attribute];
  }
  void modify(const std::string& ldif) const {
    const ProcessResult result = ldapmodify(*slapd_, folder_.write("by-hand.ldif", ldif));
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  TempFolder folder_;
  Tenant tenant_;
  std::unique_ptr<Slapd> slapd_;
  const std::string plan_ = folder_ / "plan.ldif";
};

constexpr int kDone = 0;
constexpr int kSomeRejected = 4;

TEST_F(CliApplySlapd, DoesWhatLdapmodifyDoes) {
  const Slapd other(with_ad_of(tenant_));
  const Json planned = plan();
  const auto before = content(*slapd_);
  ASSERT_EQ(before, content(other));

  const ProcessResult applied = apply({"--plan", plan_, "--json"});
  // 4: some of the tenant's changes are refused when planning.
  const int code = planned.at("plan").at("refused_mailboxes") > 0 ? kSomeRejected : kDone;
  EXPECT_TRUE(applied.exit_code == kDone || applied.exit_code == code) << applied.err;
  const Json report = Json::parse(applied.out);
  EXPECT_EQ(report.at("applied").at("done"), planned.at("plan").at("changes"));
  EXPECT_EQ(report.at("verified").at("differing"), 0);
  const ProcessResult modified = ldapmodify(other, plan_);
  ASSERT_EQ(modified.exit_code, 0) << modified.err;

  const auto after = content(*slapd_);
  EXPECT_NE(after, before);
  EXPECT_EQ(after, content(other));
}

TEST_F(CliApplySlapd, NothingIsLeftToDoAfterwards) {
  plan();
  ASSERT_LE(apply().exit_code, kSomeRejected);
  const auto after = content(*slapd_);
  const Json again =
      trueup_json(Arguments{"plan", "--graph", tenant_.graph, "--exo", tenant_.exo.front()} +
                  server(*slapd_) + in_store());
  EXPECT_EQ(again.at("plan").at("changes"), 0);
  // The live read saw what the export and the plan make together.
  EXPECT_EQ(again.at("ad").at("mailboxes").get<int>() > 300, true);
  EXPECT_EQ(content(*slapd_), after);
}

TEST_F(CliApplySlapd, RunTwice) {
  const Arguments run = Arguments{"--graph", tenant_.graph, "--exo", tenant_.exo.front()} +
                        server(*slapd_) + in_store();
  const ProcessResult first = nightly_run(folder_, run, {"--json"});
  ASSERT_TRUE(first.exit_code == kDone || first.exit_code == kSomeRejected) << first.err;
  EXPECT_GT(Json::parse(first.out).at("applied").at("done"), 0);
  EXPECT_EQ(Json::parse(first.out).at("verified").at("differing"), 0);
  const ProcessResult second = nightly_run(folder_, run, {"--json"});
  EXPECT_EQ(second.exit_code, first.exit_code) << second.err;
  EXPECT_EQ(Json::parse(second.out).at("plan").at("changes"), 0);
  EXPECT_EQ(Json::parse(second.out).at("plan").at("refused_mailboxes"),
            Json::parse(first.out).at("plan").at("refused_mailboxes"));
}

TEST_F(CliApplySlapd, ADryRunWritesNothing) {
  const auto before = content(*slapd_);
  const ProcessResult dry =
      nightly_run(folder_,
                  Arguments{"--graph", tenant_.graph, "--exo", tenant_.exo.front()} +
                      server(*slapd_) + in_store(),
                  {"--dry-run"});
  EXPECT_LE(dry.exit_code, kSomeRejected) << dry.err;
  EXPECT_NE(dry.out.find("dry run"), std::string::npos);
  EXPECT_EQ(content(*slapd_), before);
}

TEST_F(CliApplySlapd, AChangedPlanFileIsRefused) {
  plan();
  const auto before = content(*slapd_);
  const std::string text = read_file(plan_);
  const std::size_t added = text.find("\nadd: ");
  const std::size_t value = text.find(": ", text.find('\n', added + 1)) + 2;
  const std::size_t first = text.find("# change: 1\n"), second = text.find("# change: 2\n");
  for (const std::string& changed :
       {std::string(text).insert(value, "x"),            // a value
        std::string(text).erase(first, second - first),  // a record less
        replaced_once(text, "\ndelete: ", "\nadd: "),    // another action
        replaced_once(text, "\ndn: CN=", "\ndn: CN=x"),  // another object
        text.substr(0, text.size() / 2)}) {              // cut
    const ProcessResult refused = apply({"--plan", folder_.write("changed.ldif", changed)});
    EXPECT_TRUE(fails(refused, 2, {"changed\\.ldif", "changed|digest|cut", "plan"}));
  }
  EXPECT_EQ(content(*slapd_), before);
  EXPECT_LE(apply({"--plan", plan_}).exit_code, kSomeRejected) << "the plan as it was";
  EXPECT_NE(content(*slapd_), before);
}

TEST_F(CliApplySlapd, APlanIsAppliedOnce) {
  plan();
  ASSERT_LE(apply().exit_code, kSomeRejected);
  const auto after = content(*slapd_);
  EXPECT_TRUE(fails(apply(), 2, {"applied already|already applied", "trueup (plan|run)"}));
  EXPECT_TRUE(fails(apply({"--plan", plan_}), 2, {"already"}));
  EXPECT_EQ(content(*slapd_), after);
}

// The snapshots are older than what was written since, though the plan is new.
TEST_F(CliApplySlapd, ADiffOfTheSameSnapshotsIsNotAppliedAgain) {
  plan();
  ASSERT_LE(apply().exit_code, kSomeRejected);
  EXPECT_EQ(trueup(Arguments{"diff"} + in_store()).exit_code, 0);
  const ProcessResult again = apply();
  EXPECT_EQ(again.exit_code, 2) << again.err;
  EXPECT_NE(again.err.find("older"), std::string::npos) << again.err;
}

TEST_F(CliApplySlapd, APlanOfAnOlderExportIsNotApplied) {
  plan();
  const std::string text = read_file(tenant_.ad);
  const std::size_t at = text.find("extensionAttribute1: ");
  const std::string other =
      folder_.write("other.ldif", text.substr(0, at + 21) + "another " + text.substr(at + 21));
  must(Arguments{"load", "--ad", other} + in_store());
  EXPECT_TRUE(fails(apply({"--plan", plan_}), 2, {"older|newer", "plan again"}));
}

// A load of the same content takes nothing away from the plan.
TEST_F(CliApplySlapd, APlanOfAnExportThatWasReadAgainIs) {
  plan();
  must(Arguments{"load", "--ad", tenant_.ad} + in_store());
  EXPECT_LE(apply({"--plan", plan_}).exit_code, kSomeRejected);
}

TEST_F(CliApplySlapd, AGuardLetsExactlyOnePlanThroughOnce) {
  const auto before = content(*slapd_);
  const Json stopped = plan({"--guards-changed", "3, 0.1%"}, 3);
  const std::string digest = stopped.at("plan").at("digest");
  EXPECT_TRUE(stopped.at("stopped_by_guard").get<bool>());
  bool named = false;
  for (const Json& guard : stopped.at("guards")) {
    if (!guard.at("fired").get<bool>()) continue;
    named = true;
    EXPECT_GT(guard.at("value"), guard.at("at_most"));
    EXPECT_FALSE(guard.at("first").empty()) << "the first ten objects";
    EXPECT_LE(guard.at("first").size(), 10U);
  }
  EXPECT_TRUE(named);
  EXPECT_FALSE(parse_ldif(read_file(plan_)).empty()) << "the plan is written all the same";

  EXPECT_TRUE(fails(apply(), 3, {"guard", "--accept", digest}));
  EXPECT_TRUE(fails(apply({"--plan", plan_}), 3, {"guard", "--accept"}));
  std::string other = digest;
  other.front() = other.front() == '0' ? '1' : '0';
  EXPECT_TRUE(fails(apply({"--accept", other}), 2, {other}));
  EXPECT_TRUE(fails(apply({"--accept", digest.substr(0, 7)}), 2, {digest.substr(0, 7), "8"}));
  EXPECT_TRUE(fails(apply({"--accept", other.substr(0, 12)}), 2, {other.substr(0, 12)}));
  EXPECT_TRUE(fails(apply({"--accept", "0123456z"}), 2, {"0123456z"}));
  EXPECT_EQ(content(*slapd_), before);

  EXPECT_LE(apply({"--accept", digest.substr(0, 8)}).exit_code, kSomeRejected);
  EXPECT_NE(content(*slapd_), before);
  EXPECT_TRUE(fails(apply({"--accept", digest}), 2, {"already"}));
  // Nothing of the acceptance stays: the same plan again is stopped again.
  plan({"--guards-changed", "3, 0.1%"}, 3);
  EXPECT_TRUE(fails(apply(), 3, {"--accept"}));
}

TEST_F(CliApplySlapd, AnObjectThatIsGoneIsARejectWithItsReason) {
  plan();
  const LdifRecord gone = record_where([](const AttributeEdit& e) { return !e.adds.empty(); });
  modify("dn: " + gone.dn() + "\nchangetype: delete\n");
  const ProcessResult applied = apply({"--json"});
  EXPECT_EQ(applied.exit_code, kSomeRejected) << applied.err;
  const Json report = Json::parse(applied.out);
  EXPECT_EQ(report.at("applied").at("rejected"), 1);
  const std::string list = rejects(1);
  const std::size_t at = list.rfind(gone.comment("anchor"));
  ASSERT_NE(at, std::string::npos);
  const std::string reason = list.substr(list.rfind("# reason: ", at), 200);
  EXPECT_NE(reason.find("32"), std::string::npos) << reason;
}

TEST_F(CliApplySlapd, AValueChangedBehindOurBackIsAConflictAndStays) {
  plan();
  const LdifRecord record = record_where(
      [](const AttributeEdit& e) { return e.deletes.size() == 1 && e.adds.size() == 1; },
      "extensionAttribute");
  const Edits edits = edits_of({record});
  const auto& [key, edit] = *edits.begin();
  const std::string attribute = key.second;
  const std::string foreign = "by hand";
  modify("dn: " + record.dn() + "\nchangetype: modify\nreplace: " + attribute + "\n" + attribute +
         ": " + foreign + "\n-\n");
  const ProcessResult applied = apply({"--json"});
  EXPECT_EQ(applied.exit_code, kSomeRejected) << applied.err;
  EXPECT_EQ(Json::parse(applied.out).at("applied").at("conflict"), 1);
  EXPECT_EQ(values_of(record.dn(), attribute), std::set<std::string>{foreign});
  const std::string list = rejects(1);
  const std::size_t at = list.rfind(record.comment("anchor"));
  ASSERT_NE(at, std::string::npos);
  const std::string entry = list.substr(list.rfind("# reason: ", at), 400);
  EXPECT_NE(entry.find("conflict"), std::string::npos) << entry;
  // The next run sees the object as it is now and settles it.
  const Json next =
      trueup_json(Arguments{"plan", "--graph", tenant_.graph, "--exo", tenant_.exo.front()} +
                  server(*slapd_) + in_store());
  EXPECT_EQ(next.at("plan").at("changes"), 1);
}

TEST_F(CliApplySlapd, VerifyReportsWhatWasChangedAfterwards) {
  plan();
  const LdifRecord record = record_where(
      [](const AttributeEdit& e) { return e.deletes.size() == 1 && e.adds.size() == 1; },
      "extensionAttribute");
  ASSERT_LE(apply().exit_code, kSomeRejected);
  const Arguments verify = Arguments{"verify", "1"} + server(*slapd_) + in_store();
  EXPECT_EQ(trueup_json(verify).at("verified").at("differing"), 0);

  const std::string attribute = edits_of({record}).begin()->first.second;
  modify("dn: " + record.dn() + "\nchangetype: modify\nreplace: " + attribute + "\n" + attribute +
         ": back again\n-\n");
  const ProcessResult result = trueup(verify + Arguments{"--json"});
  EXPECT_EQ(result.exit_code, kSomeRejected) << result.err;
  const Json verified = Json::parse(result.out).at("verified");
  EXPECT_EQ(verified.at("differing"), 1);
  EXPECT_EQ(verified.at("findings").front().at("attribute"), attribute);
  EXPECT_EQ(verified.at("findings").front().at("dn"), record.dn());
  EXPECT_TRUE(fails(trueup(Arguments{"verify", "77"} + server(*slapd_) + in_store()), 2, {"77"}));
}

}  // namespace
}  // namespace trueup::cli
