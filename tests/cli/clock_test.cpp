// SPDX-License-Identifier: Apache-2.0
// A plan whose time is ahead of the clock, as after the clock was set back.
#include "tests/cli/small_tenant.h"
#include "tests/support/aged_store.h"

namespace trueup::cli {
namespace {

class CliClockSlapd : public SmallTenant {
 protected:
  /// As if all that is in the store had been done in `hours` hours.
  void made_in(std::uint64_t hours) {
    const auto store = Store::open(folder_ / store_, Store::Mode::kReadWrite);
    for (SnapshotDescription& d : snapshots(*store)) {
      d.loaded_at += hours * 3600;
      put(*store, d);
    }
    for (RunDescription& run : run_descriptions(*store)) {
      run.started_at += hours * 3600;
      put(*store, run);
    }
    store->sync();
  }
};

TEST_F(CliClockSlapd, APlanOfALittleLaterIsYoung) {
  mailboxes(3);
  plan();
  made_in(3);
  EXPECT_EQ(applied(kDone).at("done"), 3);
}

TEST_F(CliClockSlapd, OneOfMuchLaterCannotBeJudged) {
  mailboxes(3);
  plan();
  made_in(30);
  const ProcessResult refused = apply();
  EXPECT_TRUE(
      fails(refused, kUsage, {"is (29|30) hours ahead of this machine's clock", "plan again"}));
  EXPECT_TRUE(written(3).empty());
}

}  // namespace
}  // namespace trueup::cli
