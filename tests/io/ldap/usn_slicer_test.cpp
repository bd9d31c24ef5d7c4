// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/usn_slicer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace trueup {
namespace {

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

TEST(UsnSlicer, WhereSlicesAreDearThereAreFew) {
  for (const auto& [connections, expected] : {std::pair{1, 1}, {2, 2}, {16, 2}}) {
    UsnSlicer slicer(kAll, {.connections = connections, .cheap_slices = false});
    std::vector<UsnSlice> read;
    while (const auto slice = slicer.next()) {
      slicer.done(*slice, 1000);
      read.push_back(*slice);
    }
    EXPECT_EQ(read.size(), static_cast<std::size_t>(expected));
    expect_cover(read);
  }
}

/// All slices of a directory that has `objects` at and above `from`, evenly, read one by one.
std::vector<UsnSlice> cut(double objects, std::uint64_t from) {
  UsnSlicer slicer(kAll, {.connections = 4});
  const double density = objects / static_cast<double>(kAll.last - from);
  std::vector<UsnSlice> read;
  while (const auto slice = slicer.next()) {
    const std::uint64_t first = std::max(slice->first, from);
    slicer.done(*slice, slice->last < first
                            ? 0
                            : static_cast<std::uint64_t>(static_cast<double>(slice->last - first) *
                                                         density));
    read.push_back(*slice);
  }
  expect_cover(read);
  return read;
}

TEST(UsnSlicer, CheapSlicesAreOfAFewPages) {
  const std::vector<UsnSlice> small = cut(10'000, 1);
  EXPECT_LE(small.size(), 8U);
  const std::vector<UsnSlice> large = cut(200'000, 1);
  EXPECT_GE(large.size(), 8U);
  EXPECT_LE(large.size(), 24U);
  for (const UsnSlice& s : large) EXPECT_LE(s.width(), kAll.width() / 8);
}

TEST(UsnSlicer, WhatIsInUseAtTheTopIsNotLeftToOneConnection) {
  // All objects have changed in the last 1 % of the range.
  const std::uint64_t from = kAll.last - kAll.last / 100;
  std::uint64_t widest = 0;
  for (const UsnSlice& s : cut(200'000, from)) {
    if (s.last > from) widest = std::max(widest, s.last - std::max(s.first, from));
  }
  EXPECT_LT(widest, (kAll.last - from) * 4 / 5);
}

TEST(UsnSlicer, OneConnectionReadsItInOneGo) {
  UsnSlicer slicer(kAll, {.connections = 1});
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
  slicer.give_back(*one);
  EXPECT_FALSE(slicer.next());
}

TEST(UsnSlicer, AnEmptyRangeHasNoSlices) {
  UsnSlicer slicer({.first = 1, .last = 0}, {});
  EXPECT_FALSE(slicer.next());
}

}  // namespace
}  // namespace trueup
