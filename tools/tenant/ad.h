// SPDX-License-Identifier: Apache-2.0
//
// The AD feed: one LDIF file with the domain head, the organisational units, every user, and what
// else a domain holds (groups, contacts, computers) with addresses of its own. Parents stand before
// children, so slapadd and ldapadd take it.
#pragma once

#include "tools/tenant/feed.h"
#include "tools/tenant/ldif.h"
#include "tools/tenant/model.h"

namespace trueup::tenant {

struct AdOptions {
  LdifStyle style = LdifStyle::kLdifde;
  Encoding encoding = Encoding::kUtf8;
};

// Writes ad.ldif. The count's records are all entries.
FeedCount write_ad_feed(const TenantShape& shape, const FeedOptions& options, const AdOptions& ad);

}  // namespace trueup::tenant
