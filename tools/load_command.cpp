// SPDX-License-Identifier: Apache-2.0
#include "tools/commands.h"
#include "tools/job_command.h"

namespace trueup {

int load_command(const Settings& settings, const std::vector<std::string>&) {
  Job job = settings.job;
  job.command = "load";
  return do_job(settings, [&](Store& store, Progress& progress) {
    return load_only(store, job, progress);
  });
}

}  // namespace trueup
