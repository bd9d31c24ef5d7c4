// SPDX-License-Identifier: Apache-2.0
// Medians, and ratios of runs that took turns.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

namespace trueup {

inline double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t size = values.size();
  if (size == 0) return 0;
  return size % 2 == 1 ? values[size / 2] : (values[size / 2 - 1] + values[size / 2]) / 2;
}

/// What `get` gives of each run.
template <typename Run, typename Get>
std::vector<double> each(const std::vector<Run>& runs, Get get) {
  std::vector<double> values;
  for (const Run& run : runs) values.push_back(std::invoke(get, run));
  return values;
}

struct Ratio {
  double median = 0;
  double least = 0;
  double most = 0;
};

/// a[i] / b[i], which ran in the same round.
inline Ratio ratio(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < a.size(); ++i) ratios.push_back(a[i] / b[i]);
  return {median(ratios), *std::ranges::min_element(ratios), *std::ranges::max_element(ratios)};
}

}  // namespace trueup
