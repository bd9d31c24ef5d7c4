// SPDX-License-Identifier: Apache-2.0
#include "io/usn_slicer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace trueup {
namespace {

using std::chrono::milliseconds;

constexpr UsnSlice kAll{.first = 1, .last = 1'000'003};

/// Whether they cover kAll, each number once.
void expect_cover(std::vector<UsnSlice> slices) {
  std::ranges::sort(slices, {}, &UsnSlice::first);
  std::uint64_t next = kAll.first;
  for (const UsnSlice& s : slices) {
    EXPECT_EQ(s.first, next);
    EXPECT_GE(s.last, s.first);
    next = s.last + 1;
  }
  EXPECT_EQ(next, kAll.last + 1);
}

TEST(UsnSlicer, FixedSlicesCoverTheRange) {
  for (const int count : {1, 2, 3, 16}) {
    UsnSlicer slicer(kAll, {.fixed_slices = count});
    std::vector<UsnSlice> slices;
    while (const auto slice = slicer.next()) {
      slices.push_back(*slice);
      slicer.done(*slice, 1);
    }
    EXPECT_EQ(slices.size(), static_cast<std::size_t>(count));
    expect_cover(slices);
  }
}

TEST(UsnSlicer, WhereAFirstPageIsSlowTwoHalvesAreAll) {
  UsnSlicer slicer(kAll, {.connections = 4, .patience = milliseconds(1)});
  const auto one = slicer.next();
  const auto two = slicer.next();  // waits for its patience
  EXPECT_TRUE(slicer.go_on(*one, 1000, milliseconds(400)));
  slicer.done(*one, 1000);
  slicer.done(*two, 1000);
  EXPECT_FALSE(slicer.next());
  expect_cover({*one, *two});
}

TEST(UsnSlicer, WhereAFirstPageIsFastTheRangeIsCutAnew) {
  UsnSlicer slicer(kAll, {.connections = 4, .patience = milliseconds(60'000)});
  const auto first = slicer.next();
  EXPECT_FALSE(slicer.go_on(*first, 1000, milliseconds(5)));
  std::vector<UsnSlice> read;
  while (const auto slice = slicer.next()) {
    EXPECT_LT(slice->width(), kAll.width() / 4);
    EXPECT_TRUE(slicer.go_on(*slice, 1000, milliseconds(5)));
    slicer.done(*slice, slice->width() / 5);  // 200,000 objects in all
    read.push_back(*slice);
  }
  expect_cover(read);
  EXPECT_LT(read.size(), 60U);
}

TEST(UsnSlicer, OneConnectionReadsItInOneGo) {
  UsnSlicer slicer(kAll, {.connections = 1, .patience = milliseconds(60'000)});
  std::vector<UsnSlice> read;
  while (const auto slice = slicer.next()) {
    slicer.done(*slice, 0);
    read.push_back(*slice);
  }
  EXPECT_EQ(read.size(), 1U);
  expect_cover(read);
}

TEST(UsnSlicer, ASliceThatIsGivenBackIsReadByAnother) {
  UsnSlicer slicer(kAll, {.fixed_slices = 2});
  const auto one = slicer.next();
  const auto two = slicer.next();
  slicer.give_back(*one);
  const auto again = slicer.next();
  EXPECT_EQ(*again, *one);
  slicer.done(*two, 1);
  slicer.done(*again, 1);
  EXPECT_FALSE(slicer.next());
}

TEST(UsnSlicer, AfterAFailureNobodyGoesOn) {
  UsnSlicer slicer(kAll, {.fixed_slices = 2});
  const auto one = slicer.next();
  slicer.stop();
  EXPECT_FALSE(slicer.go_on(*one, 1000, milliseconds(1)));
  EXPECT_FALSE(slicer.next());
}

TEST(UsnSlicer, AnEmptyRangeHasNoSlices) {
  UsnSlicer slicer({.first = 1, .last = 0}, {});
  EXPECT_FALSE(slicer.next());
}

}  // namespace
}  // namespace trueup
