// SPDX-License-Identifier: Apache-2.0
#include "engine/load/staging/load_result.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "snapshots/model/errors.h"

namespace trueup {

std::string joined(const std::vector<std::string>& specs) {
  std::string out;
  for (const std::string& s : specs) out += (out.empty() ? "" : ", ") + s;
  return out;
}

std::uint64_t oldest_file_time(const std::vector<std::string>& files) {
  std::uint64_t oldest = ~std::uint64_t{0};
  for (const std::string& file : files) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
      throw InputError("cannot tell how old " + file + " is: " + std::strerror(errno));
    }
    const std::time_t written = std::max<std::time_t>(1, status.st_mtime);  // 0 is "read live"
    oldest = std::min(oldest, static_cast<std::uint64_t>(written));
  }
  return oldest;
}

void check_defects(const LoadResult& result, double max_defects) {
  const SnapshotDescription& d = result.snapshot;
  if (d.defects == 0 ||
      static_cast<double>(d.defects) <= max_defects * static_cast<double>(d.records)) {
    return;
  }
  std::string message = std::to_string(d.defects) + " of " + std::to_string(d.records) +
                        " records cannot be read, more than --max-defects " +
                        std::to_string(100 * max_defects) + "% allows:";
  for (std::size_t i = 0; i < result.defects.size() && i < 10; ++i) {
    const Defect& defect = result.defects[i];
    message += "\n  " + place_of(defect) + ": " + defect.reason;
  }
  throw InputError(message);
}

}  // namespace trueup
