// SPDX-License-Identifier: Apache-2.0
#include "engine/run/verify_run.h"

#include "engine/apply/resume.h"
#include "engine/apply/verify.h"
#include "engine/run/checks/same_directory.h"
#include "engine/run/run_selection.h"
#include "io/ldap/ldap_reader.h"
#include "io/ldap/session/try_again.h"
#include "snapshots/store/journal.h"
#include "snapshots/store/stored_plan.h"

namespace trueup {
namespace {

/// Of the server that the run wrote to, or the next one where it hangs up meanwhile.
LdapReader open_reader(const Store& store, const Job& job, const RunDescription& run,
                       const std::atomic<bool>* stop) {
  // After a stop it is told at once how far it got: nothing is waited for.
  LdapOptions ldap = job.ldap;
  if (stop != nullptr && stop->load()) ldap.notice.stopped = {};
  return try_again(ldap.notice, [&] {
    LdapReader reader(ldap, LdapReaderOptions{});
    require_same_directory(store, run, reader.session());
    return reader;
  });
}

}  // namespace

void verify_run(Store& store, const Job& job, const RunDescription& run, Progress& progress,
                const std::atomic<bool>* stop, Report& report, StageTimer& timer) {
  require_directory(job);
  const DoubtfulChanges doubts = doubtful_changes(store, run);
  const Journal journal(store, run.run);
  PlanCursor cursor(store, run.run);
  LdapReader reader = open_reader(store, job, run, stop);
  warn_once(report, reader.session().warnings());
  report.directory = reader.session().url();
  progress.start(Stage::kVerify, run.changes);
  // Of each change the edits that are to be there, whole as the plan has them; of one in doubt all.
  const auto next = [&](Change& change) {
    while (cursor.next(change)) {
      if (doubts.numbers.contains(change.number)) return true;
      const std::optional<JournalEntry> entry = journal.find(change.number);
      if (!entry) continue;
      const AttributeSet wanted = attributes_to_hold(change, *entry);
      std::erase_if(change.edits, [&](const Edit& e) { return !wanted.contains(e.attribute); });
      if (!change.edits.empty()) return true;
    }
    return false;
  };
  VerifyOptions options;
  options.in_doubt = &doubts.numbers;
  report.verified = timer.time("verify", [&] {
    return verify(next, reader, options, &progress.of(Stage::kVerify).done, stop);
  });
  report.verified->of = run.changes;
  report.verified->unfinished = is_unfinished(run.state);
}

}  // namespace trueup
