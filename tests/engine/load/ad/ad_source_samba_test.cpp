// SPDX-License-Identifier: Apache-2.0
// Loads from a real AD implementation: full, of changes alone, and while it is written to. The
// proof is always the same: the store holds what a fresh read of everything gives, byte for byte.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/live_loads.h"
#include "tests/support/servers/samba.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

const std::string kStaff = "OU=Staff,OU=Tenant,DC=lab,DC=test";
const std::string kSales = "OU=Sales,OU=Tenant,DC=lab,DC=test";

std::string users(int count) {
  std::string ldif;
  for (int i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    ldif += user_ldif(i, "mail: " + n + "@x\nproxyAddresses: SMTP:" + n + "@x\n");
  }
  return ldif;
}

std::string dn(int user) { return samba_user_dn(user); }
std::string rdn(int user) { return dn(user).substr(0, dn(user).find(',')); }

std::string set_value(const std::string& dn, const std::string& attribute,
                      const std::string& value) {
  return "dn: " + dn + "\nchangetype: modify\nreplace: " + attribute + "\n" +
         (value.empty() ? "" : attribute + value + "\n") + "-\n\n";
}
std::string rename_to(const std::string& dn, const std::string& new_rdn, const std::string& to) {
  return "dn: " + dn + "\nchangetype: modrdn\nnewrdn: " + new_rdn + "\ndeleteoldrdn: 1\n" +
         (to.empty() ? "" : "newsuperior: " + to + "\n") + "\n";
}
std::string delete_of(const std::string& dn) { return "dn: " + dn + "\nchangetype: delete\n\n"; }
std::string add_ou(const std::string& dn) {
  return "dn: " + dn + "\nchangetype: add\nobjectClass: organizationalUnit\n\n";
}
std::string add_user(const std::string& name, const std::string& parent, const std::string& more) {
  return "dn: CN=" + name + "," + parent +
         "\nchangetype: add\nobjectClass: user\nsAMAccountName: " + name + "\nmail: " + name +
         "@x\n" + more + "\n";
}

std::string guid_value(int user) { return ":: " + to_base64(user_guid(user)); }

/// Nights of changes, loaded as `account` below `base`, each compared with a fresh read.
class Nights {
 public:
  Nights(const SambaDc& dc, LdapOptions account) : dc_(dc), loads_(std::move(account)) {
    loads_.options.live_ad.full_every = 1000;
    loads_.options.live_ad.enumerate_every = 0;
    // With a tombstone to be seen, an account that may see them needs no look at all objects.
    modify_as(dc.admin(), delete_of(dn(38)) + delete_of(dn(39)));
    first = loads_.load();
    EXPECT_EQ(first.snapshot.increments, 0U);
    EXPECT_GT(first.snapshot.highest_usn, 0U);
  }

  /// What the administrator writes, then a load of changes.
  LoadResult night(const std::string& ldif, const std::vector<std::string>& more = {}) {
    if (!ldif.empty()) modify_as(dc_.admin(), ldif, more);
    LoadResult result = loads_.load();
    EXPECT_EQ(result.snapshot.increments, ++number_) << ldif;
    EXPECT_TRUE(result.warnings.empty());
    SCOPED_TRACE(ldif);
    expect_fresh(loads_, result);
    return result;
  }
  LiveLoads& loads() { return loads_; }

  LoadResult first;

 private:
  const SambaDc& dc_;
  LiveLoads loads_;
  std::uint64_t number_ = 0;
};

