// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/attribute.h"

#include "snapshots/model/ascii.h"

namespace trueup {
namespace {

constexpr std::array<AttributeTraits, kAttributeCount> kTraits{{
    {"mail", Rule::kMailAddress, false, 256},
    {"proxyAddresses", Rule::kProxyAddresses, true, 1123},
    {"extensionAttribute1", Rule::kExactText, false, 1024},
    {"extensionAttribute2", Rule::kExactText, false, 1024},
    {"extensionAttribute3", Rule::kExactText, false, 1024},
    {"extensionAttribute4", Rule::kExactText, false, 1024},
    {"extensionAttribute5", Rule::kExactText, false, 1024},
    {"extensionAttribute6", Rule::kExactText, false, 1024},
    {"extensionAttribute7", Rule::kExactText, false, 1024},
    {"extensionAttribute8", Rule::kExactText, false, 1024},
    {"extensionAttribute9", Rule::kExactText, false, 1024},
    {"extensionAttribute10", Rule::kExactText, false, 1024},
    {"extensionAttribute11", Rule::kExactText, false, 2048},
    {"extensionAttribute12", Rule::kExactText, false, 2048},
    {"extensionAttribute13", Rule::kExactText, false, 2048},
    {"extensionAttribute14", Rule::kExactText, false, 2048},
    {"extensionAttribute15", Rule::kExactText, false, 2048},
    {"msExchExtensionCustomAttribute1", Rule::kExactText, true, 2048},
    {"msExchExtensionCustomAttribute2", Rule::kExactText, true, 2048},
    {"msExchExtensionCustomAttribute3", Rule::kExactText, true, 2048},
    {"msExchExtensionCustomAttribute4", Rule::kExactText, true, 2048},
    {"msExchExtensionCustomAttribute5", Rule::kExactText, true, 2048},
    {"msExchRecipientTypeDetails", Rule::kInteger, false, 0},
    {"msExchRecipientDisplayType", Rule::kDisplayType, false, 0},
    {"msExchHideFromAddressLists", Rule::kBoolean, false, 0},
    {"mailNickname", Rule::kExactText, false, 64},
}};

}  // namespace

const AttributeTraits& traits(Attribute a) { return kTraits[static_cast<std::size_t>(index(a))]; }

std::optional<Attribute> attribute_by_name(std::string_view name) {
  for (int i = 0; i < kAttributeCount; ++i) {
    if (equal_ignoring_ascii_case(kTraits[static_cast<std::size_t>(i)].name, name)) {
      return attribute_at(i);
    }
  }
  return std::nullopt;
}

}  // namespace trueup
