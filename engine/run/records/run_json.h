// SPDX-License-Identifier: Apache-2.0
// STORE/runs/N/run.json: what each command did that worked on run N, for people and programs. One
// block a command, the oldest first: {"run": N, "commands": [{"command": "plan", ...}, ...]}. A
// block is added and never changed. Called by engine/run/run_record.
#pragma once

#include <cstdint>
#include <string>

namespace trueup {

/// Adds `block`, a JSON object (to_json of engine/run/records/report.h). Gives what became of a
/// run.json that is none, for a warning: it is kept beside the new one, which begins afresh; "":
/// nothing. Throws StoreError.
std::string add_to_run_record(const std::string& folder, std::uint64_t run,
                              const std::string& block);

}  // namespace trueup
