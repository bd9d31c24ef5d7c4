// SPDX-License-Identifier: Apache-2.0
#include "engine/load/staging/object_times.h"

#include <gtest/gtest.h>

#include "tests/support/world.h"

namespace trueup {
namespace {

Anchor key(unsigned n) { return Anchor::from_bytes(world::guid_octets(n)); }

TEST(ObjectTimes, KeepsTheNewestOfEachObjectNewestFirst) {
  ObjectTimes times;
  for (unsigned n = 1; n <= 100; ++n) times.see(key(n), 1000 + n);
  times.see(key(99), 500);
  times.see(key(100), 0);  // not told
  FeedFacts facts;
  times.put_into(facts);
  ASSERT_EQ(facts.newest.size(), ObjectTimes::kKept);
  for (unsigned i = 0; i < ObjectTimes::kKept; ++i) {
    EXPECT_EQ(facts.newest[i], (ObjectTime{key(100 - i), 1100 - i}));
  }
}

TEST(ObjectTimes, PartsOfSeveralThreadsAreAsOne) {
  FeedFacts of_one, of_parts;
  ObjectTimes one, parts[3];
  for (unsigned n = 1; n <= 60; ++n) {
    one.see(key(n), 1000 + n % 7);
    parts[n % 3].see(key(n), 1000 + n % 7);
  }
  ObjectTimes sum;
  for (const ObjectTimes& part : parts) sum.add(part);
  one.put_into(of_one);
  sum.put_into(of_parts);
  EXPECT_EQ(of_parts.newest, of_one.newest);
}

TEST(ObjectTimes, FindsThoseItLooksOutForHoweverOldTheyAre) {
  ObjectTimes times;
  times.watch(std::vector<ObjectTime>{{key(1), 5000}, {key(2), 5000}});
  ObjectTimes part = times.without_objects();
  for (unsigned n = 10; n <= 60; ++n) part.see(key(n), 9000);
  part.see(key(1), 3);
  times.add(part);
  FeedFacts facts;
  times.put_into(facts);
  EXPECT_EQ(facts.watched, (std::vector<ObjectTime>{{key(1), 3}})) << "the other one is not there";
}

}  // namespace
}  // namespace trueup
