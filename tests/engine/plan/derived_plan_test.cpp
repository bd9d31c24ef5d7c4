// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/derived_plan.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "engine/apply/resume.h"
#include "engine/plan/plan_file.h"
#include "tests/support/ldap_model.h"
#include "tests/support/random_world.h"
#include "tests/support/scripted_directory.h"
#include "tests/support/stored_run.h"
#include "tests/support/trial.h"

namespace trueup {
namespace {

using Lines = std::vector<std::string>;

constexpr Attribute kMail = Attribute::kMail;
constexpr Attribute kProxy = Attribute::kProxyAddresses;
constexpr Attribute kFirst = extension_attribute(1);

/// "2 CN=1 after 1: mail -a@x +b@x" for each change.
Lines listed(const std::vector<std::string>& encoded) {
  Lines lines;
  Change change;
  for (const std::string& record : encoded) {
    decode(record, change);
    std::string line = std::to_string(change.number) + " " + std::string(change.dn);
    if (!change.after.empty()) line += " after";
    for (const std::uint32_t n : change.after) line += " " + std::to_string(n);
    line += ":";
    for (const Edit& e : change.edits) {
      line += " " + std::string(traits(e.attribute).name);
      for (const std::string_view v : e.deletes) line += " -" + std::string(v);
      for (const std::string_view v : e.adds) line += " +" + std::string(v);
    }
    lines.push_back(line);
  }
  return lines;
}

const AttributeCounts& count(const Plan& plan, Attribute attribute) {
  return plan.counts[static_cast<std::size_t>(index(attribute))];
}

TEST(UndoPlan, TurnsEditsOrderAndEdgesAround) {
  ScriptedPlan plan;
  plan.add().edits = {{kProxy, {"smtp:a@x", "smtp:b@x"}, {}}};
  plan.add({1}).edits = {{kProxy, {}, {"smtp:a@x"}}};
  plan.add({1, 2}).edits = {{kMail, {"c@x"}, {"b@x"}}, {kFirst, {}, {"v"}}};
  StoredRuns runs;
  const RunDescription run = runs.plan_of(plan.changes());
  runs.all_done(run);
  const Plan undo = undo_plan(runs.store(), run);
  EXPECT_EQ(listed(undo.changes), (Lines{"1 CN=3: mail -b@x +c@x extensionAttribute1 -v",
                                         "2 CN=2 after 1: proxyAddresses -smtp:a@x",
                                         "3 CN=1 after 1 2: proxyAddresses +smtp:a@x +smtp:b@x"}));
  EXPECT_EQ(undo.mailboxes, 3U);
}

TEST(UndoPlan, OfAnUndoIsWhatWasThereFirst) {
  ScriptedPlan plan;
  plan.add().edits = {{kProxy, {"smtp:a@x"}, {}}};
  plan.add();
  plan.add({1, 2}).edits = {{kMail, {"c@x"}, {"a@x"}}};
  StoredRuns runs;
  const RunDescription run = runs.plan_of(plan.changes());
  runs.all_done(run);
  const RunDescription undo = runs.plan(undo_plan(runs.store(), run).changes);
  runs.all_done(undo);
  std::vector<std::string> original;
  for (const Change& change : plan.changes()) encode(change, original.emplace_back());
  EXPECT_EQ(undo_plan(runs.store(), undo).changes, original) << "byte for byte";
}

TEST(UndoPlan, CoversWhatWasAcknowledgedAndNothingElse) {
  ScriptedPlan plan;
  for (int i = 0; i < 9; ++i) {
    plan.add(i == 0 ? std::vector<std::uint32_t>{} : std::vector<std::uint32_t>{1}).edits = {
        {kMail, {"a@x"}, {"b@x"}}, {kFirst, {"v"}, {"w"}}};
  }
  StoredRuns runs;
  const RunDescription run = runs.plan_of(plan.changes());
  runs.journal(run, {{.number = 1},
                     {.number = 2, .verdict = Verdict::kAlready},
                     {.number = 3, .verdict = Verdict::kRejected},
                     partly(plan.changes()[3], Verdict::kConflict, {kFirst}),
                     partly(plan.changes()[4], Verdict::kDone, {kMail}),
                     {.number = 6, .verdict = Verdict::kUnknown},
                     partly(plan.changes()[6], Verdict::kRejected, {kMail}),
                     {.number = 8, .verdict = Verdict::kNotSent}});
  EXPECT_EQ(listed(undo_plan(runs.store(), run).changes),
            (Lines{"1 CN=7: mail -b@x +a@x", "2 CN=5: mail -b@x +a@x",
                   "3 CN=4: extensionAttribute1 -w +v",
                   "4 CN=1 after 1 2 3: mail -b@x +a@x extensionAttribute1 -w +v"}));
}

TEST(UndoPlan, OfARunThatWroteNothingIsEmpty) {
  ScriptedPlan plan;
  plan.add_many(2);
  StoredRuns runs;
  const RunDescription run = runs.plan_of(plan.changes());
  runs.intend(run, 1, 2);
  runs.journal(run, {{.number = 1, .verdict = Verdict::kRejected}});
  EXPECT_TRUE(undo_plan(runs.store(), run).changes.empty());
}

TEST(UndoPlan, SaysWhyItMayNotCoverAllThatWasWritten) {
  ScriptedPlan plan;
  plan.add_many(4);
  StoredRuns runs;
  const auto why = [&](const RunDescription& run) {
    return why_not_all(runs.store(), run, undo_plan(runs.store(), run),
                       doubtful_changes(runs.store(), run).numbers.size());
  };
  RunDescription run = runs.plan_of(plan.changes());
  runs.journal(run, {{.number = 1},
                     {.number = 2, .verdict = Verdict::kAlready},
                     {.number = 3, .verdict = Verdict::kRejected},
                     partly(plan.changes()[3], Verdict::kConflict, {kMail})});
  run.done = 2;
  EXPECT_EQ(why(run), "") << "refused, and there already: nothing of ours";
  run.done = 5;
  EXPECT_EQ(why(run), "of 4 changes that wrote, 2 are taken back") << "lost from the journal";
  run.done = 2;
  runs.journal(run, {{.number = 3, .verdict = Verdict::kUnknown}});
  EXPECT_EQ(why(run), "1 of its changes are in doubt");
  const RunDescription killed = runs.plan_of(plan.changes());
  runs.intend(killed, 1, 4);
  EXPECT_EQ(why(killed), "4 of its changes are in doubt");
}

TEST(UndoPlan, IsStoppedByLosingUnlessItCoversAll) {
  const auto fired = [](const std::string& not_all, bool with_another) {
    std::vector<GuardReading> readings = {ceiling("losing", 5, 1, "values go"),
                                          ceiling("changed", with_another ? 5 : 0, 1, "changes")};
    allow_undo_losses(not_all, readings);
    return readings.front().fired;
  };
  EXPECT_FALSE(fired("", false));
  EXPECT_TRUE(fired("", true));
  EXPECT_TRUE(fired("1 is in doubt", false));
}

TEST(UndoPlan, CountsForTheGuards) {
  ScriptedPlan plan;
  plan.add().edits = {{kFirst, {}, {"v"}}};                               // undone: a clear
  plan.add().edits = {{kProxy, {}, {"smtp:a@x"}}};                        // a value lost
  plan.add().edits = {{kProxy, {"SMTP:c@x"}, {"SMTP:b@x", "smtp:c@x"}}};  // another primary
  plan.add().edits = {{kProxy, {"smtp:d@x"}, {"SMTP:d@x"}}};              // prefix case only
  plan.add().edits = {{kMail, {"e@x"}, {"f@x"}}};
  plan.add().edits = {{kMail, {"g@x"}, {}}};  // an add
  StoredRuns runs;
  const RunDescription run = runs.plan_of(plan.changes());
  runs.all_done(run);
  const Plan undo = undo_plan(runs.store(), run);
  EXPECT_EQ(undo.mailboxes, 6U);
  EXPECT_EQ(count(undo, kFirst).clear, 1U);
  EXPECT_EQ(count(undo, kProxy).clear, 0U);
  EXPECT_EQ(count(undo, kProxy).remove, 1U);
  EXPECT_EQ(count(undo, kProxy).replace, 2U);
  EXPECT_EQ(count(undo, kMail).replace, 1U);
  EXPECT_EQ(count(undo, kMail).add, 1U);
  EXPECT_EQ(undo.losing, 3U) << "CN=1, CN=2 and CN=3";
  EXPECT_EQ(undo.replaced, 2U) << "CN=3 and CN=5";
  EXPECT_EQ(undo.facts.size(), undo.changes.size());
}

TEST(RejectsPlan, HasWhatWasToBeWrittenAndWasNot) {
  ScriptedPlan plan;
  for (int i = 0; i < 6; ++i) {
    plan.add().edits = {{kMail, {"a@x"}, {"b@x"}}, {kFirst, {"v"}, {"w"}}};
  }
  plan.add({1, 3}).edits = {{kFirst, {}, {"w"}}};
  StoredRuns runs;
  const RunDescription run = runs.plan_of(plan.changes());
  runs.journal(run, {{.number = 1},
                     {.number = 2, .verdict = Verdict::kAlready},
                     {.number = 3, .verdict = Verdict::kRejected},
                     partly(plan.changes()[3], Verdict::kConflict, {kFirst}),
                     partly(plan.changes()[4], Verdict::kDone, {kFirst}),
                     {.number = 7, .verdict = Verdict::kDependsOn}});
  const Plan rejects = rejects_plan(runs.store(), run);
  EXPECT_EQ(listed(rejects.changes),
            (Lines{"1 CN=3: mail -a@x +b@x extensionAttribute1 -v +w", "2 CN=4: mail -a@x +b@x",
                   "3 CN=7 after 1: extensionAttribute1 +w"}));
  EXPECT_EQ(rejects.mailboxes, 3U);
}

TEST(DerivedPlan, HeadersNameThePlanTheyComeFrom) {
  RunDescription run;
  run.plan_digest = "abc123";
  const DirectoryIdentity directory{
      .naming_context = "DC=contoso,DC=lab",
      .head_guid = anchor_from_guid("12345678-9abc-def0-1234-56789abcdef0")};
  for (const std::string& header :
       {undo_header(run, directory, {}), rejects_header(run, directory, {})}) {
    EXPECT_NE(header.find("-of: abc123\n"), std::string::npos) << header;
    EXPECT_NE(header.find("# directory: DC=contoso,DC=lab\n# directory GUID: "
                          "12345678-9abc-def0-1234-56789abcdef0\n"),
              std::string::npos)
        << header;
  }
}

// --- any plan, any part of it applied

using world::World;

World sorted(World world) {
  for (world::AdObject& object : world.ad) {
    std::erase_if(object.attributes, [](const auto& a) { return a.second.empty(); });
    for (auto& [name, values] : object.attributes) std::ranges::sort(values);
  }
  return world;
}

void send_all(const TempFolder& folder, const std::vector<std::string>& changes, World& world) {
  const std::string path = folder / "sent.ldif";
  write_plan_file(path, "version: 1\n", changes);
  for (const world::ChangeRecord& record : world::parse_plan(read_file(path))) {
    RC_LOG() << record.number << " " << record.dn << "\n";
    RC_ASSERT(world::modify(record, world) == "");
  }
}

void check_undo(const World& before) {
  world::Trial trial;
  const std::vector<std::string> changes = trial.plan(before).plan->changes;
  StoredRuns runs;
  const RunDescription run = runs.plan(changes);
  std::vector<std::string> sent;
  std::set<std::uint32_t> whole;  // what may be waited for
  Change change;
  for (const std::string& record : changes) {
    decode(record, change);
    const int fate = *rc::gen::inRange(0, 6);  // 0: refused, 1: an edit of it refused
    if (fate == 0 ||
        !std::ranges::all_of(change.after, [&](auto n) { return whole.contains(n); })) {
      runs.journal(run, {{.number = change.number, .verdict = Verdict::kRejected}});
      continue;
    }
    if (fate == 1) {
      runs.journal(run, {partly(change, Verdict::kConflict, {change.edits[0].attribute})});
      change.edits.resize(1);
    } else {
      runs.journal(run, {{.number = change.number}});
      whole.insert(change.number);
    }
    encode(change, sent.emplace_back());
  }
  World world = before;
  send_all(trial.folder(), sent, world);
  const World between = sorted(world);
  const RunDescription undo = runs.plan(undo_plan(runs.store(), run).changes);
  runs.all_done(undo);
  PlanCursor cursor(runs.store(), undo.run);
  std::vector<std::string> undone;
  for (Change c; cursor.next(c);) {
    for (const std::uint32_t n : c.after) RC_ASSERT(n < c.number);
    encode(c, undone.emplace_back());
  }
  send_all(trial.folder(), undone, world);
  RC_ASSERT(sorted(world).ad.size() == before.ad.size());
  for (std::size_t i = 0; i < before.ad.size(); ++i) {
    RC_ASSERT(sorted(world).ad[i].attributes == sorted(before).ad[i].attributes);
  }
  send_all(trial.folder(), undo_plan(runs.store(), undo).changes, world);
  for (std::size_t i = 0; i < before.ad.size(); ++i) {
    RC_ASSERT(sorted(world).ad[i].attributes == between.ad[i].attributes);
  }
}

RC_GTEST_PROP(UndoProperties, GivesBackWhatWasThereAndTheUndoOfItWhatWasWritten, ()) {
  check_undo(*world::random_world(15));
}

RC_GTEST_PROP(UndoProperties, GivesShuffledAddressesBack, ()) {
  check_undo(*world::random_shuffle(10));
}

}  // namespace
}  // namespace trueup
