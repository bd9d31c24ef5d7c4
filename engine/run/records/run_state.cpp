// SPDX-License-Identifier: Apache-2.0
#include "engine/run/records/run_state.h"

namespace trueup {

bool is_unfinished(const RunDescription& run) {
  return run.state == "applying" || run.state == "stopped";
}

bool has_written(const RunDescription& run) {
  return is_unfinished(run) || run.state == "applied" || run.state == "settled";
}

}  // namespace trueup
