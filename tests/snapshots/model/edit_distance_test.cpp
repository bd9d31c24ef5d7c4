// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/edit_distance.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trueup {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsAndSubstitutions) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("ab", "ba"), 2U) << "a swap is two";
}

TEST(EditDistance, NearestIsTheFirstOfTheNearest) {
  const std::vector<std::string> words = {"scope", "exclude", "scale"};
  EXPECT_EQ(nearest("exlude", words), "exclude");
  EXPECT_EQ(nearest("scpe", words), "scope");
  EXPECT_EQ(nearest("scoale", words), "scale");
  EXPECT_EQ(nearest("sco", std::vector<std::string>{"scox", "scoy"}), "scox");
  EXPECT_EQ(nearest("x", std::vector<std::string>{}), "");
}

}  // namespace
}  // namespace trueup
