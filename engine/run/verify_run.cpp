// SPDX-License-Identifier: Apache-2.0
#include "engine/run/verify_run.h"

#include "engine/apply/resume.h"
#include "engine/apply/verify.h"
#include "engine/run/checks/same_directory.h"
#include "engine/run/run_record.h"
#include "engine/run/run_selection.h"
#include "io/ldap/ldap_reader.h"
#include "io/ldap/session/try_again.h"
#include "snapshots/store/journal.h"
#include "snapshots/store/stored_plan.h"

namespace trueup {
namespace {

/// Of the server that the run wrote to, or the next one where it hangs up meanwhile.
LdapReader open_reader(const RunContext& context, const RunDescription& run) {
  // After a stop it is told at once how far it got: nothing is waited for.
  LdapOptions ldap = context.job.ldap;
  if (context.progress.stopped()) ldap.notice.stopped = {};
  return try_again(ldap.notice, [&] {
    LdapReader reader(ldap, LdapReaderOptions{});
    require_same_directory(context.store, run, reader.session());
    return reader;
  });
}

}  // namespace

void verify_run(const RunContext& context, const RunDescription& run) {
  require_directory(context.job);
  Store& store = context.store;
  Report& report = context.report;
  Progress& progress = context.progress;
  const DoubtfulChanges doubts = doubtful_changes(store, run);
  const Journal journal(store, run.run);
  PlanCursor cursor(store, run.run);
  LdapReader reader = open_reader(context, run);
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
  report.verified = context.time("verify", [&] {
    return verify(next, reader, options, &progress.of(Stage::kVerify).done, progress.stop);
  });
  report.verified->of = run.changes;
  report.verified->unfinished = is_unfinished(run.state);
}

}  // namespace trueup
