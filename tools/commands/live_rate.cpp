// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/live_rate.h"

#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <mutex>

#include "snapshots/model/errors.h"
#include "tools/commands/commands.h"
#include "tools/commands/terminal.h"

namespace trueup {
namespace {

constexpr std::chrono::milliseconds kLookEvery{250};

std::filesystem::file_time_type changed_at(const std::string& file) {
  std::error_code error;
  return std::filesystem::last_write_time(file, error);
}

}  // namespace

LiveRate::LiveRate(const Settings& settings)
    : settings_(settings), rate_(settings.job.apply.max_changes_per_second) {
  if (settings.config.empty() || settings.flags.contains("max_changes_per_second")) return;
  watcher_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

void LiveRate::watch(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  auto seen = changed_at(settings_.config);
  std::unique_lock lock(mutex);
  while (!never.wait_for(lock, stop, kLookEvery, [&] { return stop.stop_requested(); })) {
    const auto changed = changed_at(settings_.config);
    if (changed == seen && !reload_requested.exchange(false)) continue;
    seen = changed;
    read_again();
  }
}

void LiveRate::read_again() {
  Settings now;
  try {
    read_config(settings_.config, now);
  } catch (const UsageError& error) {
    print_warning(std::string(error.what()) + "; the rate stays as it is");
    return;
  }
  const double rate = now.job.apply.max_changes_per_second;
  if (rate_.exchange(rate) == rate) return;
  std::fprintf(stderr, "max_changes_per_second is now %g\n", rate);
}

}  // namespace trueup
