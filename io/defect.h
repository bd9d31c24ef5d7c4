// SPDX-License-Identifier: Apache-2.0
// One unreadable input record: counted and listed, never fatal by itself (the run stops when there
// are more than max_defects of them).
#pragma once

#include <cstdint>
#include <string>

namespace trueup {

struct Defect {
  std::string file;
  std::uint64_t offset = 0;  // of the record, in decoded bytes from the start of the file
  std::string reason;        // what is wrong and, where there is one, the remedy
};

/// "FILE at byte N"
inline std::string place_of(const Defect& defect) {
  return defect.file + " at byte " + std::to_string(defect.offset);
}

}  // namespace trueup
