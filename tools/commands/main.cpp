// SPDX-License-Identifier: Apache-2.0
// The command line of trueup: parses, reads the configuration, runs one command, tells errors.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>
#include <new>
#include <system_error>

#include "io/bytes/visible_text.h"
#include "snapshots/model/errors.h"
#include "tools/commands/commands.h"
#include "tools/commands/terminal.h"

namespace trueup {

std::atomic<bool> stop_requested{false};
std::atomic<bool> reload_requested{false};

namespace {

constexpr std::string_view kAbout =
    "Makes an on-premises Active Directory agree with Exchange Online.\n"
    "Loads both sides, shows exactly what differs as a plan, and applies exactly that plan.";

constexpr std::string_view kExamples = R"(
Look first: what differs, and what would be written? Nothing is written to AD.
  trueup plan --graph pages/ --exo mailboxes.json --ad export.ldif --out plan.ldif

Before a migration, for all synced users, without an Exchange export:
  trueup plan --graph pages/ --ad export.ldif --scope synced --out plan.ldif

Write that plan, and nothing else:
  trueup apply --plan plan.ldif --ad ldaps://dc1.contoso.com --bind-dn svc@contoso.com \
               --password-file /etc/trueup/password --ad-ca-file ca.pem

Every night, from /etc/trueup/trueup.toml:
  trueup run --config /etc/trueup/trueup.toml

Exit codes: 0 done; 1 failed; 2 usage or configuration; 3 stopped by a guard before any write;
4 done, but some changes were rejected or are in conflict; 5 stopped early, can be resumed.)";

// What one subcommand was given.
struct Parsed {
  std::map<const Setting*, std::vector<std::string>> values;
  std::map<const Setting*, bool> switches;
  std::string config;
  std::vector<std::string> arguments;
};

void add_settings(CLI::App& app, const Command& command, Parsed& parsed) {
  if (command.bit != 0) {
    app.add_option("--config", parsed.config, "settings; default trueup.toml, if it is there")
        ->type_name("FILE");
  }
  for (const Setting& setting : all_settings()) {
    if ((setting.commands & command.bit) == 0) continue;
    const std::string help(setting.help);
    if (setting.kind == Setting::Kind::kSwitch) {
      app.add_flag(setting.flag(), parsed.switches[&setting], help);
      continue;
    }
    CLI::Option* option = app.add_option(setting.flag(), parsed.values[&setting], help);
    option->type_name(std::string(setting.argument))->type_size(1);
    // Several values behind one flag, as a shell expands a pattern; where the command takes a
    // positional one, that is not among them: the flag is given again instead.
    const bool list = setting.kind != Setting::Kind::kOne;
    const bool greedy = list && command.argument.empty();
    option->expected(1, greedy ? 1 << 20 : 1)->allow_extra_args(greedy);
    option->multi_option_policy(list ? CLI::MultiOptionPolicy::TakeAll
                                     : CLI::MultiOptionPolicy::TakeLast);
  }
  if (!command.argument.empty()) {
    app.add_option(std::string(command.argument), parsed.arguments)->type_name("");
  }
  app.footer(std::string(command.examples));
}

Settings settings_of(const Command& command, const Parsed& parsed) {
  Settings settings;
  if (command.bit == 0) return settings;
  settings.config = parsed.config;
  if (settings.config.empty() && std::filesystem::exists("trueup.toml")) {
    settings.config = "trueup.toml";
  }
  if (!settings.config.empty()) read_config(settings.config, settings);
  for (const auto& [setting, values] : parsed.values) {
    if (values.empty()) continue;
    assign(*setting, values, setting->flag(), settings);
    settings.flags.emplace(setting->key);
  }
  for (const auto& [setting, on] : parsed.switches) {
    if (on) assign(*setting, {"true"}, setting->flag(), settings);
  }
  settle(settings);
  return settings;
}

extern "C" void on_stop_signal(int) { stop_requested.store(true); }
extern "C" void on_reload_signal(int) { reload_requested.store(true); }

void install_signals() {
  std::signal(SIGPIPE, SIG_IGN);  // a server that closes its connection is told by the write
  struct sigaction action {};
  action.sa_handler = on_stop_signal;
  // The second signal ends the process at once.
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = on_reload_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGHUP, &action, nullptr);
}

/// A process that connects holds passwords, keys and tokens all its life. The limit is for a core
/// file; a program in core_pattern, or another process of the account, goes by the flag alone
/// (core(5), ptrace(2)). Neither call can fail.
void forbid_core_dumps() {
  const rlimit none{};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

int run(int argc, char** argv) {
  CLI::App app{std::string(kAbout), "trueup"};
  app.require_subcommand(1);
  app.footer(std::string(kExamples));
  app.set_version_flag("--version", TRUEUP_VERSION);
  std::map<const Command*, Parsed> parsed;
  std::map<const Command*, CLI::App*> apps;
  for (const Command& command : all_commands()) {
    CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.summary));
    add_settings(*sub, command, parsed[&command]);
    apps[&command] = sub;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  for (const Command& command : all_commands()) {
    if (!apps[&command]->parsed()) continue;
    const Settings settings = settings_of(command, parsed[&command]);
    return command.run(settings, parsed[&command].arguments);
  }
  return 2;
}

/// Lines of a list in a message are indented: any other line break came with what is quoted in it.
int tell(std::string_view what, int exit_code) {
  constexpr std::string_view kNextLine = "\n  ";
  std::string text = "trueup: ";
  for (std::size_t end; (end = what.find(kNextLine)) != std::string_view::npos;) {
    text += visible(what.substr(0, end)) + std::string(kNextLine);
    what.remove_prefix(end + kNextLine.size());
  }
  print_text(text + visible(what) + "\n", stderr);
  return exit_code;
}

/// What a system call of the standard library came to: mostly, no thread could be started.
std::string text_of(const std::system_error& error) {
  if (error.code() != std::errc::resource_unavailable_try_again) return error.what();
  return std::string("cannot start a thread: ") + error.what() +
         "; raise the limit (ulimit -u, "
         "ulimit -v, or TasksMax of the service), or lower --threads";
}

int run_and_tell(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const UsageError& error) {
    return tell(error.what(), 2);
  } catch (const GuardError& error) {
    return tell(error.what(), 3);
  } catch (const StopError& error) {
    return tell(error.what(), 5);
  } catch (const std::bad_alloc&) {
    return tell(
        "out of memory; raise the limit (ulimit -v, or MemoryMax of the service), or lower "
        "--memory-mib and --threads",
        1);
  } catch (const std::system_error& error) {
    return tell(text_of(error), 1);
  } catch (const std::exception& error) {
    return tell(error.what(), 1);
  }
}

}  // namespace
}  // namespace trueup

int main(int argc, char** argv) {
  trueup::open_missing_streams();
  trueup::tell_aborts();
  trueup::forbid_core_dumps();
  ::umask(077);  // what it writes, RocksDB's files too, is for the account that runs it
  trueup::install_signals();
  return trueup::finish_output(trueup::run_and_tell(argc, argv));
}
