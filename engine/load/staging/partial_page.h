// SPDX-License-Identifier: Apache-2.0
// Pages of a Graph dump that supply less than the dump does.
#pragma once

#include <cstdint>

#include "snapshots/model/attribute.h"

namespace trueup {

/// Users of a dump whose page supplies less than the dump does: it has no property list, so what a
/// user of it does not carry is not known to be empty.
struct PartialPage {
  std::uint64_t first = 0, last = 0;  // places in the stream, both included
  AttributeSet lacks;                 // that a user of it does not supply, unless it carries it
};

}  // namespace trueup