/// What may happen to a directory from one night to the next.
void live_through(Nights& nights) {
  const std::uint64_t at_first = nights.first.snapshot.mailboxes;
  EXPECT_EQ(nights.night("").snapshot.mailboxes, at_first) << "nothing has happened";
  nights.night(set_value(dn(1), "mail", ": new@x") + set_value(dn(2), "proxyAddresses", ""));
  const LoadResult added =
      nights.night(add_ou(kSales) + add_user("Anna", kSales, "") + "dn: CN=All," + kSales +
                   "\nchangetype: add\nobjectClass: group\nmail: all@x\n\n");
  EXPECT_EQ(added.snapshot.mailboxes, at_first + 1);
  EXPECT_EQ(added.snapshot.others, nights.first.snapshot.others + 1);

  // Anchors: changed, claimed twice, released again by either.
  nights.night(set_value(dn(3), "mS-DS-ConsistencyGuid", guid_value(1003)));
  const LoadResult twice =
      nights.night(set_value(dn(4), "mS-DS-ConsistencyGuid", guid_value(1003)));
  EXPECT_EQ(twice.snapshot.ambiguous, 1U);
  const LoadResult released = nights.night(set_value(dn(3), "mS-DS-ConsistencyGuid", ""));
  EXPECT_EQ(released.snapshot.ambiguous, 0U);
  nights.night(set_value(dn(3), "mS-DS-ConsistencyGuid", guid_value(1003)));
  nights.night(
      set_value(dn(4), "mS-DS-ConsistencyGuid", guid_value(5)));  // is another's objectGUID
  nights.night(set_value(dn(4), "mS-DS-ConsistencyGuid", ""));

  // Gone, renamed, moved out of the base and back.
  const LoadResult removed = nights.night(delete_of(dn(6)) + delete_of(dn(7)));
  EXPECT_EQ(removed.snapshot.mailboxes, at_first - 1);
  nights.night(rename_to(dn(8), "CN=Renamed", kSales));
  const LoadResult out = nights.night(rename_to(dn(9), rdn(9), "CN=Users,DC=lab,DC=test"));
  const LoadResult back =
      nights.night(rename_to(rdn(9) + ",CN=Users,DC=lab,DC=test", rdn(9), kStaff));
  EXPECT_LE(out.snapshot.mailboxes, back.snapshot.mailboxes);

  // A group that loses its addresses is none of ours.
  const LoadResult without = nights.night(set_value("CN=All," + kSales, "mail", ""));
  EXPECT_EQ(without.snapshot.others, nights.first.snapshot.others);

  // Objects below a renamed or moved OU change their names, and nothing else of them does.
  const std::string market = "OU=Market,OU=Tenant,DC=lab,DC=test";
  nights.night(rename_to(kSales, "OU=Market", ""));
  nights.night(rename_to(market, "OU=Market", "DC=lab,DC=test"));
  nights.night(rename_to("OU=Market,DC=lab,DC=test", "OU=Sales", "OU=Tenant,DC=lab,DC=test"));

  // Undeleted.
  const std::string there =
      rdn(6) + "\\0ADEL:" + to_guid(user_guid(6)) + ",CN=Deleted Objects,DC=lab,DC=test";
  const LoadResult undeleted =
      nights.night("dn: " + there +
                       "\nchangetype: modify\ndelete: isDeleted\n-\nreplace: distinguishedName\n"
                       "distinguishedName: " +
                       dn(6) + "\n-\nreplace: mail\nmail: back@x\n-\n\n",
                   {"-e", "!1.2.840.113556.1.4.417"});
  EXPECT_EQ(undeleted.snapshot.mailboxes, removed.snapshot.mailboxes + 1);
}

TEST(LoadLiveAdSamba, ChangesGiveWhatAFreshReadGives) {
  const SambaDc dc({.ldif = users(40)});
  Nights nights(dc, dc.admin());
  live_through(nights);
}

TEST(LoadLiveAdSamba, BelowABaseThatIsNotTheHead) {
  const SambaDc dc({.ldif = users(40)});
  LdapOptions account = dc.admin();
  account.base_dn = "ou=tenant, DC=lab,DC=test";
  Nights nights(dc, account);
  live_through(nights);
}

TEST(LoadLiveAdSamba, AnAccountThatMayNotSeeDeletionsMissesNone) {
  const SambaDc dc({.ldif = users(40)});
  LdapOptions account = dc.delegated();
  account.base_dn = SambaDc::kTenantBase;
  Nights nights(dc, account);
  live_through(nights);
}

