// SPDX-License-Identifier: Apache-2.0
// What must hold for every world: checked against the oracle, and by applying the plan to the AD
// that it was made for.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/ldap_model.h"
#include "tests/support/random_world.h"
#include "tests/support/trial.h"

namespace trueup::world {
namespace {

std::string shown(const Expected& e) {
  std::string out;
  for (const auto& [dn, edits] : e.planned) {
    for (const auto& [name, edit] : edits) {
      out += "\n  plan " + dn + " " + name;
      for (const std::string& v : edit.deletes) out += " -" + v.substr(0, 40);
      for (const std::string& v : edit.adds) out += " +" + v.substr(0, 40);
    }
  }
  for (const auto& [who, reasons] : e.refused) {
    out += "\n  refuse " + who.first + " " + who.second;
    for (const std::string& r : reasons) out += " " + r;
  }
  for (const auto& [who, reason] : e.held) {
    out += "\n  hold " + who.first + " " + who.second + " " + reason;
  }
  return out;
}

std::string shown(const Planned& p) {
  Expected e;
  e.planned = p.planned;
  for (const auto& [who, reason] : p.refused) e.refused[who] = {reason};
  e.held = p.held;
  return shown(e);
}

void check_against_oracle(const World& world, const DiffOptions& options) {
  const Expected expected = expect(world, options);
  Trial trial;
  const Report report = trial.plan(world, options);
  const Planned got = planned_of(report);
  RC_LOG() << "expected" << shown(expected) << "\ngot" << shown(got) << "\n";
  RC_ASSERT(got.planned == expected.planned);
  RC_ASSERT(got.held == expected.held);
  RC_ASSERT(got.refused.size() == expected.refused.size());
  for (const auto& [who, reason] : got.refused) {
    RC_ASSERT(expected.refused.contains(who));
    RC_ASSERT(expected.refused.at(who).contains(reason));
  }
  RC_ASSERT(report.diff->in_scope == expected.in_scope);
  RC_ASSERT(report.diff->matched == expected.matched);
  RC_ASSERT(report.diff->cloud_only == expected.cloud_only);
  RC_ASSERT(report.diff->ad_only == expected.ad_only);
  for (int i = 0; i < kAttributeCount; ++i) {
    const std::string name(traits(attribute_at(i)).name);
    const auto it = expected.case_only.find(name);
    RC_ASSERT(report.diff->case_only[static_cast<std::size_t>(i)] ==
              (it == expected.case_only.end() ? 0 : it->second));
  }
  RC_ASSERT(report.plan->mailboxes == expected.planned.size());
}

// Sends the records in file order, checks each, and plans again on what AD is then.
void check_by_applying(const World& world, const DiffOptions& options) {
  Trial trial;
  const Report report = trial.plan(world, options);
  const Planned first = planned_of(report);
  const std::vector<ChangeRecord> records = parse_plan(trial.plan_text(report));
  RC_ASSERT(records.size() == report.plan->changes.size());
  RC_LOG() << shown(first) << "\n" << trial.plan_text(report) << "\n";
  World then = world;
  const auto shared_before = holders_of(world);
  std::map<std::string, std::set<unsigned>> gave;  // address -> changes that gave it up
  unsigned number = 0;
  for (const ChangeRecord& record : records) {
    RC_ASSERT(record.number == ++number);
    const auto before = holders_of(then);
    RC_ASSERT(modify(record, then) == "");
    for (const auto& [address, dns] : holders_of(then)) {
      const auto had = before.find(address);
      const bool taken =
          dns.contains(record.dn) && (had == before.end() || !had->second.contains(record.dn));
      if (!taken) continue;
      RC_ASSERT(dns.size() == 1U);  // whoever had it gave it up before
      for (unsigned giver : gave[address]) {
        if (records[giver - 1].dn == record.dn) continue;
        RC_ASSERT(std::count(record.after.begin(), record.after.end(), giver) == 1);
      }
    }
    const auto now = holders_of(then);
    for (const auto& [address, dns] : before) {
      const auto still = now.find(address);
      if (dns.contains(record.dn) && (still == now.end() || !still->second.contains(record.dn))) {
        gave[address].insert(record.number);
      }
    }
    for (unsigned earlier : record.after) RC_ASSERT(earlier < record.number);
  }
  for (const auto& [address, dns] : holders_of(then)) {
    if (dns.size() < 2) continue;
    for (const std::string& dn : dns) RC_ASSERT(shared_before.at(address).contains(dn));
  }
  const Report again = trial.plan(then, options);
  const Planned second = planned_of(again);
  RC_LOG() << "again" << shown(second) << "\n";
  // Whatever is planned now was kept back the first time (an address has become free since).
  for (const auto& [dn, edits] : second.planned) {
    for (const auto& [name, edit] : edits) {
      RC_ASSERT(first.refused.contains({dn, name}) || first.held.contains({dn, name}));
    }
  }
}

RC_GTEST_PROP(PlanProperties, PlanIsTheOracles, ()) {
  const World world = *random_world(30);
  check_against_oracle(world, *random_options());
}

RC_GTEST_PROP(PlanProperties, PlanOfShuffledAddressesIsTheOracles, ()) {
  check_against_oracle(*random_shuffle(12), *random_options());
}

RC_GTEST_PROP(PlanProperties, AfterThePlanThereIsNothingLeftToPlan, ()) {
  const World world = *random_world(20);
  check_by_applying(world, *random_options());
}

RC_GTEST_PROP(PlanProperties, ShuffledAddressesAreNeverHeldTwice, ()) {
  check_by_applying(*random_shuffle(12), *random_options());
}

}  // namespace
}  // namespace trueup::world
