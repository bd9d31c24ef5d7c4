// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/job_command.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "engine/parallelism.h"
#include "snapshots/model/errors.h"
#include "tools/commands/commands.h"
#include "tools/commands/invocation_of.h"
#include "tools/commands/live_rate.h"
#include "tools/commands/run_notes.h"
#include "tools/commands/summary.h"
#include "tools/commands/terminal.h"
#include "tools/commands/ticker.h"

namespace trueup {

namespace {

/// The Kerberos library takes these from the environment, and nowhere else.
void set_kerberos(const Settings& settings) {
  if (!settings.keytab.empty()) {
    ::setenv("KRB5_CLIENT_KTNAME", settings.keytab.c_str(), 1);
    if (settings.credential_cache.empty()) ::setenv("KRB5CCNAME", "MEMORY:trueup", 1);
  }
  if (!settings.credential_cache.empty()) {
    ::setenv("KRB5CCNAME", settings.credential_cache.c_str(), 1);
  }
}

}  // namespace

std::uint64_t run_number(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return 0;
  if (arguments.size() > 1) {
    throw UsageError("one run at a time, and '" + arguments[1] + "' is a second one");
  }
  std::uint64_t run = 0;
  const std::string& text = arguments.front();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), run);
  if (error != std::errc{} || end != text.data() + text.size() || run == 0) {
    throw UsageError("'" + text + "' is not the number of a run; see 'trueup runs'");
  }
  return run;
}

std::vector<UnfinishedRun> say_what_is_unfinished(Store& store, std::FILE* out,
                                                  std::uint64_t gone_on_with) {
  std::vector<UnfinishedRun> unfinished = unfinished_runs(store);
  std::vector<UnfinishedRun> others = unfinished;
  std::erase_if(others, [&](const UnfinishedRun& u) {
    return u.run.run == gone_on_with && !u.blocked && u.lost.empty();
  });
  const std::string notice = damage_notice(store) + unfinished_notice(others);
  print_text(notice, out);
  std::fflush(out);
  return unfinished;
}

int do_job(const Settings& settings,
           const std::function<Report(Store& store, Job job, Progress& progress)>& work,
           const std::string& banner) {
  set_kerberos(settings);
  const LiveRate rate(settings);
  const ThreadLimit threads(settings.threads);
  std::FILE* const out = settings.json ? stderr : stdout;
  const auto print_banner = [&] {
    print_text(banner, out);
    std::fflush(out);
  };
  const auto store = [&] {
    try {
      return Store::open(settings.store, Store::Mode::kReadWrite);
    } catch (...) {
      print_banner();
      throw;
    }
  }();
  const std::vector<UnfinishedRun> unfinished =
      say_what_is_unfinished(*store, out, settings.request.resume);
  print_banner();
  Progress progress;
  progress.stop = &stop_requested;
  const Report report = [&] {
    Ticker ticker(progress, settings.no_progress);
    Job job = settings.job;
    progress.say = [&](const std::string& text) { ticker.say(text); };
    job.ldap.notice = {.say = [&](const std::string& why) { ticker.say("waiting: " + why); },
                       .stopped = [] { return stop_requested.load(); }};
    job.graph.notice = job.ldap.notice;
    job.unfinished = unfinished;
    job.invocation = invocation_of(settings);
    job.changes_per_second = rate.changes_per_second();
    return work(*store, std::move(job), progress);
  }();
  constexpr std::size_t kShownDefects = 20;
  for (std::size_t i = 0; i < report.defects.size() && i < kShownDefects; ++i) {
    const Defect& d = report.defects[i];
    print_defect(d);
  }
  if (report.defects.size() > kShownDefects)
    std::fprintf(stderr, "defect: and more, see run.json\n");
  for (const std::string& warning : report.warnings) print_warning(warning);
  if (settings.json) {
    print_json(to_json(report));
  } else {
    print_text(summary(report));
  }
  return report.exit_code();
}

}  // namespace trueup
