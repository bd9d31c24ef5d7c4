// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/guards/kept_settings.h"

#include <gtest/gtest.h>

namespace trueup {
namespace {

struct All {
  LoadOptions load;
  DiffOptions diff;
  GuardOptions guards;
  KeptSettings kept() const {
    return KeptSettings::parsed(KeptSettings(load, diff, guards).text());
  }
};

/// What a change of settings loosens, once this way and once the other.
template <typename Change>
void check(Change change, std::size_t loosened, std::size_t tightened) {
  All before, after;
  change(after);
  EXPECT_EQ(loosened_since(before.kept(), after.kept()).size(), loosened);
  EXPECT_EQ(loosened_since(after.kept(), before.kept()).size(), tightened);
}

TEST(KeptSettings, TheSameLoosenNothing) {
  check([](All&) {}, 0, 0);
}

TEST(KeptSettings, TakingAProtectionBackLoosens) {
  check([](All& a) { a.diff.exclude = {"OU=Board,DC=x"}; }, 0, 1);
  check([](All& a) { a.diff.base = "OU=Staff,DC=x"; }, 0, 1);
  check([](All& a) { a.diff.protect_admin_count = false; }, 1, 0);
  check([](All& a) { a.diff.allow_on_prem_mailboxes = true; }, 1, 0);
  check([](All& a) { a.diff.clear_at_first_sight = FirstSightClears::kAll; }, 1, 0);
  check([](All& a) { a.diff.clear_at_first_sight = FirstSightClears::kNone; }, 0, 1);
  check([](All& a) { a.diff.keep_types = {"X500"}; }, 6, 0);
  check([](All& a) { a.diff.keep_suffixes = {"@old.example"}; }, 0, 1);
  check([](All& a) { a.diff.drop_types = {}; }, 1, 0);
  check([](All& a) { a.diff.hide_suffixes = {"@tenant.onmicrosoft.com"}; }, 0, 1);
  check([](All& a) { a.load.max_defects = 0.5; }, 1, 0);
  check([](All& a) { a.load.assume_complete = true; }, 1, 0);
  check([](All& a) { a.guards.creep_days = 1; }, 1, 0);
}

TEST(KeptSettings, EveryLimitThatIsRaisedLoosens) {
  for (const GuardLimit& limit : guard_limits()) {
    check([&](All& a) { ++(a.guards.*limit.limit).count; }, 1, 0);
    check([&](All& a) { (a.guards.*limit.limit).share += 0.01; }, 1, 0);
  }
  for (const GuardTime& time : guard_times()) {
    check([&](All& a) { ++(a.guards.*time.seconds); }, 1, 0);
  }
}

TEST(KeptSettings, AnExcludeSpelledOtherwiseOrWidenedLoosensNothing) {
  All before, after;
  before.diff.exclude = {"OU=Board,DC=contoso,DC=com"};
  for (const char* exclude :
       {"ou=board, dc=contoso, dc=com", "contoso.com/Board", "DC=contoso,DC=com", "contoso.com/"}) {
    after.diff.exclude = {exclude};
    EXPECT_TRUE(loosened_since(before.kept(), after.kept()).empty()) << exclude;
  }
  after.diff.exclude = {"OU=Level 2,OU=Board,DC=contoso,DC=com"};
  EXPECT_EQ(loosened_since(before.kept(), after.kept()).size(), 1U) << "narrower";
}

TEST(KeptSettings, ANarrowerBaseLoosensNothing) {
  All before, after;
  before.diff.base = "OU=Staff,DC=x";
  after.diff.base = "OU=Berlin,OU=Staff,DC=x";
  EXPECT_TRUE(loosened_since(before.kept(), after.kept()).empty());
  EXPECT_EQ(loosened_since(after.kept(), before.kept()).size(), 1U);
}

}  // namespace
}  // namespace trueup
