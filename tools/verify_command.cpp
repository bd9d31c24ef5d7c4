// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "snapshots/errors.h"
#include "tools/commands.h"
#include "tools/job_command.h"

namespace trueup {

int verify_command(const Settings& settings, const std::vector<std::string>& arguments) {
  std::uint64_t run = 0;
  if (!arguments.empty()) {
    const std::string& text = arguments.front();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), run);
    if (error != std::errc{} || end != text.data() + text.size() || run == 0) {
      throw UsageError("'" + text + "' is not the number of a run; see 'trueup runs'");
    }
  }
  Job job = settings.job;
  job.command = "verify";
  return do_job(settings, [&](Store& store, Progress& progress) {
    return verify_stored(store, job, run, progress, &stop_requested);
  });
}

}  // namespace trueup
