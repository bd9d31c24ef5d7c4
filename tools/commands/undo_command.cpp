// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/errors.h"
#include "tools/commands/commands.h"
#include "tools/commands/job_command.h"

namespace trueup {

int undo_command(const Settings& settings, const std::vector<std::string>& arguments) {
  const std::uint64_t run = run_number(arguments);
  if (run == 0) throw UsageError("name the run to take back: trueup undo RUN; see 'trueup runs'");
  return do_job(settings, [&](Store& store, Job job, Progress& progress) {
    job.command = "undo";
    job.write = true;
    return undo_stored(store, job, run, progress);
  });
}

}  // namespace trueup
