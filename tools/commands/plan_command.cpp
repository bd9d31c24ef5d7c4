// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/commands.h"
#include "tools/commands/job_command.h"

namespace trueup {

int plan_command(const Settings& settings, const std::vector<std::string>&) {
  return do_job(settings, [&](Store& store, Job job, Progress& progress) {
    job.command = "plan";
    return reconcile(store, job, progress);
  });
}

}  // namespace trueup
