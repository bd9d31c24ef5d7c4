// SPDX-License-Identifier: Apache-2.0
// The openssl command, for certificates of tests.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace trueup {

/// Runs "openssl `arguments`" in `folder`. Throws std::runtime_error if it fails.
inline void openssl(std::vector<std::string> arguments, const std::string& folder) {
  arguments.insert(arguments.begin(), "openssl");
  const ProcessResult result = run_process(arguments, {.folder = folder});
  if (result.exit_code != 0) throw std::runtime_error("openssl: " + result.err);
}

}  // namespace trueup
