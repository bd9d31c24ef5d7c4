// SPDX-License-Identifier: Apache-2.0
// One mailbox on both sides, with what the newest plan does about it and why: the whole diff and
// plan are made once more, so that it is the plan's own word. Called by `trueup show`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/compare/compare.h"
#include "engine/compare/diff_options.h"
#include "engine/show/find_objects.h"
#include "snapshots/store/store.h"

namespace trueup {

struct Explanation {
  std::string cloud_record, ad_record;  // own what the mailboxes view
  std::optional<Mailbox> cloud, ad;
  bool in_scope = false;
  bool scope_unknown = false;  // it cannot be established now
  std::string scope_note;      // why it is not in scope, or why that cannot be said
  std::vector<AttributeVerdict> verdicts;
  /// In agreement, changed, refused ..., one line for each reason.
  std::vector<std::string> outcome;
  std::string note;  // that it is not the word of the plan; "": it is
};

/// What `text` names (find_objects), in the newest snapshots: no object, one mailbox, or several.
/// Throws UsageError, StoreError.
std::vector<FoundObject> find_by_name(const Store& store, const std::string& text);

/// `object` is one that find_by_name gave. `plan`: the run whose plan is to come out again; 0: no
/// plan is.
Explanation explain(const Store& store, const FoundObject& object, const DiffOptions& options,
                    std::uint64_t plan);

}  // namespace trueup
