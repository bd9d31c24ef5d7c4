// SPDX-License-Identifier: Apache-2.0
// One mailbox on both sides, with what a run would do about it and why. Called by `trueup show`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/compare.h"
#include "engine/options.h"
#include "snapshots/store.h"

namespace trueup {

struct Explanation {
  std::string cloud_record, ad_record;  // own what the mailboxes view
  std::optional<Mailbox> cloud, ad;
  bool in_scope = false;
  std::string scope_note;               // why it is not in scope, or why that cannot be said
  std::vector<AttributeVerdict> verdicts;
  std::string outcome;                  // one line: in agreement, changed, refused ...
};

/// `key`: an address, a GUID (objectGUID or Graph id), a base64 anchor, or a DN. In the newest
/// snapshots. Nothing if neither side has it. Throws UsageError, StoreError.
std::optional<Explanation> explain(const Store& store, const std::string& key,
                                   const DiffOptions& options);

}  // namespace trueup
