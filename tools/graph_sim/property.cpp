// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/property.h"

#include <strings.h>

namespace trueup::sim {
namespace {

struct Row {
  std::string_view name;
  PropertyType type;
};

using enum PropertyType;
constexpr std::array<Row, kProperties> kTable{{
    {"id", kText},
    {"accountEnabled", kFlag},
    {"displayName", kText},
    {"userPrincipalName", kText},
    {"userType", kText},
    {"mail", kText},
    {"mailNickname", kText},
    {"proxyAddresses", kList},
    {"onPremisesImmutableId", kText},
    {"onPremisesSyncEnabled", kFlag},
    {"onPremisesDistinguishedName", kText},
    {"onPremisesDomainName", kText},
    {"onPremisesSamAccountName", kText},
    {"onPremisesUserPrincipalName", kText},
    {"onPremisesExtensionAttributes", kComplex},
    {"givenName", kText},
    {"surname", kText},
    {"jobTitle", kText},
    {"mobilePhone", kText},
    {"officeLocation", kText},
    {"preferredLanguage", kText},
    {"businessPhones", kList},
    {"department", kText},
    {"companyName", kText},
    {"onPremisesSecurityIdentifier", kText},
    {"onPremisesLastSyncDateTime", kText},
    {"showInAddressList", kFlag},
    {"otherMails", kList},
    {"assignedPlans", kList},
    {"createdDateTime", kText},
    {"onPremisesProvisioningErrors", kList},
    {"usageLocation", kText},
}};

constexpr std::string_view kDefaultSelection =
    "businessPhones,displayName,givenName,jobTitle,mail,mobilePhone,officeLocation,"
    "preferredLanguage,surname,userPrincipalName,id";

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string_view property_name(PropertyNumber property) { return kTable[property].name; }
PropertyType property_type(PropertyNumber property) { return kTable[property].type; }

std::optional<PropertyNumber> find_property(std::string_view name) {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (same_name(kTable[i].name, name)) return static_cast<PropertyNumber>(i);
  }
  return std::nullopt;
}

std::string_view empty_value(PropertyNumber property) {
  static const std::string extensions = [] {
    std::string text = "{";
    for (int i = 1; i <= 15; ++i) {
      text += (i == 1 ? "\"" : ",\"") + ("extensionAttribute" + std::to_string(i)) + "\":null";
    }
    return text + "}";
  }();
  switch (property_type(property)) {
    case kList: return "[]";
    case kComplex: return extensions;
    default: return "null";
  }
}

Selection default_selection() {
  std::string none;
  Selection selection = parse_selection(kDefaultSelection, none);
  selection.explicitly = false;
  return selection;
}

Selection parse_selection(std::string_view text, std::string& unknown) {
  Selection selection;
  selection.explicitly = true;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view name = text.substr(0, comma);
    text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    const std::optional<PropertyNumber> property = find_property(name);
    if (!property) {
      unknown = name;
      return selection;
    }
    if ((selection.mask & bit_of(*property)) == 0) selection.properties.push_back(*property);
    selection.mask |= bit_of(*property);
  }
  return selection;
}

}  // namespace trueup::sim
