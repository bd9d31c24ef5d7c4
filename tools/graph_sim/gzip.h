// SPDX-License-Identifier: Apache-2.0
//
// Bodies in gzip, at the fastest level: a simulator must not be what a client waits for.
#pragma once

#include <string>
#include <string_view>

namespace trueup::sim {

std::string gzipped(std::string_view text);
/// REQUIRES what gzipped() gave.
std::string gunzipped(std::string_view packed);

}  // namespace trueup::sim
