// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/spool.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <thread>

#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

using Items = std::map<int, std::vector<std::string>>;

void put(Spool::Writer& writer, int partition, const std::string& item) {
  char* room = writer.append(partition, item.size());
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(room) % 8, 0U);
  std::memcpy(room, item.data(), item.size());
}

// All that is in it, sorted within each partition.
Items taken(Spool& spool) {
  Items items;
  for (int p = 0; p < kShardCount; ++p) {
    std::vector<std::string_view> views;
    spool.items(p, views);
    for (std::string_view v : views) items[p].emplace_back(v);
    if (items.contains(p)) std::sort(items[p].begin(), items[p].end());
    spool.release(p);
  }
  return items;
}

TEST(Spool, GivesBackWhatWasAppended) {
  const TempFolder folder;
  BlockPool pool(std::size_t{1} << 30);
  Spool spool(pool, folder.path());
  Spool::Writer writer(spool);
  put(writer, 0, "a");
  put(writer, 63, "c");
  put(writer, 0, "bb");
  writer.flush();
  EXPECT_EQ(taken(spool), (Items{{0, {"a", "bb"}}, {63, {"c"}}}));
  EXPECT_FALSE(spool.spilled());
}

TEST(Spool, SpillsToAFileThatNobodySeesBeyondItsBudget) {
  const TempFolder folder;
  BlockPool pool(0);
  Spool spool(pool, folder.path());
  Items expected;
  Spool::Writer writer(spool);
  for (int i = 0; i < 5000; ++i) {
    const std::string item = "item " + std::to_string(i) + std::string(2000, 'x');
    put(writer, i % kShardCount, item);
    expected[i % kShardCount].push_back(item);
  }
  writer.flush();
  for (auto& [p, items] : expected) std::sort(items.begin(), items.end());
  EXPECT_TRUE(spool.spilled());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "unlinked";
  EXPECT_EQ(taken(spool), expected);
}

TEST(Spool, AnItemMayBeBiggerThanABlock) {
  for (const std::size_t budget : {std::size_t{0}, std::size_t{1} << 30}) {
    const TempFolder folder;
    BlockPool pool(budget);
    Spool spool(pool, folder.path());
    const std::string big(3 * BlockPool::kBlockBytes + 5, 'b');
    Spool::Writer writer(spool);
    put(writer, 7, "small");
    put(writer, 7, big);
    put(writer, 7, "last");
    writer.flush();
    EXPECT_EQ(taken(spool), (Items{{7, {big, "last", "small"}}}));
  }
}

TEST(Spool, BlocksGoBackToThePool) {
  const TempFolder folder;
  BlockPool pool(4 * BlockPool::kBlockBytes);
  for (int round = 0; round < 20; ++round) {
    Spool spool(pool, folder.path());
    Spool::Writer writer(spool);
    put(writer, 1, std::to_string(round));
    writer.flush();
    EXPECT_EQ(taken(spool), (Items{{1, {std::to_string(round)}}}));
  }
}

TEST(Spool, ClearedItIsAsNewAtAnyBudget) {
  for (const std::size_t budget : {std::size_t{0}, std::size_t{1} << 30}) {
    const TempFolder folder;
    BlockPool pool(budget);
    Spool spool(pool, folder.path());
    const auto fill = [&](char c) {
      Spool::Writer writer(spool);
      for (int i = 0; i < 200; ++i) put(writer, i % 2, std::string(3000, c));
    };
    fill('a');
    EXPECT_EQ(taken(spool).size(), 2U);
    fill('b');
    spool.clear();
    EXPECT_EQ(spool.bytes(), 0U);
    EXPECT_FALSE(spool.spilled());
    fill('c');
    const Items items = taken(spool);
    EXPECT_EQ(spool.spilled(), budget == 0);
    ASSERT_EQ(items.size(), 2U);
    for (const auto& [partition, held] : items) {
      EXPECT_EQ(held, std::vector<std::string>(100, std::string(3000, 'c')));
    }
  }
}

TEST(Spool, TakesManyWritersAtOnce) {
  for (const std::size_t budget : {std::size_t{0}, std::size_t{1} << 30}) {
    const TempFolder folder;
    BlockPool pool(budget);
    Spool spool(pool, folder.path());
    constexpr std::size_t kItemBytes = 2000;  // beyond a block for each partition and writer
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&spool, t] {
        Spool::Writer writer(spool);
        for (int i = 0; i < 4000; ++i) {
          put(writer, (t + i) % kShardCount, std::string(kItemBytes, 'v'));
        }
      });
    }
    for (std::thread& t : threads) t.join();
    std::size_t count = 0;
    for (const auto& [p, items] : taken(spool)) count += items.size();
    EXPECT_EQ(count, 16000U);
    EXPECT_EQ(spool.spilled(), budget == 0);
  }
}

RC_GTEST_PROP(SpoolProperties, NothingIsLostAtAnyBudget, ()) {
  const TempFolder folder;
  BlockPool pool(*rc::gen::element<std::size_t>(0, BlockPool::kBlockBytes, std::size_t{1} << 26));
  Spool spool(pool, folder.path());
  Items expected;
  {
    Spool::Writer one(spool), other(spool);
    for (int i = *rc::gen::inRange(0, 60); i > 0; --i) {
      const int partition = *rc::gen::inRange(0, kShardCount);
      const std::string item(static_cast<std::size_t>(*rc::gen::inRange(1, 30'000)), 'v');
      put(*rc::gen::arbitrary<bool>() ? one : other, partition, item);
      expected[partition].push_back(item);
    }
  }
  for (auto& [p, items] : expected) std::sort(items.begin(), items.end());
  RC_ASSERT(taken(spool) == expected);
}

}  // namespace
}  // namespace trueup
