// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/commands.h"
#include "tools/commands/job_command.h"

namespace trueup {

int apply_command(const Settings& settings, const std::vector<std::string>&) {
  return do_job(settings, [&](Store& store, Job job, Progress& progress) {
    job.command = "apply";
    job.write = true;
    return apply_stored(store, job, settings.request, progress);
  });
}

}  // namespace trueup
