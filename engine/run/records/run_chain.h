// SPDX-License-Identifier: Apache-2.0
// Which run came of which: undone by which other, and where what it could not write was tried last.
// Over the descriptions of all runs, oldest first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "snapshots/store/description.h"
#include "snapshots/store/store.h"

namespace trueup {

/// The run that took `run` back and stands: it came to its end, and was not undone itself.
std::optional<RunDescription> undone_by(const std::vector<RunDescription>& runs, std::uint64_t run);

/// `run`, or the newest one that tried its rejects again, or the rejects of those.
std::uint64_t last_try_of(const std::vector<RunDescription>& runs, std::uint64_t run);

/// Throws UsageError, with the run that did it, if `run` is undone.
void require_not_undone(const Store& store, const RunDescription& run);

/// The digest of a stored plan that begins with `given`: 8 hexadecimal digits at least, in any
/// case. Throws UsageError: too few, others, of no plan or of several.
std::string whole_digest(const Store& store, const std::string& given);

}  // namespace trueup
