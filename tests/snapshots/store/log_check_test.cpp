// SPDX-License-Identifier: Apache-2.0
// Damage to the log of the store's database: told, wherever it is; and what stands before it stays.
#include "snapshots/store/log_check.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "snapshots/store/store.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

namespace fs = std::filesystem;

constexpr int kRecords = 400;

std::string value_of(int i) { return std::string(static_cast<std::size_t>(100 + i), 'v'); }

/// A store as a kill leaves it: all of it in the log.
class LogCheck : public ::testing::Test {
 protected:
  LogCheck() {
    const auto store = Store::open(folder_ / "living", Store::Mode::kReadWrite);
    for (int i = 0; i < kRecords; ++i)
      store->put_ordered(numbered_key("n", static_cast<std::uint64_t>(i)), value_of(i));
    store->sync();
    fs::copy(folder_ / "living", folder_ / "killed", fs::copy_options::recursive);
    for (const auto& entry : fs::directory_iterator(folder_ / "killed/db")) {
      if (entry.path().extension() == ".log" && fs::file_size(entry) > 0) log_ = entry.path();
    }
    whole_ = read_file(log_);
  }

  void write(const std::string& bytes) const { std::ofstream(log_, std::ios::binary) << bytes; }
  /// How many records a copy of it has, if they are the first ones; and what it says of damage.
  int records_with(const std::string& log, std::string& damage) const {
    write(log);
    const std::string copy = folder_ / "copy";
    fs::remove_all(copy);
    fs::copy(folder_ / "killed", copy, fs::copy_options::recursive);
    const auto store = Store::open(copy, Store::Mode::kReadWrite);
    damage = store->damage();
    int count = 0;
    store->scan("n", [&](std::string_view, std::string_view) { return ++count > 0; });
    return count;
  }

  TempFolder folder_;
  fs::path log_;
  std::string whole_;
};

TEST_F(LogCheck, AWholeLogIsWhole) {
  ASSERT_GT(whole_.size(), 2 * 32768U);
  EXPECT_FALSE(damage_in_log(whole_));
  EXPECT_FALSE(damage_in_log(""));
  std::string damage;
  EXPECT_EQ(records_with(whole_, damage), kRecords);
  EXPECT_EQ(damage, "");
}

// As a kill in the middle of a write leaves it.
TEST_F(LogCheck, HalfARecordAtTheEndIsNoDamage) {
  for (std::size_t size = whole_.size(); size > whole_.size() - 900; size -= 13) {
    EXPECT_FALSE(damage_in_log(whole_.substr(0, size))) << size;
  }
  std::string damage;
  EXPECT_EQ(records_with(whole_.substr(0, whole_.size() - 5), damage), kRecords - 1);
  EXPECT_EQ(damage, "");
}

TEST_F(LogCheck, OneFlippedBitAnywhereIsTold) {
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    std::string log = whole_;
    const std::size_t at = random() % log.size();
    log[at] = static_cast<char>(log[at] ^ (1 << random() % 8));
    const auto found = damage_in_log(log);
    // What fills a block up is not read.
    if (found)
      EXPECT_LE(*found, at);
    else
      EXPECT_TRUE(32768 - at % 32768 < 7 || at > whole_.size() - 600) << at;
  }
}

TEST_F(LogCheck, TheStoreOpensWithWhatStandsBeforeIt) {
  std::mt19937 random(2);
  for (int i = 0; i < 12; ++i) {
    std::string log = whole_;
    const std::size_t at = random() % (log.size() - 2000);
    log[at] = static_cast<char>(log[at] ^ 0x20);
    std::string damage;
    const int records = records_with(log, damage);
    EXPECT_LT(records, kRecords) << at;
    EXPECT_NE(damage.find("db/"), std::string::npos) << at;
    EXPECT_GE(static_cast<double>(records) * 600, static_cast<double>(at) / 2) << at;
  }
}

// RocksDB steps over zeros without a word.
TEST_F(LogCheck, ABlockOfZerosIsTold) {
  for (const std::size_t at : {std::size_t{0}, std::size_t{4096}, std::size_t{32768}}) {
    std::string log = whole_;
    log.replace(at, 4096, 4096, '\0');
    std::string damage;
    EXPECT_LT(records_with(log, damage), kRecords);
    EXPECT_NE(damage, "") << at;
  }
}

TEST_F(LogCheck, AStoreForReadingSaysItToo) {
  std::string log = whole_;
  log[whole_.size() / 2] = static_cast<char>(log[whole_.size() / 2] ^ 1);
  write(log);
  const auto store = Store::open(folder_ / "killed", Store::Mode::kReadOnly);
  EXPECT_NE(store->damage(), "");
}

TEST_F(LogCheck, WhatWasFlushedNeedsNoLog) {
  const auto store = Store::open(folder_ / "flushed", Store::Mode::kReadWrite);
  store->put_ordered("key", "value");
  store->flush();
  const std::string copy = folder_ / "copy";
  fs::copy(folder_ / "flushed", copy, fs::copy_options::recursive);
  for (const auto& entry : fs::directory_iterator(copy + "/db")) {
    if (entry.path().extension() == ".log") std::ofstream(entry.path(), std::ios::trunc).flush();
  }
  EXPECT_EQ(Store::open(copy, Store::Mode::kReadWrite)->get("key"), "value");
}

TEST_F(LogCheck, APassedNumberIsNotGivenOut) {
  const auto store = Store::open(folder_ / "numbers", Store::Mode::kReadWrite);
  store->pass_number("run", 4);
  EXPECT_EQ(store->next_number("run"), 5U);
  store->pass_number("run", 3);
  EXPECT_EQ(store->next_number("run"), 6U);
}

TEST_F(LogCheck, WhoHoldsAStoreIsTold) {
  EXPECT_EQ(Store::holder(folder_ / "none"), "");
  const auto store = Store::open(folder_ / "held", Store::Mode::kReadWrite);
  EXPECT_NE(Store::holder(folder_ / "held").find("process"), std::string::npos);
}

}  // namespace
}  // namespace trueup
