// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "snapshots/model/errors.h"
#include "tools/commands/commands.h"
#include "tools/commands/job_command.h"

namespace trueup {
namespace {

std::string absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

}  // namespace

// A nightly job that was started in another folder would have another store and other settings, and
// so neither history nor excludes: it says which ones it has before it does anything.
int run_command(const Settings& settings, const std::vector<std::string>&) {
  if (settings.config.empty()) {
    throw UsageError(
        "run goes by a configuration: name one with --config FILE; there is no "
        "trueup.toml in " +
        std::filesystem::current_path().string());
  }
  const std::string store_folder = absolute(settings.store);
  const std::string config = absolute(settings.config);
  const auto work = [&](Store& store, Job job, Progress& progress) {
    job.command = "run";
    job.write = true;
    job.config = config;
    return reconcile(store, job, progress);
  };
  return do_job(settings, work, "store:  " + store_folder + "\nconfig: " + config + "\n");
}

}  // namespace trueup
