// SPDX-License-Identifier: Apache-2.0
#include "engine/run/directory_checks.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>

#include "engine/apply/preflight.h"
#include "engine/apply/resume.h"
#include "engine/compare/mailbox_policy.h"
#include "engine/plan/guards/forest_guard.h"
#include "engine/plan/guards/kept_settings.h"
#include "engine/run/checks/again_if_lost.h"
#include "engine/run/checks/free_addresses.h"
#include "engine/run/checks/object_sample.h"
#include "engine/run/checks/same_directory.h"
#include "io/ldap/directory_schema.h"
#include "io/ldap/domain_head.h"
#include "io/ldap/global_catalog.h"
#include "snapshots/store/stored_plan.h"

namespace trueup {
namespace {

/// Searches cost a server more than modifies, so fewer are in flight.
constexpr std::size_t kMostSearches = 16;
/// RFC 4517 4.2.11, 4.2.8; names fold as the schema has them.
constexpr std::string_view kCaseIgnoringRules[] = {
    "caseIgnoreMatch", "2.5.13.2", "caseIgnoreIA5Match", "1.3.6.1.4.1.1466.109.114.2"};
/// Addresses that are not free, in the report.
constexpr std::size_t kNamed = 100;

/// The base and the excludes of the plan, and those of now.
WriteArea write_area(const DirectoryChecks& checks, const LdapSession& session) {
  WriteArea area;
  const bool is_ad = session.root_dse().active_directory;
  const DnFold fold = is_ad ? DnFold::kActiveDirectory : DnFold::kLdap;
  for (const std::string& base : {checks.run.base, checks.context.job.load.base}) {
    if (!base.empty()) area.bases.emplace_back(base, fold);
  }
  DiffOptions options = checks.context.job.diff;
  for (std::string& exclude : KeptSettings::parsed(checks.run.settings).of("exclude")) {
    options.exclude.push_back(std::move(exclude));
  }
  area.excludes = excluded_subtrees(options);
  return area;
}

class Checks {
 public:
  Checks(const DirectoryChecks& checks, LdapWriter& writer, ApplyOptions& options)
      : in_(checks),
        store_(checks.context.store),
        job_(checks.context.job),
        writer_(writer),
        session_(writer.session()),
        options_(options),
        report_(checks.context.report) {}

  /// Gives the changes whose objects were seen to be gone.
  std::vector<std::uint32_t> run() {
    require_same_directory(store_, in_.run, session_);
    ObjectSample sample = sample_objects(store_, in_.run, session_, write_area(in_, session_),
                                         job_.guards.objects_missing);
    report_.guards.push_back(std::move(sample.reading));
    missing_ = std::move(sample.missing);
    check_directory(store_, in_.run, writer_, options_, report_.warnings);
    open_catalog();
    check_forest();
    check_addresses();
    name_taken();
    return std::move(missing_);
  }

 private:
  void open_catalog() {
    const std::string& url = job_.addresses.global_catalog;
    if (!url.empty()) catalog_.emplace(open_global_catalog(job_.ldap, url, session_));
  }

  void check_forest() {
    if (!session_.root_dse().active_directory) return;
    const auto ad = snapshot(store_, in_.run.ad_generation);
    ForestView forest{.domains = forest_domains(session_),
                      .own = session_.root_dse().default_naming_context,
                      .global_catalog = catalog_ && job_.addresses.search,
                      .other_domains_seen = ad && ad->other_domains_seen};
    if (forest.domains.size() != 1) {
      forest.gains_addresses = gains_any(store_, in_.run, in_.history);
    }
    report_.guards.push_back(forest_unseen(forest));
  }

  void check_addresses() {
    if (!job_.addresses.search) return go_without_search();
    const auto in_flight = static_cast<std::size_t>(job_.writer.max_in_flight);
    const std::string planned = directory_of_plan(store_, in_.run).naming_context;
    const AddressServers servers{.directory = session_,
                                 .naming_context = naming_context_of(session_.root_dse(), planned),
                                 .elsewhere = in_.elsewhere || was_tried_elsewhere(),
                                 .global_catalog = catalog_ ? &*catalog_ : nullptr,
                                 .in_flight = std::min(kMostSearches, in_flight)};
    const std::string blind = why_search_is_blind();
    options_.taken_addresses =
        blind.empty() ? find_taken(store_, in_.run, in_.history, servers, in_.context.progress)
                      : all_unknown(store_, in_.run, in_.history, blind);
  }

  /// A search finds an address whatever its case only where the schema compares it so; an AD does.
  std::string why_search_is_blind() const {
    if (session_.root_dse().active_directory) return {};
    for (const Attribute a : {Attribute::kProxyAddresses, Attribute::kMail}) {
      const std::string name(traits(a).name);
      const std::string rule = equality_rule(session_, name);
      if (std::ranges::find(kCaseIgnoringRules, rule) != std::end(kCaseIgnoringRules)) continue;
      return "the schema of " + session_.url() + " compares " + name + " by " +
             (rule.empty() ? "no rule" : rule) +
             ", not by caseIgnoreMatch, so that a search may miss who holds ";
    }
    return {};
  }

  /// Whether another DC took what was done of the run whose rejects these are: it may not have
  /// come here yet.
  bool was_tried_elsewhere() const {
    for (auto run = run_description(store_, in_.run.rejects_of); run;
         run = run_description(store_, run->rejects_of)) {
      if (!run->directory.empty() && is_other_dc(*run, session_.root_dse())) return true;
    }
    return false;
  }

  /// The first of them; all are in rejects.ldif once they are rejected.
  void name_taken() {
    std::set<std::uint32_t> first;
    for (const auto& [number, taken] : options_.taken_addresses) {
      first.insert(number);
      if (first.size() > kNamed) first.erase(std::prev(first.end()));
    }
    PlanCursor cursor(store_, in_.run.run);
    for (const std::uint32_t number : first) {
      Change change;
      cursor.seek(number);
      if (!cursor.next(change)) break;
      const TakenAddress& taken = options_.taken_addresses.at(number);
      report_.taken.push_back(std::string(change.dn) + ": " +
                              std::string(to_string(taken.verdict)) + ": " + taken.why);
    }
  }

  void go_without_search() {
    report_.warnings.push_back(
        "address_search is off: an address that somebody was given since AD "
        "was loaded is not seen");
    const auto ad = snapshot(store_, in_.run.ad_generation);
    if (!ad || ad->defects == 0) return;
    // What the records that could not be read hold, nobody knows.
    options_.taken_addresses = all_unknown(store_, in_.run, in_.history,
                                           std::to_string(ad->defects) +
                                               " AD records could not be read, and one of them may "
                                               "hold ");
  }

  const DirectoryChecks& in_;
  Store& store_;
  const Job& job_;
  LdapWriter& writer_;
  const LdapSession& session_;
  ApplyOptions& options_;
  Report& report_;
  std::optional<LdapSession> catalog_;
  std::vector<std::uint32_t> missing_;
};

}  // namespace

std::vector<std::uint32_t> check_before_writing(const DirectoryChecks& checks, LdapWriter& writer,
                                                ApplyOptions& options) {
  Report& report = checks.context.report;
  const ApplyOptions given = options;
  const std::size_t guards = report.guards.size(), warnings = report.warnings.size();
  return again_if_lost(
      writer, checks.context.job.ldap.notice, [&] { return Checks(checks, writer, options).run(); },
      [&] {
        options = given;
        report.guards.resize(guards);
        report.warnings.resize(warnings);
        report.taken.clear();
      });
}

}  // namespace trueup
