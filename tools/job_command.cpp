// SPDX-License-Identifier: Apache-2.0
#include "tools/job_command.h"

#include <cstdio>

#include "engine/parallelism.h"
#include "tools/commands.h"
#include "tools/summary.h"
#include "tools/ticker.h"

namespace trueup {

int do_job(const Settings& settings,
           const std::function<Report(Store& store, Progress& progress)>& work) {
  const ThreadLimit threads(settings.threads);
  const auto store = Store::open(settings.store, Store::Mode::kReadWrite);
  Progress progress;
  progress.stop = &stop_requested;
  const Report report = [&] {
    const Ticker ticker(progress, settings.no_progress);
    return work(*store, progress);
  }();
  constexpr std::size_t kShownDefects = 20;
  for (std::size_t i = 0; i < report.defects.size() && i < kShownDefects; ++i) {
    const Defect& d = report.defects[i];
    std::fprintf(stderr, "defect: %s at byte %llu: %s\n", d.file.c_str(),
                 static_cast<unsigned long long>(d.offset), d.reason.c_str());
  }
  if (report.defects.size() > kShownDefects) std::fprintf(stderr, "defect: and more, see run.json\n");
  for (const std::string& warning : report.warnings) {
    std::fprintf(stderr, "warning: %s\n", warning.c_str());
  }
  const std::string text = settings.json ? to_json(report) : summary(report);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return report.exit_code();
}

}  // namespace trueup
