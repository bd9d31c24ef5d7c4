// SPDX-License-Identifier: Apache-2.0
#include "engine/write_plan.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "engine/plan_file.h"
#include "io/dry_run_writer.h"
#include "io/ldap_reader.h"
#include "io/ldif_writer.h"
#include "io/output_file.h"
#include "snapshots/errors.h"
#include "snapshots/stored_plan.h"

namespace trueup {
namespace {

constexpr std::string_view kApplySection = "# what the directory refused\n";

std::optional<RunDescription> find_plan(const Store& store, const std::string& digest) {
  std::optional<RunDescription> found;
  for (RunDescription& run : run_descriptions(store)) {
    if (!run.plan_digest.empty() && (digest.empty() || run.plan_digest == digest)) {
      found = std::move(run);
    }
  }
  return found;
}

// The digest of the plan that is asked for, "" for the newest.
std::string wanted_digest(const ApplyRequest& request) {
  if (request.plan_file.empty()) return request.accept;
  const PlanFileDigest digest = digest_of_plan_file(request.plan_file);
  if (digest.computed != digest.stated) {
    throw UsageError(request.plan_file + " was changed after it was written (digest " +
                     digest.computed.substr(0, 12) + "..., it says " +
                     digest.stated.substr(0, 12) + "...); plan again, or apply the stored plan "
                     "by leaving --plan away");
  }
  if (!request.accept.empty() && request.accept != digest.computed) {
    throw UsageError("--accept names another plan than " + request.plan_file + ", whose digest is " +
                     digest.computed);
  }
  return digest.computed;
}

bool wrote(const RunDescription& run) {
  return run.state == "applying" || run.state == "applied" || run.state == "stopped";
}

void check_may_apply(const Store& store, const Job& job, const RunDescription& run) {
  const std::string name = "the plan of run " + std::to_string(run.run);
  if (wrote(run)) {
    throw UsageError(name + " was applied already (" + run.state +
                     "); 'trueup run' or 'trueup plan' looks again at what is left");
  }
  if (run.state != "planned" && run.state != "stopped-by-guard") {
    throw UsageError(name + " was not finished (" + run.state + "); plan again");
  }
  for (const RunDescription& other : run_descriptions(store)) {
    if (wrote(other) && other.changes > 0 && other.ad_generation >= run.ad_generation) {
      throw UsageError(name + " was made from an AD snapshot that is older than what run " +
                       std::to_string(other.run) + " has written since; load AD and plan again");
    }
  }
  const auto ad = snapshot(store, run.ad_generation);
  const std::uint64_t age = unix_now() - (ad ? ad->loaded_at : run.started_at);
  if (age > job.max_plan_age_seconds) {
    throw UsageError(name + " is " + std::to_string(age / 3600) +
                     " hours old, more than --max-plan-age allows; plan again");
  }
  const auto newest = newest_snapshot(store, Side::kAd, false);
  if (newest && newest->generation > run.ad_generation) {
    throw UsageError(name + " is older than the AD snapshot now in the store; plan again");
  }
}

void accept(Store& store, const Job& job, const ApplyRequest& request, RunDescription& run) {
  if (run.accepted) return;  // by its guards, or by an operator before
  if (request.accept != run.plan_digest) {
    throw GuardError("the plan of run " + std::to_string(run.run) + " was stopped by " +
                     std::to_string(run.guards_fired) + " guard(s); look at it, then let exactly "
                     "this plan through with --accept " + run.plan_digest);
  }
  if (job.dry_run) return;  // looks only: the acceptance is not spent
  run.accepted = true;
  put(store, run);
  accept_snapshots(store, run, job.load.keep_generations);
}

// Appends what the directory refused to rejects.ldif, with the server's words.
void add_rejects(const Store& store, const RunDescription& run, const Journal& journal,
                 const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream before;
  before << in.rdbuf();
  std::string text = before.str();
  text.resize(std::min(text.find(kApplySection), text.size()));
  OutputFile file(path);
  file.write(text);
  file.write(kApplySection);
  file.write("\n");
  PlanCursor cursor(store, run.run);
  for (Change change; cursor.next(change);) {
    const auto entry = journal.find(change.number);
    if (!entry || entry->verdict == Verdict::kDone || entry->verdict == Verdict::kAlready) continue;
    text.clear();
    append_ldif_comment(text, "reason", to_string(entry->verdict));
    if (entry->result_code != 0) {
      append_ldif_comment(text, "result", std::to_string(entry->result_code));
    }
    if (!entry->message.empty()) append_ldif_comment(text, "detail", entry->message);
    append_ldif_comment(text, "change", std::to_string(change.number));
    append_ldif_comment(text, "anchor", to_base64(change.anchor));
    append_ldif_change(text, change);
    file.write(text);
  }
  file.commit();
}

// The plan in the store is the one that was shown: as many changes, numbered without a gap.
void check_stored_plan(const Store& store, const RunDescription& run) {
  PlanCursor cursor(store, run.run);
  std::uint64_t count = 0;
  for (Change change; cursor.next(change);) {
    if (change.number != ++count) break;
  }
  if (count != run.changes) {
    throw StoreError("the stored plan of run " + std::to_string(run.run) + " is damaged; plan again");
  }
}

ApplyResult send(Store& store, const Job& job, const RunDescription& run, DirectoryWriter& writer,
                 Progress& progress, const std::atomic<bool>* stop) {
  Journal journal(store, run.run);
  PlanCursor cursor(store, run.run);
  SteadyClock clock;
  const auto next = [&](Change& change) { return cursor.next(change); };
  const auto record = [&](std::span<const JournalEntry> page) {
    if (!job.dry_run) journal.append(page);
  };
  progress.start(Stage::kApply, run.changes);
  return apply(next, writer, record, job.apply, clock, &progress.of(Stage::kApply).done, stop);
}

}  // namespace

RunDescription plan_to_apply(Store& store, const Job& job, const ApplyRequest& request,
                             Report& report) {
  const std::string digest = wanted_digest(request);
  std::optional<RunDescription> run = find_plan(store, digest);
  if (!run) {
    throw UsageError(digest.empty()
                         ? "the store " + store.folder() + " has no plan; make one with "
                           "'trueup plan'"
                         : "the store " + store.folder() + " has no plan with digest " + digest +
                           "; name the store that it was made with (--store)");
  }
  check_may_apply(store, job, *run);
  accept(store, job, request, *run);
  report.run = run->run;
  report.command = job.command;
  report.folder = store.folder() + "/runs/" + std::to_string(run->run);
  report.plan_digest = run->plan_digest;
  report.accepted = true;
  return *run;
}

RunDescription written_run(const Store& store, std::uint64_t number, Report& report) {
  std::optional<RunDescription> found;
  for (RunDescription& run : run_descriptions(store)) {
    if (wrote(run) && (number == 0 || run.run == number)) found = std::move(run);
  }
  if (!found) {
    throw UsageError(number == 0 ? "no run of this store has written anything yet"
                                 : "run " + std::to_string(number) + " has written nothing");
  }
  report.run = found->run;
  report.command = "verify";
  report.folder = store.folder() + "/runs/" + std::to_string(found->run);
  report.plan_digest = found->plan_digest;
  report.accepted = true;
  return *found;
}

void write_and_verify(Store& store, const Job& job, RunDescription& run, Progress& progress,
                      const std::atomic<bool>* stop, Report& report, StageTimer& timer) {
  report.dry_run = job.dry_run;
  if (job.dry_run) {
    DryRunWriter writer;
    report.applied =
        timer.time("apply", [&] { return send(store, job, run, writer, progress, stop); });
    return;
  }
  require_directory(job);
  if (run.changes == 0) {
    report.applied.emplace();
    run.state = "applied";
    return;
  }
  check_stored_plan(store, run);
  LdapWriter writer(job.ldap, job.writer);
  report.directory = writer.url();
  for (const std::string& warning : writer.warnings()) report.warnings.push_back(warning);
  run.state = "applying";
  put(store, run);
  store.sync();  // before the first write: the plan, its acceptance, and that it is being applied
  report.applied =
      timer.time("apply", [&] { return send(store, job, run, writer, progress, stop); });
  run.state = report.applied->stop == ApplyResult::Stop::kNone ? "applied" : "stopped";
  count_outcomes(*report.applied, run);
  put(store, run);
  store.sync();  // what was written is on record, whatever happens to the reports
  add_rejects(store, run, Journal(store, run.run), report.folder + "/rejects.ldif");
  if (report.applied->stop == ApplyResult::Stop::kDirectoryGone) return;  // nobody to ask
  Job same_server = job;  // with several URLs another one might answer
  same_server.ldap.urls = {writer.url()};
  try {
    verify_run(store, same_server, run, progress, stop, report, timer);
  } catch (const DirectoryError& error) {
    report.warnings.push_back(std::string("not verified: ") + error.what() +
                              "; 'trueup verify' does it later");
  }
}

void verify_run(Store& store, const Job& job, RunDescription& run, Progress& progress,
                const std::atomic<bool>* stop, Report& report, StageTimer& timer) {
  require_directory(job);
  const Journal journal(store, run.run);
  PlanCursor cursor(store, run.run);
  LdapReader reader(job.ldap, LdapReaderOptions{});
  report.directory = reader.session().url();
  progress.start(Stage::kVerify, run.changes);
  report.verified = timer.time("verify", [&] {
    return verify([&](Change& change) { return cursor.next(change); },
                  [&](std::uint32_t number) -> std::optional<Verdict> {
                    const auto entry = journal.find(number);
                    return entry ? std::optional(entry->verdict) : std::nullopt;
                  },
                  reader, VerifyOptions{}, &progress.of(Stage::kVerify).done, stop);
  });
}

}  // namespace trueup
