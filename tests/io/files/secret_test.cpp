// SPDX-License-Identifier: Apache-2.0
#include "io/files/secret.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

#include "tests/support/own_memory.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);

bool all_zero(const char* from, std::size_t size) {
  return std::all_of(from, from + size, [](char c) { return c == 0; });
}

/// Letters that are nowhere else in memory, and the half of them that no allocator writes over.
class Letters {
 public:
  Letters() : masked_(write_random_secret(folder_ / "letters", 96)) {}

  Secret secret() const {
    std::string text = masked_;
    mask(text);
    Secret secret(text);
    mask(text);
    return secret;
  }
  bool anywhere() const { return in_own_memory(masked_.substr(48)); }

 private:
  TempFolder folder_;
  std::string masked_;
};

TEST(Secret, HoldsItsBytes) {
  Secret secret;
  EXPECT_TRUE(secret.empty());
  EXPECT_STREQ(secret.c_str(), "");
  secret.append("");
  secret.append("pass");
  secret.append(" word");
  EXPECT_TRUE(secret.view() == "pass word");
  EXPECT_EQ(secret.size(), 9U);
  EXPECT_STREQ(secret.c_str(), "pass word");
  secret.truncate(4);
  EXPECT_STREQ(secret.c_str(), "pass");
  secret.append(std::string(10'000, 'x'));
  EXPECT_EQ(secret.size(), 10'004U);
}

TEST(Secret, IsReadIntoItsOwnMemory) {
  Secret secret("a");
  const std::span<char> room = secret.room(100);
  std::ranges::copy(std::string_view("bcd"), room.begin());
  secret.extend(3);
  EXPECT_STREQ(secret.c_str(), "abcd");
}

TEST(Secret, WhatIsCutOffIsWiped) {
  Secret secret("pass word");
  const char* const bytes = secret.c_str();
  secret.truncate(4);
  EXPECT_TRUE(all_zero(bytes + 4, 6));
  secret.clear();
  EXPECT_TRUE(all_zero(bytes, 10));
  EXPECT_TRUE(secret.empty());
}

TEST(Secret, IsWipedWithWhatWasWrittenAndNotCounted) {
  Secret secret;
  std::span<char> room = secret.room(8);
  std::ranges::fill(room, 'x');
  secret.clear();
  EXPECT_TRUE(all_zero(room.data(), room.size()));
}

TEST(Secret, IsWipedAtItsEnd) {
  const Letters letters;
  {
    const Secret secret = letters.secret();
    EXPECT_TRUE(letters.anywhere());
  }
  EXPECT_FALSE(letters.anywhere());
}

TEST(Secret, LeavesNothingBehindWhereItWasBeforeItGrew) {
  const Letters letters;
  Secret secret = letters.secret();
  secret.append(std::string(1'000, 'x'));
  EXPECT_TRUE(letters.anywhere());
  secret.clear();
  EXPECT_FALSE(letters.anywhere());
}

TEST(Secret, MovesWithoutACopy) {
  const Letters letters;
  {
    Secret first = letters.secret();
    const char* const bytes = first.c_str();
    Secret second = std::move(first);
    EXPECT_EQ(second.c_str(), bytes);
    EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
    EXPECT_STREQ(first.c_str(), "");
    first.append("again");  // and it is good for more
    EXPECT_STREQ(first.c_str(), "again");
  }
  EXPECT_FALSE(letters.anywhere());
}

TEST(Secret, IsWipedByAnotherThatTakesItsPlace) {
  const Letters letters;
  Secret secret = letters.secret();
  secret = Secret("other");
  EXPECT_STREQ(secret.c_str(), "other");
  EXPECT_FALSE(letters.anywhere());
  Secret& itself = secret;
  secret = std::move(itself);
  EXPECT_STREQ(secret.c_str(), "other");
}

}  // namespace
}  // namespace trueup
