// SPDX-License-Identifier: Apache-2.0
// What is said of runs that did not come to their end, and of what was read back of one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/run/records/report.h"

namespace trueup {

/// Which runs are unfinished, how many changes of each are in doubt, and how to go on; "" if none
/// is. A command prints it before anything else.
std::string unfinished_notice(const std::vector<UnfinishedRun>& runs);

/// That the database's log was damaged, and what follows; "" if it was whole.
std::string damage_notice(const Store& store);

/// A run that the nightly run went on with.
std::string resumed_line(const ResumedRun& resumed);

/// What was read back of run `run`.
std::string verified(const VerifyResult& v, std::uint64_t run);

}  // namespace trueup
