// SPDX-License-Identifier: Apache-2.0
// Who gave the command, on which host, with which version and settings: for run.json.
#pragma once

#include "engine/run/records/invocation.h"
#include "tools/commands/settings.h"

namespace trueup {

Invocation invocation_of(const Settings& settings);

}  // namespace trueup
