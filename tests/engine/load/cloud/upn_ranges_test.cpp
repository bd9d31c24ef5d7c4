// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/upn_ranges.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace trueup {
namespace {

using Names = std::vector<std::string>;

TEST(ListPieces, CutsASampleInPartsOfLikeSize) {
  Names names;
  for (int i = 999; i >= 0; --i) names.push_back("U" + std::to_string(1000 + i) + "@x");
  const Names bounds = bounds_of(names, 4, "", "");
  EXPECT_EQ(bounds, (Names{"u1250@x", "u1500@x", "u1750@x"}));
}

TEST(ListPieces, KeepsWithinThePieceThatIsCut) {
  EXPECT_EQ(bounds_of({"a", "m", "m", "z"}, 4, "a", "z"), Names{"m"});
  EXPECT_TRUE(bounds_of({"m", "m", "m"}, 3, "m", "n").empty()) << "a piece of one name stays one";
  EXPECT_TRUE(bounds_of({}, 5, "", "").empty());
}

TEST(ListPieces, CutsByLettersWhereThereIsNoSample) {
  EXPECT_EQ(letter_bounds("", "").size(), 36U);
  EXPECT_EQ(letter_bounds("smith@x", "v"), (Names{"t", "u"}));
  EXPECT_EQ(letter_bounds("zy@x", "").front(), "zz");
  EXPECT_EQ(letter_bounds("anna", "annb").front(), "anna0") << "between two near names, deeper";
}

TEST(ListPieces, SeesASortedList) {
  Names names;
  for (int i = 0; i < 100; ++i) names.push_back("u" + std::to_string(100 + i));
  EXPECT_TRUE(in_order(names));
  std::swap(names[3], names[4]);
  EXPECT_TRUE(in_order(names)) << "another collation than ours";
  std::reverse(names.begin(), names.end());
  EXPECT_FALSE(in_order(names));
  EXPECT_FALSE(in_order({"a", "b"})) << "two names tell nothing";
}

TEST(ListPieces, ThinsOutEvenly) {
  Names names;
  for (int i = 0; i < 100; ++i) names.push_back(std::to_string(i));
  thin_out(names, 10);
  EXPECT_EQ(names, (Names{"0", "10", "20", "30", "40", "50", "60", "70", "80", "90"}));
}

/// Cut at bounds, in any order that a service may sort names by, no name is in no piece: the
/// pieces are closed, share their bounds, and are open at both ends.
RC_GTEST_PROP(ListPiecesProperties, NoCollationLeavesAGap,
              (const Names& sample, std::uint32_t seed)) {
  const Names bounds = bounds_of(sample, 8, "", "");
  const auto rank = [seed](const std::string& name) {
    std::uint64_t hash = seed;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return hash;
  };
  Names names = *rc::gen::arbitrary<Names>();
  names.insert(names.end(), sample.begin(), sample.end());
  for (const std::string& name : names) {
    bool covered = bounds.empty();
    for (std::size_t i = 0; i <= bounds.size() && !bounds.empty(); ++i) {
      const bool above = i == 0 || rank(bounds[i - 1]) <= rank(name);
      const bool below = i == bounds.size() || rank(name) <= rank(bounds[i]);
      covered = covered || (above && below);
    }
    RC_ASSERT(covered);
  }
}

}  // namespace
}  // namespace trueup
