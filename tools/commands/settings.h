// SPDX-License-Identifier: Apache-2.0
// What the operator can set. One table binds the key of trueup.toml, the flag and the field, so
// that nothing is wired by hand twice; a key's flag is its name with dashes for dots and
// underscores.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/reconcile.h"

namespace trueup {

struct Settings {
  std::string config;  // file; "": trueup.toml if it is there
  std::string store = "./trueup-store";
  int threads = 0;  // 0: all processors
  bool json = false;
  bool no_progress = false;
  bool verify_all = false;
  std::string keytab;  // for the Kerberos library, which reads them itself
  std::string credential_cache;
  std::string follow;  // fetch: dump that the delta begins at the end of
  /// Keys that were given as flags, which stand above the file.
  std::set<std::string, std::less<>> flags;
  /// All that were given, by key: the values of the flag, else those of the file.
  std::map<std::string, std::vector<std::string>> given;
  Job job;
  ApplyRequest request;
};

/// Which commands take a setting.
enum Commands : std::uint32_t {
  kRun = 1U << 0,
  kPlan = 1U << 1,
  kLoad = 1U << 2,
  kDiff = 1U << 3,
  kApply = 1U << 4,
  kVerify = 1U << 5,
  kRuns = 1U << 6,
  kShow = 1U << 7,
  kDump = 1U << 8,
  kUndo = 1U << 9,
  kFetch = 1U << 10,
  kPrune = 1U << 11,
};

/// What an empty list of the file gives a setting: the default is taken out, and nothing is put in.
inline const std::string kEmptyList(1, '\0');

struct Setting {
  enum class Kind : std::uint8_t {
    kSwitch,  // a flag without a value; true or false in the file
    kOne,     // one value
    kMany,    // repeatable; an array in the file
    kWords,   // like kMany, and a value may be a comma-separated list
  };
  std::string_view key;
  std::string_view argument;  // in the help: FILE, N ...
  std::string_view help;
  std::uint32_t commands;
  Kind kind;
  bool in_config;  // else a flag only
  /// Takes one value; throws UsageError that says what is wrong with it. The first value of a list
  /// replaces the default: `first` tells.
  std::function<void(Settings&, const std::string& value, bool first)> set;

  std::string flag() const;
};

std::span<const Setting> all_settings();

/// After the last assign(): a base that an --ad URL names is as --base. Throws UsageError if they
/// contradict each other.
void settle(Settings& settings);

/// Reads `path` into `settings`. Throws UsageError: unreadable, not TOML, unknown key (with the
/// nearest known one), wrong value; each with file and line.
void read_config(const std::string& path, Settings& settings);

/// Sets `values` (several for a list) given for `setting`; `where` for messages ("--scope").
void assign(const Setting& setting, const std::vector<std::string>& values,
            const std::string& where, Settings& settings);

}  // namespace trueup
