// SPDX-License-Identifier: Apache-2.0
#include "io/ad/ad_entry.h"

#include <algorithm>

#include "snapshots/model/canonical.h"

namespace trueup {
namespace {

// Those that change often or are many. Which classes may stand above a user or a group: [MS-ADSC],
// possSuperiors of user, group and contact (organizationalUnit, container, builtinDomain,
// domainDNS and what Exchange adds). A class left out of this list costs an enumeration only.
constexpr std::string_view kLeafClasses[] = {
    "user", "computer", "inetOrgPerson", "contact", "group", "foreignSecurityPrincipal",
    "printQueue", "volume", "serviceConnectionPoint", "publicFolder",
    "msExchDynamicDistributionList", "msExchActiveSyncDevice", "msExchActiveSyncDevices",
    "msFVE-RecoveryInformation", "msTPM-InformationObject", "dnsNode", "dnsZone", "rIDManager",
    "rIDSet", "secret", "trustedDomain", "infrastructureUpdate", "groupPolicyContainer",
    "packageRegistration", "classStore", "domainPolicy", "msDFSR-Subscriber", "msDFSR-Subscription",
    "msDFSR-LocalSettings", "dfsConfiguration",
    // The head of a domain is renamed with the domain only, whose DCs get a new base then.
    "domainDNS"};

}  // namespace

bool is_leaf_class(std::string_view object_class) {
  return std::ranges::any_of(kLeafClasses, [&](std::string_view leaf) {
    return leaf.size() == object_class.size() && equal_ignoring_ascii_case(leaf, object_class);
  });
}

}  // namespace trueup