TEST(LoadLiveAdSamba, FullReadsAndEnumerationsComeInTheirTurn) {
  const SambaDc dc({.ldif = users(10)});
  LiveLoads loads(dc.admin());
  loads.options.live_ad.full_every = 3;
  loads.options.live_ad.enumerate_every = 1;
  std::vector<std::uint64_t> increments;
  for (int i = 0; i < 4; ++i) {
    modify_as(dc.admin(), set_value(dn(1), "mail", ": " + std::to_string(i) + "@x"));
    const LoadResult result = loads.load();
    increments.push_back(result.snapshot.increments);
    expect_fresh(loads, result);
  }
  EXPECT_EQ(increments, (std::vector<std::uint64_t>{0, 1, 2, 0}));
}

TEST(LoadLiveAdSamba, AnotherDatabaseOrAWatermarkAheadIsReadAsAWhole) {
  const SambaDc dc({.ldif = users(10)});
  for (const bool restored : {true, false}) {
    LiveLoads loads(dc.admin());
    SnapshotDescription was = loads.load().snapshot;
    if (restored) was.invocation_id[0] ^= 1;
    if (!restored) was.highest_usn += 1'000'000;
    put(loads.store(), was);
    const LoadResult result = loads.load();
    EXPECT_EQ(result.snapshot.increments, 0U);
    EXPECT_EQ(result.snapshot.base, 0U);
    ASSERT_EQ(result.warnings.size(), 1U);
    EXPECT_NE(result.warnings.front().find("as a whole"), std::string::npos);
    EXPECT_EQ(loads.load().snapshot.increments, 1U) << "from there on as usual";
  }
}

TEST(LoadLiveAdSamba, OneConnectionAndSavedLdifGiveTheSame) {
  const SambaDc dc({.ldif = users(300)});
  LiveLoads slices(dc.admin());
  slices.options.live_ad.page_size = 20;
  const LoadResult many = slices.load();
  LiveLoads one(dc.admin());
  one.options.live_ad.connections = 1;
  one.options.live_ad.fixed_slices = 1;
  one.options.live_ad.save = one.folder() / "saved.ldif.zst";
  const LoadResult single = one.load();
  EXPECT_TRUE(slices.contents(many) == one.contents(single));
  const LoadResult from_file = one.load_file(one.options.live_ad.save);
  EXPECT_EQ(from_file.snapshot.digest, single.snapshot.digest);
  EXPECT_TRUE(one.contents(from_file) == one.contents(single));
}

// What changes during a read is read again until nothing changes.
TEST(LoadLiveAdSamba, WhatChangesDuringAFullReadIsNotLost) {
  constexpr int kUsers = 1500;
  const SambaDc dc({.ldif = users(kUsers)});
  modify_as(dc.admin(), add_ou(kSales) + add_ou("OU=Old," + kSales) +
                            add_user("Below", "OU=Old," + kSales, ""));
  LiveLoads loads(dc.admin());
  loads.options.live_ad.page_size = 50;
  std::atomic<bool> reading = true;
  std::jthread writer([&] {
    for (int i = 0; reading && i + 6 < kUsers; i += 6) {
      const int round = i / 6;
      modify_as(
          dc.admin(),
          set_value(dn(i), "mail", ": changed" + std::to_string(i) + "@x") +
              rename_to(dn(i + 1), rdn(i + 1), kSales) +
              rename_to(dn(i + 2), "CN=Renamed " + std::to_string(i), "") + delete_of(dn(i + 3)) +
              set_value(dn(i + 4), "mS-DS-ConsistencyGuid", guid_value(5000 + i)) +
              rename_to("OU=" + std::string(round == 0 ? "Old" : "Old" + std::to_string(round)) +
                            "," + kSales,
                        "OU=Old" + std::to_string(round + 1), "") +
              add_user("new" + std::to_string(i), kStaff, ""));
    }
  });
  for (int i = 0; i < 3; ++i) {
    loads.options.live_ad.full = i != 1;
    loads.load();
  }
  reading = false;
  writer.join();
  loads.options.live_ad.full = false;
  const LoadResult result = loads.load();
  EXPECT_EQ(result.snapshot.increments, 1U);
  expect_fresh(loads, result);
}

}  // namespace
}  // namespace trueup
