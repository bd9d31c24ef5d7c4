// SPDX-License-Identifier: Apache-2.0
// Live reads of a server that is no AD, and when a load of changes is refused.
#include "engine/load/ad/ad_source.h"

#include <gtest/gtest.h>

#include <atomic>

#include "io/ldap/session/root_dse.h"
#include "snapshots/model/errors.h"
#include "tests/support/live_loads.h"
#include "tests/support/servers/relay.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

class WhyFull : public testing::Test {
 protected:
  WhyFull() {
    server_.active_directory = true;
    server_.highest_committed_usn = 500;
    base_.live = true;
    base_.highest_usn = 400;
    base_.taken_at = 1'700'000'000;
    base_.invocation_id = "sixteen octets..";
    base_.ds_service_name = "CN=NTDS Settings,CN=DC1";
    base_.directory = "DC=lab,DC=test";
    base_.read_as = "1 0 svc";
    now_ = base_;
    now_.taken_at += 86'400;
  }
  FullRead why() const { return why_full(options_, base_, now_, server_); }
  void expect_doubt() const {
    EXPECT_NE(why().reason, "");
    EXPECT_FALSE(why().expected);
  }
  void expect_as_usual() const {
    EXPECT_NE(why().reason, "");
    EXPECT_TRUE(why().expected);
  }

  LiveAdOptions options_;
  SnapshotDescription base_, now_;
  RootDse server_;
};

TEST_F(WhyFull, ChangesArePutOnTheSameDatabaseOfTheSameDc) { EXPECT_EQ(why().reason, ""); }

TEST_F(WhyFull, ARestoredDatabaseIsReadAsAWhole) {
  now_.invocation_id = "another database";
  expect_doubt();
}

TEST_F(WhyFull, AnotherDcIsReadAsAWhole) {
  now_.ds_service_name = "CN=NTDS Settings,CN=DC2";
  expect_doubt();
}

TEST_F(WhyFull, AnotherBaseOrAccountIsReadAsAWhole) {
  now_.directory = "OU=Staff,DC=lab,DC=test";
  expect_doubt();
  now_.directory = base_.directory;
  now_.read_as = "1 0 another";
  expect_doubt();
}

TEST_F(WhyFull, AUsnBelowTheWatermarkIsReadAsAWhole) {
  server_.highest_committed_usn = 399;
  expect_doubt();
  server_.highest_committed_usn = 400;
  EXPECT_EQ(why().reason, "");
}

TEST_F(WhyFull, AnOldBaseIsReadAsAWhole) {
  now_.taken_at = base_.taken_at + 31 * 86'400;
  expect_doubt();
  now_.taken_at = base_.taken_at - 1;
  expect_doubt();
}

TEST_F(WhyFull, SoManyLoadsOfChangesAndNoMore) {
  base_.increments = 5;
  EXPECT_EQ(why().reason, "");
  base_.increments = 6;
  expect_as_usual();
  base_.increments = 0;
  options_.full_every = 0;
  expect_as_usual();
}

TEST_F(WhyFull, WhatIsNoAdOrHasNoWatermarkIsReadAsAWhole) {
  server_.active_directory = false;
  expect_as_usual();
  server_.active_directory = true;
  base_.highest_usn = 0;
  expect_as_usual();
  base_.highest_usn = 400;
  base_.live = false;
  expect_as_usual();
}

TEST_F(WhyFull, ItCanBeAskedFor) {
  options_.full = true;
  expect_as_usual();
  options_.full = false;
  options_.save = "ad.ldif";
  expect_as_usual();
}

std::string usn(int number) { return "uSNChanged: " + std::to_string(number) + "\n"; }

/// 2,500 users, some of them without a readable uSNChanged, a group, and an anchor claimed twice.
std::string directory(bool with_usn) {
  std::string ldif;
  for (int i = 0; i < 2500; ++i) {
    const std::string n = std::to_string(i);
    std::string attributes = "mail: " + n + "@x\nproxyAddresses: SMTP:" + n +
                             "@x\nproxyAddresses: X500:/o=Ex/cn=\xC3\xA4" + n + "\n";
    if (i == 7 || i == 8) attributes += "mS-DS-ConsistencyGuid:: AAECAwQFBgcICQoLDA0ODw==\n";
    if (i % 70 == 0) attributes += "homeMDB: CN=DB1,DC=contoso,DC=lab\nadminCount: 1\n";
    if (with_usn && i % 500 != 3) attributes += usn(1000 + i * i % 7919);
    ldif += user_ldif(i, attributes);
  }
  ldif +=
      "dn: CN=All,OU=Staff,DC=contoso,DC=lab\nobjectClass: group\ncn: All\n"
      "objectGUID:: AQIDBAUGBwgJCgsMDQ4PEA==\nproxyAddresses: SMTP:all@x\n" +
      (with_usn ? usn(5000) : "") + "\n";
  // One that cannot be read.
  ldif += "dn: CN=Two,OU=Staff,DC=contoso,DC=lab\nobjectClass: user\ncn: Two\n" +
          (with_usn ? usn(5001) : "") + "\n";
  return ldif;
}

