// SPDX-License-Identifier: Apache-2.0
// What came of the drills, as one markdown table: printed when the test binary ends, and written to
// the file that the environment variable TRUEUP_DRILL_TABLE names.
#pragma once

#include <string>

namespace trueup::drills {

struct DrillCell {
  std::string disaster;
  int mailboxes = 0;
  bool history = false;
};

/// One outcome: "stopped by losing, emptied", "input error", "nothing to write", "cannot be told:
/// ..."; in bold where the drill failed.
void record(const DrillCell& cell, const std::string& outcome);
/// A line of free text below the table.
void record_line(const std::string& line);

}  // namespace trueup::drills
