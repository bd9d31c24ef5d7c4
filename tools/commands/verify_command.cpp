// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/errors.h"
#include "tools/commands/commands.h"
#include "tools/commands/job_command.h"

namespace trueup {

int verify_command(const Settings& settings, const std::vector<std::string>& arguments) {
  const std::uint64_t run = run_number(arguments);
  if (settings.verify_all && run != 0) {
    throw UsageError("--all compares every mailbox with AD, whatever run wrote it; leave " +
                     std::to_string(run) + " away");
  }
  return do_job(settings, [&](Store& store, Job job, Progress& progress) {
    job.command = "verify";
    return settings.verify_all ? verify_all(store, job, progress)
                               : verify_stored(store, job, run, progress);
  });
}

}  // namespace trueup
