// SPDX-License-Identifier: Apache-2.0
//
// The Graph feed: GET /users/delta response bodies, one a file. The user record is a function of
// its own, because graph_sim serves the same records.
#pragma once

#include <cstdint>
#include <string>

#include "tools/tenant/feed.h"
#include "tools/tenant/json.h"
#include "tools/tenant/maker.h"

namespace trueup::tenant {

// Comma-separated, as in $select and @odata.context.
inline constexpr std::string_view kGraphProperties =
    "id,accountEnabled,displayName,userPrincipalName,userType,mail,mailNickname,proxyAddresses,"
    "onPremisesImmutableId,"
    "onPremisesSyncEnabled,onPremisesDistinguishedName,onPremisesDomainName,"
    "onPremisesSamAccountName,"
    "onPremisesUserPrincipalName,onPremisesExtensionAttributes";

// How a record is written; the plain default is what Graph sends.
struct GraphRecordStyle {
  bool stale = false;  // an older state of the user
  JsonStyle json;
};
void append_graph_user(std::string& out, const TenantShape& shape, const Mailbox& mailbox,
                       const GraphRecordStyle& style = {});

// Writes graph/page-000001.json and on.
FeedCount write_graph_feed(const TenantShape& shape, const FeedOptions& options,
                           std::uint32_t page_size);

}  // namespace trueup::tenant
