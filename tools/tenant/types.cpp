// SPDX-License-Identifier: Apache-2.0
//
// Names and numbers of the model's enumerations, as Exchange Online and AD write them.
#include "tools/tenant/types.h"

namespace trueup::tenant {

std::string_view exo_type_name(MailboxType type) noexcept {
  constexpr std::string_view kNames[] = {"UserMailbox", "SharedMailbox", "RoomMailbox",
                                         "EquipmentMailbox", "SchedulingMailbox"};
  return kNames[static_cast<std::size_t>(type)];
}

std::int64_t exo_type_number(MailboxType type) noexcept {
  constexpr std::int64_t kNumbers[] = {1, 4, 16, 32, 17592186044416};
  return kNumbers[static_cast<std::size_t>(type)];
}

std::int64_t ad_type_details(MailboxType type) noexcept {
  constexpr std::int64_t kNumbers[] = {2147483648, 34359738368, 8589934592, 17179869184,
                                       2147483648};
  return kNumbers[static_cast<std::size_t>(type)];
}

std::int32_t ad_display_type(MailboxType type, bool acl_able) noexcept {
  // 0x80000006, ...0706, ...0806; the ACLable twin has bit 30 set as well.
  constexpr std::int32_t kNumbers[] = {-2147483642, -2147483642, -2147481850, -2147481594,
                                       -2147483642};
  const std::int32_t number = kNumbers[static_cast<std::size_t>(type)];
  return acl_able ? number + 0x40000000 : number;
}

std::string_view drift_name(DriftKind kind) noexcept {
  constexpr std::string_view kNames[kDriftKinds] = {
      "none",
      "address-added",
      "address-removed",
      "extension-changed",
      "extension-cleared",
      "extension-set",
      "custom-added",
      "custom-cleared",
      "primary-swapped",
      "case-only",
      "type-changed",
      "mail-only",
      "address-moved",
      "move-chain",
      "secondary-swap",
      "secondary-cycle",
      "primary-exchange",
      "taken-from-group",
      "two-primaries",
      "too-long",
      "move-from-refused",
      "on-prem-mailbox",
  };
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view extension_name(std::size_t attribute) noexcept {
  constexpr std::string_view kNames[] = {
      "extensionAttribute1",  "extensionAttribute2",  "extensionAttribute3",
      "extensionAttribute4",  "extensionAttribute5",  "extensionAttribute6",
      "extensionAttribute7",  "extensionAttribute8",  "extensionAttribute9",
      "extensionAttribute10", "extensionAttribute11", "extensionAttribute12",
      "extensionAttribute13", "extensionAttribute14", "extensionAttribute15",
  };
  return kNames[attribute];
}

std::string_view custom_name(std::size_t attribute) noexcept {
  constexpr std::string_view kNames[] = {
      "msExchExtensionCustomAttribute1", "msExchExtensionCustomAttribute2",
      "msExchExtensionCustomAttribute3", "msExchExtensionCustomAttribute4",
      "msExchExtensionCustomAttribute5",
  };
  return kNames[attribute];
}

}  // namespace trueup::tenant
