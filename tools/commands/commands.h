// SPDX-License-Identifier: Apache-2.0
// The subcommands of trueup, one file each. Each takes what main() has parsed and returns the exit
// code; errors are thrown and told by main().
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "tools/commands/settings.h"

namespace trueup {

/// Set by SIGINT and SIGTERM: finish what is in flight, then end.
extern std::atomic<bool> stop_requested;
/// Set by SIGHUP: read the configuration again, as far as it can change while a job goes on.
extern std::atomic<bool> reload_requested;

struct Command {
  std::string_view name;
  std::uint32_t bit;          // of Commands; 0: it takes no settings
  std::string_view summary;   // one line
  std::string_view examples;  // below the options in --help
  std::string_view argument;  // a positional one: its name, "" for none
  int (*run)(const Settings& settings, const std::vector<std::string>& arguments);
};

std::span<const Command> all_commands();

int run_command(const Settings& settings, const std::vector<std::string>& arguments);
int plan_command(const Settings& settings, const std::vector<std::string>& arguments);
int diff_command(const Settings& settings, const std::vector<std::string>& arguments);
int load_command(const Settings& settings, const std::vector<std::string>& arguments);
int apply_command(const Settings& settings, const std::vector<std::string>& arguments);
int verify_command(const Settings& settings, const std::vector<std::string>& arguments);
int undo_command(const Settings& settings, const std::vector<std::string>& arguments);
int fetch_command(const Settings& settings, const std::vector<std::string>& arguments);
int prune_command(const Settings& settings, const std::vector<std::string>& arguments);
int runs_command(const Settings& settings, const std::vector<std::string>& arguments);
int show_command(const Settings& settings, const std::vector<std::string>& arguments);
int version_command(const Settings& settings, const std::vector<std::string>& arguments);
int dump_command(const Settings& settings, const std::vector<std::string>& arguments);

}  // namespace trueup
