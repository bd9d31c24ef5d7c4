// SPDX-License-Identifier: Apache-2.0
// A handful of mailboxes written out in a test: what the export says of them, what the cloud wants,
// and a private slapd with the export's content, to which more happens by hand before the plan is
// applied. Mailbox N is user_dn(N) of slapd.h; of each the cloud also wants another
// extensionAttribute1, so that a mailbox has an edit that has nothing to do with its addresses.
#pragma once

#include <algorithm>
#include <memory>

#include "tests/cli/samba_tenant.h"
#include "tests/cli/slapd_tenant.h"
#include "tests/support/world.h"

namespace trueup::cli {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kGuard = 3;
constexpr int kSomeRejected = 4;
constexpr int kStoppedEarly = 5;

using Addresses = std::vector<std::string>;
using Values = std::set<std::string>;

/// Any octets, as LDIF has them.
inline std::string ldif_line(std::string_view name, std::string_view value) {
  return std::string(name) + ":: " + world::base64_of(value) + "\n";
}

inline std::string proxies(const Addresses& addresses) {
  std::string lines;
  for (const std::string& address : addresses) lines += ldif_line("proxyAddresses", address);
  return lines;
}

/// The head of the domain, with an objectGUID made of `number`.
inline std::string head_ldif(int number) {
  return "dn: " + std::string(Slapd::kSuffix) +
         "\nobjectClass: top\nobjectClass: domainDNS\ndc: contoso\nobjectGUID:: " +
         to_base64(user_guid(number)) + "\n\n";
}

/// A contact or group that is no mailbox of ours, as a record to be added by hand.
inline std::string holder_ldif(const std::string& dn, std::string_view attributes,
                               std::string_view object_class = "contact") {
  const std::string cn = dn.substr(3, dn.find(',') - 3);
  const std::string person =
      object_class == "contact" ? "objectClass: person\nobjectClass: organizationalPerson\n" : "";
  return "dn: " + dn + "\nchangetype: add\nobjectClass: top\n" + person +
         "objectClass: " + std::string(object_class) + "\ncn: " + cn + "\n" +
         std::string(attributes) + "\n";
}

/// One modify by hand.
inline std::string edit_ldif(const std::string& dn, const std::string& action,
                             const std::string& attribute, const std::string& value) {
  return "dn: " + dn + "\nchangetype: modify\n" + action + ": " + attribute + "\n" +
         ldif_line(attribute, value) + "-\n\n";
}

class SmallTenant : public testing::Test {
 protected:
  void mailbox(int number, const Addresses& in_ad, const Addresses& in_cloud) {
    ldif_ += user_ldif(number, "extensionAttribute1: old\n" + proxies(in_ad));
    cloud_.put(number, {{"CustomAttribute1", "new"}, {"EmailAddresses", in_cloud}});
  }
  /// Mailboxes 1 to `count`, whose addresses agree.
  void mailboxes(int count) {
    for (int n = 1; n <= count; ++n) mailbox(n, {primary(n)}, {primary(n)});
  }
  static std::string primary(int number) {
    return "SMTP:user" + std::to_string(number) + "@contoso.lab";
  }

  /// The whole export, and what slapd starts with.
  std::string export_ldif() const { return head_ + ldif_ + slapd_carriers_ldif(); }
  void start() { slapd_ = std::make_unique<Slapd>(Slapd::Options{.ldif = export_ldif()}); }

  Arguments in_store() const { return {"--store", folder_ / store_}; }
  Arguments from_export() const {
    return cloud_.inputs() + Arguments{"--ad", folder_.write("ad.ldif", export_ldif())};
  }
  /// Plans the export; it is what slapd has, if that is not started yet.
  Json plan(const Arguments& more = {}, int exit_code = kDone) {
    if (slapd_ == nullptr) start();
    return trueup_json(Arguments{"plan"} + from_export() + in_store() + open_guards() +
                           Arguments{"--out", plan_} + more,
                       exit_code);
  }
  Arguments command(const std::string& name, const Slapd& at, const Arguments& more = {}) const {
    return Arguments{name} + server(at) + in_store() + more;
  }
  ProcessResult apply(const Arguments& more = {}) const {
    return trueup(command("apply", *slapd_, more));
  }
  /// apply --json, which is to end with `exit_code`; what it says of "applied".
  Json applied(int exit_code, const Arguments& more = {}) const {
    return trueup_json(command("apply", *slapd_, more), exit_code).at("applied");
  }

  void by_hand(const std::string& ldif) const { modify_by_hand(slapd_->plain(), ldif); }
  Values values(const std::string& dn, const std::string& attribute) const {
    auto entries = content(*slapd_);
    EXPECT_TRUE(entries.contains(folded_dn(dn))) << dn;
    return entries[folded_dn(dn)][attribute];
  }
  Values addresses(int number) const { return values(user_dn(number), "proxyAddresses"); }
  /// Which of the mailboxes have the new extensionAttribute1.
  std::set<int> written(int count) const {
    auto entries = content(*slapd_);
    std::set<int> numbers;
    for (int n = 1; n <= count; ++n) {
      if (entries[folded_dn(user_dn(n))]["extensionAttribute1"].contains("new")) numbers.insert(n);
    }
    return numbers;
  }
  std::string run_file(int run, const std::string& name) const {
    return read_file(folder_ / (store_ + "/runs/" + std::to_string(run) + "/" + name));
  }
  LdifRecord reject(int run, int number) const {
    return reject_of(run_file(run, "rejects.ldif"), user_dn(number));
  }

  TempFolder folder_;
  std::string store_ = "store";
  CloudSide cloud_{folder_};
  std::string head_ = head_ldif(500'000);
  std::string ldif_;
  const std::string plan_ = folder_ / "plan.ldif";
  std::unique_ptr<Slapd> slapd_;
};

/// Exit code as given; stdout, where a report goes, and stderr together match the patterns.
inline testing::AssertionResult tells(const ProcessResult& result, int exit_code,
                                      std::initializer_list<std::string> patterns) {
  return fails({.exit_code = result.exit_code, .out = {}, .err = result.out + result.err},
               exit_code, patterns);
}

/// Whether a comment of the record has `dn`, in any case.
inline bool mentions(const LdifRecord& record, const std::string& dn) {
  return std::ranges::any_of(record.comments, [&](const std::string& comment) {
    return folded_dn(comment).find(folded_dn(dn)) != std::string::npos;
  });
}

}  // namespace trueup::cli
