// SPDX-License-Identifier: Apache-2.0
// How far a read of the users has come: what a journal keeps and what a read that was cut off goes
// on from. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace trueup {

/// Which part of a read a page belongs to.
struct PageOrigin {
  enum class Kind : std::uint8_t {
    kListed,  // of GET /users, in ranges
    kDelta,   // of GET /users/delta
    kReread,  // single users, asked for again
  };
  Kind kind = Kind::kDelta;
  std::uint64_t range = 0;  // kListed: its number
  bool changes = false;     // kDelta: on top of a generation, where absent means unchanged
};

/// A closed range of userPrincipalNames, open at an end that is "". It shares its bounds with its
/// neighbours: whatever order the service sorts names in, no name falls between two of them.
struct UpnRange {
  std::uint64_t number = 0;
  std::string low;
  std::string high;
  std::string next;   // where to go on; "": not begun
  bool done = false;  // read to its end, or replaced by smaller ones
};

struct ReadCheckpoint {
  std::string token;             // deltaLink that the delta begins at; "": none yet
  std::uint64_t token_at = 0;    // Unix seconds, by the service's clock
  bool cut = false;              // the ranges are known
  std::vector<UpnRange> ranges;  // ranges[i].number == i
  std::string delta_next;        // where the delta goes on; "": at its beginning
  std::string delta_link;        // the delta's end, once that was reached
  bool past_end = false;         // it was reached before: what came behind it is changes
};

}  // namespace trueup
