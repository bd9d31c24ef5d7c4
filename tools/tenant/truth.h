// SPDX-License-Identifier: Apache-2.0
//
// What a right run has to find, written from the drift as it was made, not from a comparison of the
// feeds: truth.json.
#pragma once

#include "tools/tenant/feed.h"
#include "tools/tenant/model.h"

namespace trueup::tenant {

// {"format": "trueup-truth-1", "seed", "drift", "mailboxes": [...], "totals": {...}}: one object
// for each mailbox with drift, in index order. The record count is that of the listed mailboxes.
FeedCount write_truth(const TenantShape& shape, const FeedOptions& options);

}  // namespace trueup::tenant
