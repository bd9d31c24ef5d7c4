// SPDX-License-Identifier: Apache-2.0
// A report as text for a terminal.
#pragma once

#include <string>

#include "engine/run/records/report.h"

namespace trueup {

std::string summary(const Report& report);

}  // namespace trueup
