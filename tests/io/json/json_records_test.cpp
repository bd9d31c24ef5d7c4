// SPDX-License-Identifier: Apache-2.0
#include "io/json/json_records.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace trueup {
namespace {

TEST(ListParts, AreJoinedInAnyOrder) {
  EXPECT_TRUE(rc::check([] {
    std::vector<ListPart> parts;
    for (const char* file : {"a.json", "b.json"}) {
      const int count = *rc::gen::inRange(2, 8);
      for (int i = 0; i < count; ++i) {
        const auto begin = static_cast<std::uint64_t>(i) * 10;
        parts.push_back({.file = file,
                         .begin = begin,
                         .end = begin + 10,
                         .opens = i == 0,
                         .closes = i == count - 1,
                         .records = 3});
        parts.back().has_next_link = i == 0;
        if (i == count - 1) parts.back().announced = 7;
      }
    }
    std::size_t total = parts.size();
    std::vector<ListPart> open;
    std::vector<ListPart> whole;
    while (!parts.empty()) {
      const auto i = static_cast<std::ptrdiff_t>(*rc::gen::inRange<std::size_t>(0, parts.size()));
      if (auto list = join(open, parts[static_cast<std::size_t>(i)])) whole.push_back(*list);
      parts.erase(parts.begin() + i);
    }
    RC_ASSERT(open.empty());
    RC_ASSERT(whole.size() == 2U);
    RC_ASSERT(whole[0].file != whole[1].file);
    RC_ASSERT(whole[0].records + whole[1].records == 3 * total);
    for (const ListPart& list : whole) {
      RC_ASSERT(list.begin == 0U);
      RC_ASSERT(list.records * 10 == list.end * 3);
      RC_ASSERT(list.announced == std::optional<std::uint64_t>(7));
      RC_ASSERT(list.has_next_link);
      RC_ASSERT(!list.has_delta_link);
    }
  }));
}

TEST(ListParts, OfDifferentListsAreNotJoined) {
  std::vector<ListPart> open;
  EXPECT_FALSE(join(open, {.file = "a", .begin = 0, .end = 10, .opens = true}));
  // Two lists in one file, one right behind the other.
  EXPECT_FALSE(join(open, {.file = "a", .begin = 30, .end = 40, .opens = true}));
  EXPECT_FALSE(join(open, {.file = "b", .begin = 10, .end = 30, .closes = true}));
  EXPECT_EQ(open.size(), 3U);
  EXPECT_TRUE(join(open, {.file = "a", .begin = 10, .end = 30, .closes = true}));
  EXPECT_EQ(open.size(), 2U);
}

}  // namespace
}  // namespace trueup
