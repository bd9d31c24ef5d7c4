// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/drills/nightly_job.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "tests/cli/drills/drill_files.h"
#include "tests/support/aged_store.h"

namespace trueup::drills {
namespace {

using cli::Arguments;
using cli::operator+;
using cli::Json;

constexpr int kLongestTest = 3000;  // seconds, as ctest allows a slow one

std::string key_of(const std::string& guard) { return guard.substr(0, guard.find(' ')); }

/// "creep changed" and "unseen-protection adminCount" are told apart by people, attributes are not.
std::string shown_key(const std::string& guard) {
  const std::string key = key_of(guard);
  const bool whole = key == "creep" || key == "unseen-protection" || key == "protection-count" ||
                     key == "older-than-last" || key == "input-age" || key == "held-count";
  return whole ? guard : key;
}

std::string toml_list(std::initializer_list<std::string> values) {
  std::string out;
  for (const std::string& value : values) out += (out.empty() ? "\"" : ", \"") + value + "\"";
  return "[" + out + "]";
}

}  // namespace

bool NightEnd::fired_any_of(const std::set<std::string>& keys) const {
  return std::any_of(fired.begin(), fired.end(),
                     [&](const std::string& guard) { return keys.contains(key_of(guard)); });
}

std::string NightEnd::keys() const {
  std::map<std::string, int> counts;
  for (const std::string& guard : fired) ++counts[shown_key(guard)];
  std::string out;
  for (const auto& [key, count] : counts) {
    out += (out.empty() ? "" : ", ") + key + (count > 1 ? " x" + std::to_string(count) : "");
  }
  return out;
}

NightEnd run_trueup(const Arguments& arguments) {
  const ProcessResult result = cli::trueup(arguments + Arguments{"--json", "--no-progress"});
  NightEnd ending;
  ending.exit_code = result.exit_code;
  ending.said = result.err;
  const Json report = Json::parse(result.out, nullptr, /*allow_exceptions=*/false);
  if (!report.is_object()) return ending;
  ending.in_scope = report.value("in_scope", std::uint64_t{0});
  ending.matched = report.value("matched", std::uint64_t{0});
  if (report.contains("plan")) {
    const Json& plan = report.at("plan");
    ending.changes = plan.value("mailboxes", std::uint64_t{0});
    ending.digest = plan.value("digest", "");
    ending.plan_file = plan.value("file", "");
  }
  for (const Json& guard : report.value("guards", Json::array())) {
    if (guard.value("fired", false)) ending.fired.insert(guard.at("guard").get<std::string>());
  }
  return ending;
}

std::uint64_t floor_of_limits(std::uint64_t matched) {
  return std::min<std::uint64_t>(10, std::max<std::uint64_t>(3, matched / 2));
}

std::uint64_t changed_limit(std::uint64_t matched) {
  constexpr std::uint64_t kCount = 500;
  return std::max({floor_of_limits(matched), std::min(kCount, matched / 4), matched / 20});
}

NightlyJob::NightlyJob(DrillTenant tenant, std::string config)
    : tenant_(std::move(tenant)), slapd_({.ldif = ad_ldif(tenant_), .lifetime = kLongestTest}) {
  tenant_.take_directory_changes();  // they are in what slapd begins with
  constexpr std::string_view kFolder = "@FOLDER@";
  const std::size_t at = config.find(kFolder);
  if (at != std::string::npos) config.replace(at, kFolder.size(), folder_.path());
  const LdapOptions server = slapd_.plain();
  folder_.write("trueup.toml",
                "store = \"" + folder_ / "store" + "\"\ngraph = " + toml_list({folder_ / "graph"}) +
                    "\nexo = " + toml_list({folder_ / "exo.json"}) +
                    "\nad = " + toml_list({folder_ / "ad.ldif", server.urls.front()}) +
                    "\nbase = \"" + server.base_dn + "\"\nbind_dn = \"" + server.bind_dn +
                    "\"\npassword_file = \"" + server.password_file +
                    "\"\nallow_plaintext = true\n" + config);
}

Arguments NightlyJob::with_config(const std::string& command) const {
  return {command, "--config", folder_ / "trueup.toml"};
}

void NightlyJob::write_tonight() {
  write_inputs(tenant_, folder_.path());
  const std::string changes = tenant_.take_directory_changes();
  if (changes.empty()) return;
  const ProcessResult done = cli::ldapmodify(slapd_, folder_.write("changes.ldif", changes));
  if (done.exit_code != 0) throw std::runtime_error("ldapmodify: " + done.err);
}

NightEnd NightlyJob::applied(NightEnd ending) {
  if (ending.passed() && ending.changes > 0) tenant_.take_plan(read_file(ending.plan_file));
  return ending;
}

NightEnd NightlyJob::begin() {
  write_tonight();
  const NightEnd planned = run_trueup(with_config("plan"));
  if (!planned.passed()) return planned;
  const NightEnd written = run_trueup(with_config("apply"));
  if (!written.passed()) return written;
  return applied(planned);
}

NightEnd NightlyJob::run() {
  write_tonight();
  return applied(run_trueup(with_config("run")));
}

NightEnd NightlyJob::accept(const NightEnd& stopped) {
  Arguments arguments = with_config("apply") + Arguments{"--accept", stopped.digest};
  constexpr std::string_view kUnprotected = "unseen-protection ";
  for (const std::string& guard : stopped.fired) {
    if (!guard.starts_with(kUnprotected)) continue;
    arguments = arguments + Arguments{"--accept-unprotected", guard.substr(kUnprotected.size())};
  }
  NightEnd ending = run_trueup(arguments);
  ending.changes = stopped.changes;
  ending.plan_file = stopped.plan_file;
  return applied(ending);
}

void NightlyJob::next_day() {
  tenant_.next_day();
  age_store(folder_ / "store", std::chrono::hours(24));
}

std::string NightlyJob::difference() {
  const auto there = cli::content(slapd_);
  // Both as entries_of() reads them; slapd spells a DN its own way, so the name inside counts.
  std::map<std::string, std::map<std::string, std::set<std::string>>> found;
  for (const auto& [dn, attributes] : there) {
    const auto account = attributes.find("sAMAccountName");
    if (account != attributes.end()) found[*account->second.begin()] = attributes;
  }
  std::string out;
  std::size_t users = 0;
  for (const auto& [dn, attributes] : cli::entries_of(ad_ldif(tenant_))) {
    const auto account = attributes.find("sAMAccountName");
    if (account == attributes.end()) continue;
    ++users;
    for (const auto& [name, values] : attributes) {
      if (name == "whenChanged" || name == "changetype") continue;
      const auto& slapd_has = found[*account->second.begin()];
      const auto same = slapd_has.find(name);
      if (same == slapd_has.end() || same->second != values) out += dn + " " + name + "\n";
    }
  }
  if (users != found.size()) {
    out += std::to_string(found.size()) + " users, not " + std::to_string(users) + "\n";
  }
  return out;
}

}  // namespace trueup::drills
