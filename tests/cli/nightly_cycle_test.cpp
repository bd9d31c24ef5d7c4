// SPDX-License-Identifier: Apache-2.0
// Night after night on a tenant that changes on both sides: what the loads of changes leave in the
// store is what a fresh full read gives, also after the nights on which something is the matter.
#include <gtest/gtest.h>

#include <random>

#include "tests/cli/live_graph.h"
#include "tests/cli/samba_tenant.h"
#include "tests/support/live_loads.h"

namespace trueup::cli {
namespace {

constexpr int kUsers = 120;

std::string users_ldif() {
  std::string ldif;
  for (int n = 0; n < kUsers; ++n) {
    ldif += user_ldif(n, "mail: u" + std::to_string(n) + "@x\nproxyAddresses: SMTP:u" +
                             std::to_string(n) + "@x\n");
  }
  return ldif;
}

/// The AD side, with somebody who works in it all day.
class BusyDirectory {
 public:
  BusyDirectory() : dc_({.ldif = users_ldif() + carriers_ldif()}) {
    for (int n = 0; n < kUsers; ++n) dns_.push_back(samba_user_dn(n));
  }

  void day(int number) {
    random_.seed(static_cast<unsigned>(number));
    std::string ldif;
    for (int i = 0; i < 12; ++i) ldif += edit(number, i);
    if (number % 7 == 3) ldif += move_all(number);
    modify_as(dc_.admin(), ldif);
  }

  /// As a DC that is brought back from a backup: an older state, and an invocationId of its own.
  void restore_from_backup(int number) {
    dc_.stop();
    const std::string id = to_base64(user_guid(70'000 + number));
    const TempFolder folder;
    const ProcessResult done = run_process(
        {"ldbmodify", "-H", dc_.file("server/dc/private/sam.ldb"), "--relax",
         folder.write("id.ldif",
                      "dn: CN=NTDS Settings,CN=DC1,CN=Servers,CN=Default-First-Site-Name,CN=Sites,"
                      "CN=Configuration,DC=lab,DC=test\nchangetype: modify\n"
                      "replace: invocationId\ninvocationId:: " +
                          id + "\n")});
    ASSERT_EQ(done.exit_code, 0) << done.err;
    dc_.start();
  }

  Arguments reach_it() const { return reach(dc_.admin()); }

 private:
  std::string edit(int day, int i) {
    const std::size_t at = random_() % dns_.size();
    const std::string dn = dns_[at];
    const std::string mark = std::to_string(day) + "-" + std::to_string(i);
    const std::string modify = "dn: " + dn + "\nchangetype: modify\nreplace: ";
    switch (random_() % 7) {
      case 0: return modify + "mail\nmail: m" + mark + "@x\n-\n\n";
      case 1: return modify + "extensionAttribute4\nextensionAttribute4: " + mark + "\n-\n\n";
      case 2: return modify + "proxyAddresses\n-\n\n";
      case 3:
        return modify + "mS-DS-ConsistencyGuid\nmS-DS-ConsistencyGuid:: " +
               to_base64(user_guid(static_cast<int>(random_() % (2 * kUsers)))) + "\n-\n\n";
      case 4:
        dns_.erase(dns_.begin() + static_cast<std::ptrdiff_t>(at));
        return "dn: " + dn + "\nchangetype: delete\n\n";
      case 5: {
        const std::string rdn = "CN=R" + mark;
        dns_[at] = rdn + dn.substr(dn.find(','));
        return "dn: " + dn + "\nchangetype: modrdn\nnewrdn: " + rdn + "\ndeleteoldrdn: 1\n\n";
      }
      default:
        dns_.push_back("CN=N" + mark + ",OU=Tenant,DC=lab,DC=test");
        return "dn: " + dns_.back() + "\nchangetype: add\nobjectClass: user\nsAMAccountName: n" +
               mark + "\nmail: n" + mark + "@x\n\n";
    }
  }

  /// Renames the OU that most users are in: they themselves are not written to.
  std::string move_all(int day) {
    const std::string name = "OU=Staff" + std::to_string(day);
    const std::string from = ou_ + ",OU=Tenant,DC=lab,DC=test";
    for (std::string& dn : dns_) {
      const std::size_t at = dn.find(from);
      if (at != std::string::npos) dn.replace(at, ou_.size(), name);
    }
    ou_ = name;
    return "dn: " + from + "\nchangetype: modrdn\nnewrdn: " + name + "\ndeleteoldrdn: 1\n\n";
  }

  SambaDc dc_;
  std::vector<std::string> dns_;
  std::string ou_ = "OU=Staff";
  std::mt19937 random_{1};
};

struct Cycle {
  explicit Cycle(int mailboxes) : graph(mailboxes) {}

  Json load(const std::string& store, const Arguments& more) {
    const ProcessResult result = graph.load(store, directory.reach_it() + more);
    if (result.exit_code != 0) throw std::runtime_error(result.err);
    said = result.err;
    return Json::parse(result.out);
  }
  bool read_in_full(const Json& side) const { return side.at("base") == 0; }
  /// One night: both sides change, the kept store takes the changes, a fresh one all.
  void night(int number) {
    SCOPED_TRACE("night " + std::to_string(number));
    graph.change(30, number);
    directory.day(number);
    const Json kept = load("kept", {"--graph-full-every", "100", "--ad-full-every", "100"});
    const Json fresh = load("fresh", {"--graph-read", "sequential", "--ad-read", "full"});
    std::filesystem::remove_all(graph.store("fresh"));
    for (const char* side : {"cloud", "ad"}) {
      for (const char* what : {"digest", "mailboxes", "others", "ambiguous"}) {
        EXPECT_EQ(kept.at(side).at(what), fresh.at(side).at(what)) << side << " " << what;
      }
    }
    last = kept;
  }

  LiveGraph graph;
  BusyDirectory directory;
  Json last;
  std::string said;
};

void live_through(Cycle& cycle, int nights) {
  for (int n = 1; n <= nights; ++n) {
    if (n == nights / 3) cycle.graph.service().post("/sim/expire-deltas", {{"status", 400}});
    if (n == nights / 2) cycle.graph.service().post("/sim/resync");
    if (n == nights * 2 / 3) cycle.directory.restore_from_backup(n);
    if (n == nights * 3 / 4) cycle.graph.service().post("/sim/revoke-tokens");
    cycle.night(n);
    const bool cloud_in_full = n == 1 || n == nights / 3 || n == nights / 2;
    const bool ad_in_full = n == 1 || n == nights * 2 / 3;
    EXPECT_EQ(cycle.read_in_full(cycle.last.at("cloud")), cloud_in_full) << n << cycle.said;
    EXPECT_EQ(cycle.read_in_full(cycle.last.at("ad")), ad_in_full) << n << cycle.said;
  }
}

TEST(CliNightlyCycleSamba, ThirtyNights) {
  Cycle cycle(1000);
  live_through(cycle, 30);
}

}  // namespace
}  // namespace trueup::cli
