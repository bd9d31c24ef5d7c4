// SPDX-License-Identifier: Apache-2.0
// The file of a scope list, as people and Export-Csv write it: UTF-8 or UTF-16 with a BOM, one
// mailbox a line and remarks behind '#', or a CSV with one column that names mailboxes. What the
// names mean is for engine/compare/scope to say.
#pragma once

#include <string>

#include "engine/compare/diff_options.h"
#include "engine/compare/scope_list.h"

namespace trueup {

/// Throws UsageError: the file cannot be read, is in no encoding that it tells, or is a CSV of
/// which it is not plain which column is meant.
ScopeList read_scope_list(const std::string& path);

/// The list that `options` name; an empty one where the scope is no list. Throws likewise.
ScopeList scope_list_of(const DiffOptions& options);

}  // namespace trueup
