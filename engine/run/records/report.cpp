// SPDX-License-Identifier: Apache-2.0
#include "engine/run/records/report.h"

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

namespace trueup {
namespace {

using Json = nlohmann::ordered_json;

Json of(const SnapshotDescription& d) {
  Json j = {{"generation", d.generation}, {"digest", d.digest},       {"source", d.source},
            {"mailboxes", d.mailboxes},   {"others", d.others},       {"records", d.records},
            {"defects", d.defects},       {"ambiguous", d.ambiguous}, {"base", d.base}};
  if (d.side == Side::kCloud) {
    j["graph_users"] = d.graph_users;
    j["exo_mailboxes"] = d.exo_mailboxes;
    j["exo_soft_deleted"] = d.exo_soft_deleted;
    j["bad_anchors"] = d.bad_anchors;
    j["disagreements"] = d.disagreements;
  } else {
    j["duplicate_addresses"] = d.duplicate_addresses;
  }
  return j;
}

Json counts_of(const Plan& plan) {
  Json attributes = Json::object();
  for (int i = 0; i < kAttributeCount; ++i) {
    const AttributeCounts& c = plan.counts[static_cast<std::size_t>(i)];
    if (c.add + c.remove + c.replace + c.clear + c.case_only + c.held + c.refused == 0) continue;
    attributes[std::string(traits(attribute_at(i)).name)] = {
        {"add", c.add},
        {"remove", c.remove},
        {"replace", c.replace},
        {"clear", c.clear},
        {"clear_at_first_sight", c.first_sight_clear},
        {"case_only", c.case_only},
        {"held", c.held},
        {"refused", c.refused}};
  }
  return attributes;
}

Json of(const GuardReading& g) {
  Json j = {{"guard", g.guard}, {"value", g.value}};
  if (g.no_history || !g.cannot_tell.empty()) {
    j["limit"] = nullptr;
    if (!g.cannot_tell.empty()) j["cannot_tell"] = g.cannot_tell;
  } else {
    j[g.at_least ? "at_least" : "at_most"] = g.limit;
  }
  j["fired"] = g.fired;
  if (g.accepted) j["accepted"] = true;
  j["meaning"] = g.meaning;
  if (g.fired && !g.remedy.empty()) j["remedy"] = g.remedy;
  if (!g.examples.empty()) j["first"] = g.examples;
  return j;
}

// Why changes are refused or held, with how many of each.
Json reasons_of(const Plan& plan) {
  Json refused = Json::object(), held = Json::object();
  for (const Rejected& r : plan.rejected) {
    Json& list = r.hold == Hold::kNone ? refused : held;
    const std::string code(r.hold == Hold::kNone ? to_string(r.refusal) : to_string(r.hold));
    list[code] = list.value(code, 0) + 1;
  }
  return {{"refused", refused}, {"held", held}};
}

Json of(const ApplyResult& a) {
  Json j = {{"done", a.done},
            {"already", a.already},
            {"rejected", a.rejected},
            {"address_taken", a.address_taken},
            {"conflict", a.conflict},
            {"depends_on", a.depends_on},
            {"unknown", a.unknown},
            {"not_sent", a.not_sent},
            {"left", a.left},
            {"sent", a.sent},
            {"retries", a.retries},
            {"reads", a.reads},
            {"reconnects", a.reconnects},
            {"most_in_flight", a.most_in_flight}};
  Json refused = Json::array();
  for (const std::string& why : a.refused_attributes) {
    if (!why.empty()) refused.push_back(why);
  }
  if (!refused.empty()) j["refused_attributes"] = std::move(refused);
  if (a.stop != ApplyResult::Stop::kNone) j["stopped"] = a.stop_message;
  return j;
}

Json of(const VerifyResult& v) {
  Json findings = Json::array();
  for (const VerifyFinding& f : v.findings) {
    Json j = {{"change", f.number}, {"dn", f.dn}, {"finding", to_string(f.kind)}};
    if (f.attribute) j["attribute"] = traits(*f.attribute).name;
    j["value"] = f.value;
    if (!f.message.empty()) j["message"] = f.message;
    findings.push_back(std::move(j));
  }
  Json j = {{"checked", v.checked}, {"differing", v.differing}, {"findings", findings}};
  if (v.stopped) j["stopped_after"] = v.checked + v.doubts();
  if (v.stopped) j["of"] = v.of;
  if (v.doubts() == 0) return j;
  using Found = DoubtfulChange::Found;
  Json doubts = {{"changes", v.doubts()}};
  for (const Found f : {Found::kThere, Found::kInPart, Found::kNotThere, Found::kUnreadable}) {
    std::string key(to_string(f));
    std::ranges::replace(key, '-', '_');
    doubts[key] = v.doubtful[static_cast<std::size_t>(f)];
  }
  doubts["list"] = Json::array();
  for (const DoubtfulChange& d : v.in_doubt) {
    doubts["list"].push_back({{"change", d.number}, {"dn", d.dn}, {"found", to_string(d.found)}});
  }
  j["in_doubt"] = std::move(doubts);
  return j;
}

Json of(const std::vector<UnfinishedRun>& runs) {
  Json list = Json::array();
  for (const UnfinishedRun& u : runs) {
    Json j = {{"run", u.run.run}, {"state", to_string(u.run.state)}, {"in_doubt", u.in_doubt}};
    if (!u.lost.empty()) j["lost"] = u.lost;
    if (!u.blocked) j["resume"] = "trueup apply --resume " + std::to_string(u.run.run);
    list.push_back(std::move(j));
  }
  return list;
}

Json of(const ResumedRun& r) {
  Json j = {{"run", r.run},
            {"state", to_string(r.state)},
            {"exit_code", r.exit_code},
            {"changes", r.changes},
            {"applied", of(r.applied)},
            {"verified", r.verified},
            {"differing", r.differing}};
  if (!r.undo_file.empty()) j["undo"] = r.undo_file;
  return j;
}

/// Of a verify by itself.
int exit_code_of(const VerifyResult& v) {
  if (v.stopped || v.doubts() > 0) return 5;
  // It may have written nothing that was acknowledged; that is not "everything holds".
  if (v.checked == 0 && v.of > 0) return v.unfinished ? 5 : 4;
  return v.differing > 0 ? 4 : 0;
}

}  // namespace

bool Report::stopped_by_guard() const {
  return !accepted && std::any_of(guards.begin(), guards.end(),
                                  [](const GuardReading& g) { return g.fired && !g.accepted; });
}

int Report::exit_code() const {
  if (!error.empty()) return failed_with;
  if (applied && applied->stop == ApplyResult::Stop::kRefused) return 1;
  if (comparison) return plan && !plan->changes.empty() ? 4 : 0;
  if (stopped_by_guard()) return 3;
  if (!applied) return verified ? exit_code_of(*verified) : 0;
  if (applied->stop != ApplyResult::Stop::kNone || applied->unknown > 0) return 5;
  // Written and not read back to the end: nobody knows yet that it holds.
  const bool unread = !dry_run && applied->settled() > 0 && (!verified || verified->stopped);
  if (unread) return 5;
  const bool refused = plan && plan->refused_mailboxes > 0;
  const bool differs = verified && verified->differing > 0;
  const std::uint64_t left =
      applied->rejected + applied->address_taken + applied->conflict + applied->depends_on;
  return left > 0 || refused || differs ? 4 : 0;
}

std::string utc_time(std::uint64_t unix_seconds) {
  const auto time = static_cast<std::time_t>(unix_seconds);
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

void warn_once(Report& report, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    const bool said = std::ranges::find(report.warnings, warning) != report.warnings.end();
    if (!said) report.warnings.push_back(warning);
  }
}

std::string to_json(const Report& r) {
  Json j = {{"run", r.run}, {"command", r.command}, {"exit_code", r.exit_code()}};
  if (!r.error.empty()) j["error"] = r.error;
  if (r.undo_of != 0) j["undo_of"] = r.undo_of;
  if (r.rejects_of != 0) j["rejects_of"] = r.rejects_of;
  if (r.started_at != 0) j["started_at"] = utc_time(r.started_at);
  if (r.ended_at != 0) j["ended_at"] = utc_time(r.ended_at);
  if (!r.invocation.version.empty()) {
    j["host"] = r.invocation.host;
    j["user"] = r.invocation.user;
    j["version"] = r.invocation.version;
    j["options"] = r.invocation.options;
  }
  if (!r.identity.naming_context.empty()) j["naming_context"] = r.identity.naming_context;
  if (r.identity.head_guid) j["directory_guid"] = to_guid(*r.identity.head_guid);
  if (!r.unfinished.empty()) j["unfinished"] = of(r.unfinished);
  for (const ResumedRun& resumed : r.resumed) j["resumed"].push_back(of(resumed));
  if (!r.config.empty()) {
    j["store"] = r.store;
    j["config"] = r.config;
  }
  if (!r.retired.empty()) {
    j["pruned"] = {{"runs", r.retired.runs.size()}, {"generations", r.retired.generations.size()}};
  }
  if (r.cloud.generation != 0) j["cloud"] = of(r.cloud);
  if (r.ad.generation != 0) j["ad"] = of(r.ad);
  if (r.diff) {
    j["in_scope"] = r.diff->in_scope;
    j["matched"] = r.diff->matched;
    j["equal"] = r.diff->equal;
    j["compared"] = r.diff->compared;
    j["cloud_only"] = r.diff->cloud_only;
    j["outside_base"] = r.diff->outside_base;
    j["ad_only"] = r.diff->ad_only;
    j["untranslated_types"] = r.diff->untranslated;
    j["unmanaged_attributes"] = r.unmanaged;
  }
  if (r.plan) {
    Json plan = {{"digest", r.plan_digest},
                 {"file", r.plan_file},
                 {"mailboxes", r.plan->mailboxes},
                 {"changes", r.plan->changes.size()},
                 {"refused_mailboxes", r.plan->refused_mailboxes},
                 {"held_mailboxes", r.plan->held_mailboxes},
                 {"attributes", counts_of(*r.plan)}};
    plan.update(reasons_of(*r.plan));
    j["plan"] = std::move(plan);
  }
  if (r.plan || !r.guards.empty()) {
    Json guards = Json::array();
    for (const GuardReading& g : r.guards) guards.push_back(of(g));
    j["guards"] = std::move(guards);
    j["stopped_by_guard"] = r.stopped_by_guard();
  }
  if (!r.unprotected.empty()) j["unprotected"] = r.unprotected;
  if (r.applied) {
    j["applied"] = of(*r.applied);
    j["dry_run"] = r.dry_run;
    j["directory"] = r.directory;
    if (!r.undo_file.empty()) j["undo"] = r.undo_file;
  }
  if (!r.taken.empty()) j["taken_addresses"] = r.taken;
  if (r.verified) j["verified"] = of(*r.verified);
  Json defects = Json::array();
  for (const Defect& d : r.defects) {
    defects.push_back({{"file", d.file}, {"offset", d.offset}, {"reason", d.reason}});
  }
  if (!defects.empty()) j["defects"] = std::move(defects);
  if (!r.warnings.empty()) j["warnings"] = r.warnings;
  Json times = Json::object();
  for (const StageTime& t : r.times) times[t.stage] = t.seconds;
  j["seconds"] = std::move(times);
  // A DN or value need not be UTF-8; a report must be.
  return j.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace trueup
