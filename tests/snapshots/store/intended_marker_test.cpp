// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/intended_marker.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "snapshots/store/store.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

class IntendedMarkerTest : public ::testing::Test {
 protected:
  IntendedMarkerTest() {
    run_.run = 7;
    run_.plan_digest = "0123456789abcdef";
    run_.changes = 1000;
    run_.settings = std::string(5000, 's');
    std::filesystem::create_directories(store_->folder() + "/runs/7");
  }

  std::string path() const { return store_->folder() + "/runs/7/intended"; }
  MarkedRun read() const { return read_marker(*store_, 7).value(); }
  std::uint32_t doubtful() const { return doubtful_up_to(*store_, run_); }
  void spoil(std::size_t at, std::size_t size = 1) const {
    std::string bytes = read_file(path());
    for (std::size_t i = at; i < at + size; ++i)
      bytes.at(i) = static_cast<char>(bytes.at(i) ^ 0x10);
    std::ofstream(path(), std::ios::binary) << bytes;
  }

  TempFolder folder_;
  std::unique_ptr<Store> store_ = Store::open(folder_ / "store", Store::Mode::kReadWrite);
  RunDescription run_;
};

TEST_F(IntendedMarkerTest, KnowsTheRunAndHowFarItWas) {
  EXPECT_FALSE(read_marker(*store_, 7));
  EXPECT_FALSE(has_marker(*store_, 7));
  EXPECT_EQ(doubtful(), 0U) << "of a trueup that wrote none";
  IntendedMarker marker(*store_, run_, 0);
  EXPECT_TRUE(has_marker(*store_, 7));
  EXPECT_EQ(read().run->plan_digest, run_.plan_digest);
  EXPECT_EQ(read().run->changes, 1000U);
  EXPECT_EQ(read().run->settings, run_.settings);
  EXPECT_EQ(doubtful(), 0U);
  for (const std::uint32_t last : {32U, 64U, 200U, 100U}) {
    marker.raise(last);
    EXPECT_EQ(doubtful(), std::max(last, last == 100 ? 200U : 0U));
    EXPECT_TRUE(read().whole);
  }
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(IntendedMarkerTest, WhatIsAccountedForIsNoDoubtUntilMoreIsIntended) {
  IntendedMarker marker(*store_, run_, 0);
  marker.raise(300);
  marker.account();
  EXPECT_EQ(doubtful(), 0U);
  EXPECT_EQ(read().intended, 300U);
  marker.raise(310);
  EXPECT_EQ(doubtful(), 310U);
  const IntendedMarker resumed(*store_, run_, 310);
  EXPECT_EQ(doubtful(), 310U) << "never less than was sent";
}

TEST_F(IntendedMarkerTest, RaisedFromManyThreadsItStandsAtTheHighest) {
  IntendedMarker marker(*store_, run_, 0);
  std::vector<std::future<void>> all;
  for (std::uint32_t n = 1; n <= 64; ++n) {
    all.push_back(std::async(std::launch::async, [&marker, n] { marker.raise((n * 37) % 65); }));
  }
  for (auto& one : all) one.get();
  EXPECT_EQ(doubtful(), 64U);
}

// Half of a write is in the cells of one pair; the other pair has the value before.
TEST_F(IntendedMarkerTest, ATornWriteLeavesTheValueBefore) {
  IntendedMarker marker(*store_, run_, 0);
  marker.raise(100);
  const std::string before = read_file(path());
  marker.raise(200);
  const std::string after = read_file(path());
  for (std::size_t bytes = 0; bytes < 1024; bytes += 7) {
    // Value 2 stands in the first pair, bytes 0 to 1023; a sector is written whole or not at all.
    std::string torn = after;
    const std::size_t whole = bytes / 512 * 512;
    torn.replace(whole, 1024 - whole, before.substr(whole, 1024 - whole));
    std::ofstream(path(), std::ios::binary) << torn;
    EXPECT_TRUE(read().whole);
    EXPECT_EQ(doubtful(), whole == 0 ? 100U : 200U);
  }
}

TEST_F(IntendedMarkerTest, OneBadByteAnywhereNeverLowersIt) {
  IntendedMarker marker(*store_, run_, 0);
  marker.raise(100);
  marker.raise(200);
  const std::string good = read_file(path());
  for (std::size_t at = 0; at < good.size(); at += at < 2048 ? 1 : 97) {
    std::ofstream(path(), std::ios::binary) << good;
    spoil(at);
    ASSERT_GE(doubtful(), 200U) << at;
  }
}

TEST_F(IntendedMarkerTest, UnreadableMeansAllOfThePlan) {
  IntendedMarker marker(*store_, run_, 0);
  marker.raise(100);
  marker.account();
  const std::string good = read_file(path());
  spoil(0, 1024);  // a pair
  EXPECT_FALSE(read().whole);
  EXPECT_EQ(doubtful(), 1000U) << "not accounted for any more either";
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, std::size_t{1000}}) {
    std::ofstream(path(), std::ios::binary) << good.substr(0, size);
    EXPECT_EQ(doubtful(), 1000U) << size;
    EXPECT_FALSE(read().run) << size;
  }
  std::ofstream(path(), std::ios::binary) << good;
  spoil(5000);
  EXPECT_FALSE(read().run);
  EXPECT_EQ(doubtful(), 0U) << "the cells stand by themselves";
}

TEST_F(IntendedMarkerTest, OneOfAnotherRunIsNone) {
  IntendedMarker marker(*store_, run_, 50);
  std::filesystem::create_directories(store_->folder() + "/runs/8");
  std::filesystem::copy_file(path(), store_->folder() + "/runs/8/intended");
  const MarkedRun other = read_marker(*store_, 8).value();
  EXPECT_FALSE(other.run);
  EXPECT_FALSE(other.whole);
}

}  // namespace
}  // namespace trueup
