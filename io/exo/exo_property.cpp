// SPDX-License-Identifier: Apache-2.0
#include "io/exo/exo_property.h"

namespace trueup {
namespace {

/// The one or two digits that `key` ends with.
ExoMatch numbered(ExoProperty property, std::string_view digits, int most) {
  int n = 0;
  for (char c : digits) n = c >= '0' && c <= '9' ? n * 10 + (c - '0') : 100;
  return digits[0] != '0' && n >= 1 && n <= most ? ExoMatch{property, n} : ExoMatch{};
}

}  // namespace

ExoMatch match_exo_property(std::string_view key) {
  auto is = [key](const auto& name, ExoProperty property) {
    return ExoMatch{same_name(key, name) ? property : ExoProperty::kNone};
  };
  switch (key.size()) {
    case 5: return is("Alias", ExoProperty::kAlias);
    case 8: return is("Identity", ExoProperty::kPlace);
    case 14:
      if (same_name(key, "WhenChangedUTC")) return {ExoProperty::kChanged};
      return is("EmailAddresses", ExoProperty::kAddresses);
    case 15: return is("WhenSoftDeleted", ExoProperty::kSoftDeletedAt);
    case 16:
    case 17:
      if (starts_with_name(key, "CustomAttribute")) {
        return numbered(ExoProperty::kCustom, key.substr(15), 15);
      }
      if (same_name(key, "UserPrincipalName")) return {ExoProperty::kName};
      if (same_name(key, "DistinguishedName")) return {ExoProperty::kPlace};
      return is("IsInactiveMailbox", ExoProperty::kSoftDeleted);
    case 18: return is("PrimarySmtpAddress", ExoProperty::kPrimaryAddress);
    case 19: return is("WindowsEmailAddress", ExoProperty::kWindowsAddress);
    case 20: return is("RecipientTypeDetails", ExoProperty::kType);
    case 21: return is("IsSoftDeletedByRemove", ExoProperty::kSoftDeleted);
    case 22:
      if (same_name(key, "IsExchangeCloudManaged")) return {ExoProperty::kManaged};
      return is("IsSoftDeletedByDisable", ExoProperty::kSoftDeleted);
    case 25:
      if (starts_with_name(key, "ExtensionCustomAttribute")) {
        return numbered(ExoProperty::kExtension, key.substr(24), 5);
      }
      return is("ExternalDirectoryObjectId", ExoProperty::kId);
    case 29: return is("HiddenFromAddressListsEnabled", ExoProperty::kHidden);
    default: return {};
  }
}

}  // namespace trueup
