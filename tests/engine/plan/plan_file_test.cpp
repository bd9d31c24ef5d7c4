// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/plan_file.h"

#include <gtest/gtest.h>

#include "engine/run/run_selection.h"
#include "snapshots/model/digest.h"
#include "snapshots/model/errors.h"
#include "tests/support/ldap_model.h"
#include "tests/support/trial.h"

namespace trueup::world {
namespace {

const std::string kDn = "CN=u1,OU=people,DC=corp";

World one_edit() {
  World world;
  add_user(world, 1, "a@x");
  exo_mailbox(world, 1).properties["CustomAttribute1"] = Values{"v"};
  ad_user(world, 1).attributes["extensionAttribute1"] = {"old"};
  return world;
}

ApplyRequest with_file(const std::string& path) {
  ApplyRequest request;
  request.plan_file = path;
  return request;
}

// As far as it goes without a directory: is the plan one that may be applied?
void apply(Trial& trial, const ApplyRequest& request) {
  Job job;
  job.command = "apply";
  job.dry_run = true;
  Report report;
  Progress progress;
  planned_run({trial.store(), job, progress, report, report.times}, request);
}

TEST(PlanFile, IsChangeRecordsWithCommentsAndTheRealDn) {
  Trial trial;
  const std::string text = trial.plan_text(trial.plan(one_edit()));
  EXPECT_TRUE(text.starts_with("version: 1\n"));
  EXPECT_NE(text.find("# anchor: " + base64_of(guid_octets(1)) + "\n"), std::string::npos);
  EXPECT_NE(text.find("dn: " + kDn +
                      "\nchangetype: modify\ndelete: extensionAttribute1\n"
                      "extensionAttribute1: old\n-\nadd: extensionAttribute1\n"
                      "extensionAttribute1: v\n-\n"),
            std::string::npos)
      << text;
}

TEST(PlanFile, HeaderHasDigestsAndCountsButNoTimesOrGenerations) {
  Trial trial;
  const Report first = trial.plan(one_edit());
  const std::string text = trial.plan_text(first);
  EXPECT_NE(text.find("# cloud: " + first.cloud.digest), std::string::npos);
  EXPECT_NE(text.find("# ad: " + first.ad.digest), std::string::npos);
  EXPECT_NE(text.find("# changes: 1\n"), std::string::npos);
  EXPECT_NE(text.find("# digest: " + first.plan_digest), std::string::npos);
  // Another run of the same: other generations, another time, the same bytes.
  EXPECT_EQ(trial.plan_text(trial.plan(one_edit())), text);
}

TEST(PlanFile, DigestIsRecomputedFromTheFile) {
  Trial trial;
  const Report report = trial.plan(one_edit());
  const PlanFileDigest digest = digest_of_plan_file(report.plan_file);
  EXPECT_EQ(digest.computed, report.plan_digest);
  EXPECT_EQ(digest.stated, report.plan_digest);
}

TEST(PlanFile, EveryByteCounts) {
  Trial trial;
  const Report report = trial.plan(one_edit());
  const std::string text = trial.plan_text(report);
  const std::string copy = trial.folder() / "changed.ldif";
  for (std::size_t at = 0; at < text.size(); at += 7) {
    std::string changed = text;
    changed[at] = changed[at] == 'z' ? 'y' : 'z';
    trial.folder().write("changed.ldif", changed);
    try {
      const PlanFileDigest digest = digest_of_plan_file(copy);
      EXPECT_NE(digest.computed, digest.stated) << "byte " << at;
    } catch (const InputError&) {
      EXPECT_LT(at, text.find("\ndn: ")) << "byte " << at;
    }
  }
}

TEST(PlanFile, DigestDependsOnOptionsAndSnapshots) {
  World world = one_edit();
  Trial trial;
  const std::string plain = trial.plan(world).plan_digest;
  DiffOptions options;
  options.keep_suffixes = {"@nobody"};
  EXPECT_NE(trial.plan(world, options).plan_digest, plain);
  add_user(world, 2, "b@x");  // no change of the plan, but of both snapshots
  EXPECT_NE(trial.plan(world).plan_digest, plain);
}

TEST(PlanFile, AChangedFileIsRefused) {
  Trial trial;
  trial.out = trial.folder() / "plan.ldif";
  trial.plan(one_edit());
  EXPECT_NO_THROW(apply(trial, with_file(trial.out)));
  std::string text = read_file(trial.out);
  text.replace(text.find("extensionAttribute1: v"), 22, "extensionAttribute1: w");
  trial.folder().write("plan.ldif", text);
  EXPECT_THROW(apply(trial, with_file(trial.out)), UsageError);
}

TEST(PlanFile, AFileOfAnotherStoreIsRefused) {
  Trial here, there;
  there.plan(one_edit());
  World other = one_edit();
  exo_mailbox(other, 1).properties["CustomAttribute1"] = Values{"w"};
  here.out = here.folder() / "plan.ldif";
  here.plan(other);
  EXPECT_THROW(apply(there, with_file(here.out)), UsageError);
}

TEST(PlanFile, WhatIsNoPlanIsAnInputError) {
  const TempFolder folder;
  for (const char* text : {"", "version: 1\n", "dn: CN=a\nchangetype: modify\n"}) {
    EXPECT_THROW(digest_of_plan_file(folder.write("file.ldif", text)), InputError);
  }
}

TEST(PlanFile, AStoppedPlanNeedsItsDigest) {
  World world;
  for (unsigned n = 1; n <= 52; ++n) {
    add_user(world, n, "p" + std::to_string(n) + "@x");
    ad_user(world, n).attributes["extensionAttribute1"] = {"v"};
  }
  Trial trial;
  const Report report = trial.plan(world);
  ASSERT_TRUE(report.stopped_by_guard());
  EXPECT_THROW(apply(trial, {}), GuardError);
  ApplyRequest wrong;
  wrong.accept = std::string(64, '0');
  EXPECT_ANY_THROW(apply(trial, wrong));
  ApplyRequest right;
  right.accept = report.plan_digest;
  EXPECT_NO_THROW(apply(trial, right));
  // That was a dry run: it has not spent the acceptance.
  EXPECT_FALSE(newest_snapshot(trial.store(), Side::kCloud, true));
  EXPECT_THROW(apply(trial, {}), GuardError);
}

TEST(PlanFile, RejectsAreListedWithTheirReasons) {
  World world = one_edit();
  exo_mailbox(world, 1).properties["CustomAttribute2"] = Values{std::string(1025, 'v')};
  ad_user(world, 1).attributes["msExchExtensionCustomAttribute1"] = {"old"};
  exo_mailbox(world, 1).properties["ExtensionCustomAttribute1"] = Values{};
  Trial trial;
  const Report report = trial.plan(world);
  const std::string text = read_file(report.folder + "/rejects.ldif");
  EXPECT_NE(text.find("# reason: value-too-long"), std::string::npos);
  EXPECT_NE(text.find("# held: clear-at-first-sight"), std::string::npos);
  const auto records = parse_plan(text);
  ASSERT_EQ(records.size(), 1U) << "what is held is only comments";
  EXPECT_EQ(records[0].modifications[0].attribute, "extensionAttribute2");
}

TEST(PlanFile, ValuesThatAreNotPlainAreBase64) {
  World world = one_edit();
  exo_mailbox(world, 1).properties["CustomAttribute1"] = Values{" sp\xC3\xA4t "};
  Trial trial;
  const auto records = parse_plan(trial.plan_text(trial.plan(world)));
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].modifications.back().values, Values{" sp\xC3\xA4t "});
}

}  // namespace
}  // namespace trueup::world