TEST(LoadLiveAdSlapd, SlicesOverConnectionsGiveWhatOneConnectionGives) {
  const Slapd plain({.ldif = directory(false)});
  LiveLoads whole(plain.plain());
  const LoadResult expected = whole.load();
  EXPECT_EQ(expected.snapshot.mailboxes, 2499U) << "one anchor is claimed twice";
  EXPECT_EQ(expected.snapshot.others, 1U);
  EXPECT_EQ(expected.snapshot.ambiguous, 1U);
  EXPECT_EQ(expected.snapshot.defects, 1U);
  EXPECT_EQ(expected.snapshot.highest_usn, 0U);

  const Slapd counting({.ldif = directory(true)});
  for (const auto& [connections, slices] : {std::pair{1, 0}, {4, 0}, {2, 1}, {3, 16}}) {
    LiveLoads loads(counting.plain());
    loads.options.live_ad.connections = connections;
    loads.options.live_ad.fixed_slices = slices;
    loads.options.live_ad.page_size = 100;
    const LoadResult result = loads.load();
    EXPECT_EQ(result.snapshot.digest, expected.snapshot.digest) << connections << " " << slices;
    EXPECT_TRUE(loads.contents(result) == whole.contents(expected)) << connections << " " << slices;
    EXPECT_EQ(result.snapshot.defects, 1U);
    EXPECT_EQ(result.snapshot.highest_usn, 0U) << "slapd does not count its writes";
    EXPECT_TRUE(result.warnings.empty());
    EXPECT_EQ(loads.load().snapshot.increments, 0U);
  }
}

TEST(LoadLiveAdSlapd, WhatIsSavedIsReadBackToTheSameSnapshot) {
  const Slapd slapd({.ldif = directory(true)});
  for (const char* name : {"ad.ldif", "ad.ldif.zst"}) {
    LiveLoads loads(slapd.plain());
    loads.options.live_ad.save = loads.folder() / name;
    const LoadResult live = loads.load();
    const LoadResult from_file = loads.load_file(loads.options.live_ad.save);
    EXPECT_EQ(from_file.snapshot.digest, live.snapshot.digest);
    EXPECT_EQ(from_file.snapshot.defects, live.snapshot.defects);
    EXPECT_EQ(from_file.snapshot.records, live.snapshot.records);
    EXPECT_TRUE(loads.contents(from_file) == loads.contents(live));
    const auto mode = std::filesystem::status(loads.options.live_ad.save).permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
}

TEST(LoadLiveAdSlapd, WhatALostConnectionWasReadingIsReadAgain) {
  const Slapd slapd({.ldif = directory(true)});
  LiveLoads direct(slapd.plain());
  const LoadResult expected = direct.load();
  for (const std::uint64_t bytes : {20'000U, 100'000U, 200'000U}) {
    Relay relay(slapd.port());
    LdapOptions server = slapd.plain();
    server.urls = {relay.url()};
    LiveLoads loads(server);
    loads.options.live_ad.page_size = 50;
    std::atomic<int> cuts = 0;
    // Two of the connections end in the middle of what they read.
    relay.cut_after([&] { return cuts++ < 2 ? bytes : std::uint64_t{1} << 40; },
                    Relay::Cut::kReset);
    const LoadResult result = loads.load();
    EXPECT_GE(cuts, 3) << bytes;
    EXPECT_TRUE(loads.contents(result) == direct.contents(expected)) << bytes;
  }
}

TEST(LoadLiveAdSlapd, ConnectionsThatAreLostAgainAndAgainEndTheRead) {
  const Slapd slapd({.ldif = directory(true)});
  Relay relay(slapd.port());
  LdapOptions server = slapd.plain();
  server.urls = {relay.url()};
  LiveLoads loads(server);
  relay.cut_after([] { return 30'000; }, Relay::Cut::kReset);
  EXPECT_THROW(loads.load(), DirectoryError);
  EXPECT_FALSE(newest_snapshot(loads.store(), Side::kAd, false));
}

TEST(LoadLiveAdSlapd, NothingIsStoredOrSavedOfAReadThatFails) {
  std::string ldif = user_ldif(0, "userPassword: secret\n" + usn(1));
  for (int i = 1; i < 300; ++i) ldif += user_ldif(i, usn(i));
  const Slapd slapd({.ldif = ldif,
                     .database_config = "limits users size=50 size.pr=100 size.prtotal=200\n",
                     .files = {{"secret", "secret\n"}}});
  LdapOptions server = slapd.plain();
  server.bind_dn = user_dn(0);
  server.password_file = slapd.file("secret");
  LiveLoads loads(server);
  loads.options.live_ad.page_size = 20;
  loads.options.live_ad.connections = 1;
  loads.options.live_ad.fixed_slices = 1;
  loads.options.live_ad.save = loads.folder() / "ad.ldif";
  EXPECT_THROW(loads.load(), DirectoryError);
  EXPECT_FALSE(std::filesystem::exists(loads.options.live_ad.save));
  EXPECT_FALSE(newest_snapshot(loads.store(), Side::kAd, false));
}

}  // namespace
}  // namespace trueup
