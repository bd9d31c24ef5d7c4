// SPDX-License-Identifier: Apache-2.0
// What a load gives beside the snapshot's tables, and what its input files tell as files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/defect.h"
#include "snapshots/store/description.h"

namespace trueup {

struct LoadResult {
  SnapshotDescription snapshot;
  std::vector<Defect> defects;           // the first ones, in stream order; all are counted
  std::vector<std::string> passed_over;  // files in the input folders that are no input
  std::vector<std::string> warnings;
  std::string server;  // AD, read live: the URL of the one that was read
};

/// When the oldest of these files was written, Unix seconds. Throws InputError if that cannot be
/// read: it is what tells an old dump.
std::uint64_t oldest_file_time(const std::vector<std::string>& files);

/// What a side was read from, for people.
std::string joined(const std::vector<std::string>& specs);

/// Throws InputError if more than `max_defects` of the records could not be read.
void check_defects(const LoadResult& result, double max_defects);

}  // namespace trueup
