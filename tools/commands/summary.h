// SPDX-License-Identifier: Apache-2.0
// A report as text for a terminal.
#pragma once

#include <string>

#include "engine/run/report.h"

namespace trueup {

std::string summary(const Report& report);

/// 1234567 -> "1,234,567".
std::string grouped(std::uint64_t n);

}  // namespace trueup
