// SPDX-License-Identifier: Apache-2.0
// Sends the changes of a plan and records what came of each: in plan order, no faster than allowed,
// never against an edge, never blindly twice. Called by engine/run/apply_run.
#pragma once

#include "engine/apply/apply_types.h"
#include "engine/apply/clock.h"
#include "io/directory_writer.h"

namespace trueup {

/// Sends what records.next gives until it returns false.
///
/// A change is sent when every change in its `after` has succeeded, and becomes kDependsOn when one
/// of them has not; changes of one object (same anchor or DN) are sent one after the other in plan
/// order. Noone's values are overwritten: when an old value is not there (results 16, 20) the
/// object is read again and settled edit by edit (engine/apply/partial_change.h). When an answer is
/// lost the object is read before the change is sent again; before each change that adds a primary
/// address it is read too, as nothing else keeps an object from having two. Whatever was sent has
/// an outcome on record before apply() returns, also when the run stops early; what was not sent
/// has none.
///
/// Throws what the records throw, when all that was in flight is answered and was offered to
/// records.record once more; a directory that goes away is a result.
ApplyResult apply(const ApplyRecords& records, DirectoryWriter& writer, const ApplyHistory& history,
                  const ApplyOptions& options, Clock& clock, const ApplyControl& control = {});

}  // namespace trueup
