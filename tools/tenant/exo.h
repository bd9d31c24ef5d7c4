// SPDX-License-Identifier: Apache-2.0
//
// The Exchange Online feed: the mailboxes as Get-EXOMailbox and Get-Mailbox export them through
// ConvertTo-Json.
#pragma once

#include "tools/tenant/feed.h"
#include "tools/tenant/model.h"

namespace trueup::tenant {

// kArray: [...]; kValue: {"value": [...], "Count": n}; kJsonl: one object a line.
enum class ExoFormat : std::uint8_t { kArray, kValue, kJsonl };

// Writes exo.json; with quirks two files, exo/exo-1.json (properties, UTF-16) and exo/exo-2.json
// (the flag). With kJsonl the ending is .jsonl.
FeedCount write_exo_feed(const TenantShape& shape, const FeedOptions& options, ExoFormat format);

}  // namespace trueup::tenant
