// SPDX-License-Identifier: Apache-2.0
// Who gave a command, where, and how: made by tools/, kept in run.json by
// engine/run/records/report.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace trueup {

struct Invocation {
  std::string host, user, version;
  /// The settings that were given, as a flag or in the configuration, by key; the others have their
  /// defaults. No secrets: those are in files, whose names these are.
  std::map<std::string, std::vector<std::string>> options;
};

}  // namespace trueup
