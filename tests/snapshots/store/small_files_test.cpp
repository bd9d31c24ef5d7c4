// SPDX-License-Identifier: Apache-2.0
// Many small runs, each in a process of its own: the number of files does not grow with them.
#include <gtest/gtest.h>

#include <filesystem>

#include "snapshots/store/store.h"
#include "snapshots/store/stored_plan.h"
#include "snapshots/store/table.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

class SmallFiles : public testing::Test {
 protected:
  std::unique_ptr<Store> open(Store::Mode mode = Store::Mode::kReadWrite) const {
    return Store::open(folder_ / "store", mode);
  }
  /// What a process of its own does for one run.
  void run(std::uint64_t number) const {
    const auto store = open();
    store->put_ordered(numbered_key("run/", number), "record of " + std::to_string(number));
    store_plan(*store, number, {plan_of(number)});
  }
  static std::string plan_of(std::uint64_t number) {
    Change change;
    change.number = static_cast<std::uint32_t>(number);
    std::string encoded;
    encode(change, encoded);
    return encoded;
  }
  int files() const {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "store/db")) {
      if (entry.path().extension() == ".sst") ++count;
    }
    return count;
  }
  static bool has_plan(const Store& store, std::uint64_t number) {
    Change change;
    return PlanCursor(store, number).next(change) && change.number == number;
  }

  TempFolder folder_;
};

TEST_F(SmallFiles, ThreeHundredRunsCostWhatThreeCost) {
  constexpr int kMostOfEach = 16;  // of records, of plans
  for (std::uint64_t n = 1; n <= 300; ++n) {
    run(n);
    if (n % 50 == 0) {
      EXPECT_LE(files(), 2 * kMostOfEach + 2) << "after " << n << " runs";
    }
  }
  const auto store = open(Store::Mode::kReadOnly);
  for (std::uint64_t n = 1; n <= 300; ++n) {
    ASSERT_EQ(store->get(numbered_key("run/", n)), "record of " + std::to_string(n));
    ASSERT_TRUE(has_plan(*store, n)) << n;
  }
}

TEST_F(SmallFiles, SnapshotsKeepTheirOwn) {
  for (std::uint64_t n = 1; n <= 40; ++n) {
    const auto store = open();
    TableWriter writer(*store);
    writer.add(table_prefix(snapshot_prefix(n), Table::kRecords), "a", "v");
    store->ingest({writer.finish().value()});
  }
  open()->merge_small_files();
  EXPECT_GE(files(), 40) << "each goes by itself, as a whole file";
  EXPECT_EQ(open(Store::Mode::kReadOnly)->table_owners().size(), 40U);
}

TEST_F(SmallFiles, OnePlanOfAMergedFileGoesAndTheOthersStay) {
  for (std::uint64_t n = 1; n <= 10; ++n) run(n);
  open()->merge_small_files();
  open()->drop(plan_prefix(4));
  for (const bool merged : {false, true}) {
    if (merged) open()->merge_small_files();
    const auto store = open(Store::Mode::kReadOnly);
    for (std::uint64_t n = 1; n <= 10; ++n) EXPECT_EQ(has_plan(*store, n), n != 4) << n;
    EXPECT_EQ(store->table_bytes_of(plan_prefix(4)), 0U);
  }
  run(4);
  EXPECT_TRUE(has_plan(*open(), 4)) << "one that is stored anew is there";
}

TEST_F(SmallFiles, WhatIsErasedByPrefixIsGoneForGood) {
  {
    const auto store = open();
    for (const char* key : {"journal/1", "journal/1a", "journal/2"}) store->put_ordered(key, "x");
    store->erase_all("journal/1");
  }
  for (const bool merged : {false, true}) {
    if (merged) open()->merge_small_files();
    const auto store = open();
    EXPECT_FALSE(store->get("journal/1"));
    EXPECT_FALSE(store->get("journal/1a"));
    EXPECT_TRUE(store->get("journal/2"));
  }
}

}  // namespace
}  // namespace trueup
