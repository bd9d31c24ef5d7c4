// SPDX-License-Identifier: Apache-2.0
// Where to cut the range of all userPrincipalNames so that the ranges are of like size, without
// knowing how the service sorts them. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace trueup {

/// Bounds b1 < b2 < ... that cut `names` (a sample) in `ranges` parts of like size: at most
/// pieces - 1 of them, all strictly between `low` and `high` ("": open).
std::vector<std::string> bounds_of(std::vector<std::string> names, std::size_t ranges,
                                   const std::string& low, const std::string& high);

/// Bounds by letters, for where there is no sample: the first character in which names between
/// `low` and `high` can differ, in all the ways of a name.
std::vector<std::string> letter_bounds(const std::string& low, const std::string& high);

/// Whether `names` look like a list that is sorted by name, so that they tell of its beginning
/// only.
bool in_order(const std::vector<std::string>& names);

/// A sample of a few of many, evenly: keeps at most `most`.
void thin_out(std::vector<std::string>& names, std::size_t most);

}  // namespace trueup
