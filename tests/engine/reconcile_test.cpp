// SPDX-License-Identifier: Apache-2.0
// The job as a whole: a night's run by hand, then what must not matter to it: threads, files, the
// size of pieces and of memory.
#include "engine/reconcile.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>

#include "engine/parallelism.h"
#include "snapshots/model/errors.h"
#include "tests/support/ldap_model.h"
#include "tests/support/random_world.h"
#include "tests/support/trial.h"

namespace trueup::world {
namespace {

TEST(Reconcile, FindsWhatDiffersAndPlansExactlyThat) {
  World world;
  add_user(world, 1, "ada@x");
  add_user(world, 2, "bob@x");
  add_user(world, 3, "eve@x");
  set_cloud_addresses(world, 2, {"SMTP:robert@x", "smtp:bob@x"});
  exo_mailbox(world, 3).properties["CustomAttribute1"] = Values{"sales"};
  ad_user(world, 3).attributes["extensionAttribute1"] = {"support"};

  Trial trial;
  const Report report = trial.plan(world);

  EXPECT_EQ(report.exit_code(), 0);
  EXPECT_EQ(report.diff->matched, 3U);
  EXPECT_EQ(report.diff->equal, 1U);
  EXPECT_EQ(report.diff->compared, 2U) << "records that are equal are not read";
  const std::map<std::string, ExpectedEdits> expected = {
      {"CN=u2,OU=people,DC=corp",
       {{"mail", {{"bob@x"}, {"robert@x"}}},
        {"proxyAddresses", {{"SMTP:bob@x"}, {"SMTP:robert@x", "smtp:bob@x"}}}}},
      {"CN=u3,OU=people,DC=corp", {{"extensionAttribute1", {{"support"}, {"sales"}}}}}};
  EXPECT_EQ(planned_of(report).planned, expected);
}

TEST(Reconcile, DeletesComeBeforeAddsInOneModifyPerObject) {
  World world;
  add_user(world, 1, "a@x");
  set_ad_addresses(world, 1, {"SMTP:a@x", "smtp:b@x"});
  set_cloud_addresses(world, 1, {"SMTP:b@x", "smtp:a@x"});
  Trial trial;
  const auto records = parse_plan(trial.plan_text(trial.plan(world)));
  ASSERT_EQ(records.size(), 1U);
  std::string last;
  for (const Modification& m : records[0].modifications) {
    if (m.attribute == "proxyAddresses") {
      EXPECT_FALSE(m.operation == "delete" && last == "add");
      last = m.operation;
    }
  }
  World then = world;
  EXPECT_EQ(modify(records[0], then), "");
}

TEST(Reconcile, OneInputForBothSidesIsAUsageError) {
  World world;
  add_user(world, 1, "a@x");
  Trial trial;
  LoadOptions load = write_files(world, trial.folder(), "in");
  load.ad = load.graph;
  EXPECT_THROW(trial.plan(load), UsageError);
}

TEST(Reconcile, RefusedInputLeavesNothingToPlanFrom) {
  Trial trial;
  World world;
  add_user(world, 1, "a@x");
  LoadOptions load = write_files(world, trial.folder(), "in");
  trial.folder().write("in/ad/export-1.ldif", "dn: CN=a\nobjectClass: user\n");  // no objectGUID
  EXPECT_THROW(trial.plan(load), InputError);
  EXPECT_FALSE(newest_snapshot(trial.store(), Side::kAd, false));
  Job job;
  job.from_store = true;
  Progress progress;
  EXPECT_THROW(reconcile(trial.store(), job, progress), UsageError);
}

TEST(Reconcile, DiffFromTheStoreGivesTheSamePlan) {
  World world;
  add_user(world, 1, "a@x");
  exo_mailbox(world, 1).properties["CustomAttribute1"] = Values{"v"};
  Trial trial;
  const Report first = trial.plan(world);
  Job job;
  job.from_store = true;
  Progress progress;
  const Report second = reconcile(trial.store(), job, progress);
  EXPECT_EQ(second.plan_digest, first.plan_digest);
}

TEST(Reconcile, TheLastEightGenerationsOfEachSideAreKept) {
  World world;
  add_user(world, 1, "a@x");
  Trial trial;
  for (int night = 0; night < 11; ++night) trial.plan(world);
  int cloud = 0, ad = 0;
  for (const SnapshotDescription& d : snapshots(trial.store())) {
    ++(d.side == Side::kCloud ? cloud : ad);
  }
  EXPECT_EQ(cloud, 8);
  EXPECT_EQ(ad, 8);
}

TEST(Reconcile, FoldersAndFilesAreForTheOwnerOnly) {
  World world;
  add_user(world, 1, "a@x");
  Trial trial;
  const Report report = trial.plan(world);
  namespace fs = std::filesystem;
  const auto mode = [](const std::string& path) { return fs::status(path).permissions(); };
  EXPECT_EQ(mode(report.folder), fs::perms::owner_all);
  for (const char* name : {"plan.ldif", "rejects.ldif", "unmatched.csv", "run.json"}) {
    EXPECT_EQ(mode(report.folder + "/" + name), fs::perms::owner_read | fs::perms::owner_write)
        << name;
  }
}

// The outputs of a run that people and other tools read.
std::string outputs(Trial& trial, const Report& report) {
  return trial.plan_text(report) + read_file(report.folder + "/rejects.ldif") +
         read_file(report.folder + "/unmatched.csv");
}

RC_GTEST_PROP(ReconcileProperties, ThreadsAndFilesAndMemoryDoNotMatter, ()) {
  const World world = *random_world(30);
  const DiffOptions options = *random_options();
  std::string expected;
  {
    const ThreadLimit one(1);
    Trial trial;
    expected = outputs(trial, trial.plan(world, options));
  }
  for (const int threads : {2, 4}) {
    const ThreadLimit limit(threads);
    Layout layout;
    layout.users_a_page = static_cast<std::size_t>(*rc::gen::inRange(1, 8));
    layout.pages_in_one_file = *rc::gen::arbitrary<bool>();
    layout.exo_files = static_cast<std::size_t>(*rc::gen::inRange(1, 4));
    layout.exo_lines = *rc::gen::arbitrary<bool>();
    layout.ad_files = static_cast<std::size_t>(*rc::gen::inRange(1, 4));
    layout.crlf = *rc::gen::arbitrary<bool>();
    Trial trial;
    LoadOptions load = write_files(world, trial.folder(), "in", layout);
    load.chunk_bytes = static_cast<std::size_t>(*rc::gen::inRange(64, 4000));
    load.memory_bytes = *rc::gen::element<std::size_t>(0, 1, std::size_t{512} << 20);
    RC_ASSERT(outputs(trial, trial.plan(load, options)) == expected);
  }
}

// One user and one object that come again and again, some 20 KB each: more than a block of memory
// for their partition, so that without a budget most of it goes to disk.
TEST(Reconcile, WithoutMemoryTheLoadsSpillAndTheResultIsTheSame) {
  World world;
  add_user(world, 1, "a@x");
  for (int again = 0; again < 40; ++again) {
    GraphUser user = world.graph[0];
    AdObject object = world.ad[0];
    Values cloud = {"SMTP:a@x"}, ad = cloud;
    for (int i = 0; i < 20; ++i) {
      const std::string tail = std::to_string(again) + std::string(1000, 'y') + "@x";
      cloud.push_back("smtp:c" + std::to_string(i) + tail);
      ad.push_back("smtp:d" + std::to_string(i) + tail);
    }
    user.properties["proxyAddresses"] = cloud;
    object.attributes["proxyAddresses"] = ad;
    world.graph.push_back(user);
    world.ad.push_back(object);
  }
  exo_mailbox(world, 1).properties.erase("EmailAddresses");
  Trial plenty, none;
  const Report expected = plenty.plan(write_files(world, plenty.folder(), "in"));
  LoadOptions load = write_files(world, none.folder(), "in");
  load.memory_bytes = 0;
  const Report report = none.plan(load);
  EXPECT_EQ(none.plan_text(report), plenty.plan_text(expected));
  const ExpectedEdit edit = edits_of(report, "CN=u1,OU=people,DC=corp").at("proxyAddresses");
  EXPECT_EQ(edit.adds.size(), 20U);
  EXPECT_EQ(edit.adds.begin()->substr(0, 9), "smtp:c039") << "the last of each wins";
}

RC_GTEST_PROP(ReconcileProperties, AWorldThatAgreesHasAnEmptyPlan, ()) {
  World world;
  const int count = *rc::gen::inRange(1, 20);
  for (int i = 0; i < count; ++i) {
    const auto n = static_cast<unsigned>(i + 1);
    add_user(world, n, "a" + std::to_string(i) + "@x");
    const std::string custom(1, *rc::gen::element('v', 'w'));
    exo_mailbox(world, n).properties["CustomAttribute1"] = Values{custom};
    ad_user(world, n).attributes["extensionAttribute1"] = {custom};
    Values proxies = {"smtp:s" + std::to_string(i) + "@x", "SMTP:a" + std::to_string(i) + "@x"};
    set_ad_addresses(world, n, proxies);
    if (*rc::gen::arbitrary<bool>()) std::swap(proxies[0], proxies[1]);
    set_cloud_addresses(world, n, proxies);
  }
  Trial trial;
  const Report report = trial.plan(world);
  RC_ASSERT(report.plan->changes.empty());
  RC_ASSERT(report.plan->rejected.empty());
  RC_ASSERT(report.diff->compared == 0U);
}

}  // namespace
}  // namespace trueup::world
