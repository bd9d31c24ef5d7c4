// SPDX-License-Identifier: Apache-2.0
#include "io/exo_property.h"

namespace trueup {
namespace {

/// The one or two digits that `key` ends with.
ExoMatch numbered(ExoProperty property, std::string_view digits, int most) {
  int n = 0;
  for (char c : digits) n = c >= '0' && c <= '9' ? n * 10 + (c - '0') : 100;
  return digits[0] != '0' && n >= 1 && n <= most ? ExoMatch{property, n} : ExoMatch{};
}

bool starts_with_address_type(std::string_view text) {
  auto any = [text](const auto&... types) { return (starts_with_name(text, types) || ...); };
  // Digits are compared as they are.
  return any("smtp:", "sip:", "eum:", "spo:", "msmail:", "ccmail:", "notes:") ||
         (any("x") && (text.substr(1, 4) == "500:" || text.substr(1, 4) == "400:"));
}

}  // namespace

ExoMatch match_exo_property(std::string_view key) {
  auto is = [key](const auto& name, ExoProperty property) {
    return ExoMatch{same_name(key, name) ? property : ExoProperty::kNone};
  };
  switch (key.size()) {
    case 5: return is("Alias", ExoProperty::kAlias);
    case 14:
      if (same_name(key, "WhenChangedUTC")) return {ExoProperty::kChanged};
      return is("EmailAddresses", ExoProperty::kAddresses);
    case 16:
    case 17:
      if (starts_with_name(key, "CustomAttribute")) {
        return numbered(ExoProperty::kCustom, key.substr(15), 15);
      }
      return is("UserPrincipalName", ExoProperty::kName);
    case 18: return is("PrimarySmtpAddress", ExoProperty::kPrimaryAddress);
    case 19: return is("WindowsEmailAddress", ExoProperty::kWindowsAddress);
    case 20: return is("RecipientTypeDetails", ExoProperty::kType);
    case 22: return is("IsExchangeCloudManaged", ExoProperty::kManaged);
    case 25:
      if (starts_with_name(key, "ExtensionCustomAttribute")) {
        return numbered(ExoProperty::kExtension, key.substr(24), 5);
      }
      return is("ExternalDirectoryObjectId", ExoProperty::kId);
    case 29: return is("HiddenFromAddressListsEnabled", ExoProperty::kHidden);
    default: return {};
  }
}

bool is_list_type_name(std::string_view text) {
  if (text.size() < 2 || std::string_view("yie{").find(text[1]) == text.npos) return false;
  for (std::string_view start : {"System.Collections.", "System.Object[]", "System.String[]",
                                 "Microsoft.Exchange.", "Deserialized.Microsoft.Exchange.", "@{"}) {
    if (text.starts_with(start)) return true;
  }
  return false;
}

// An X500, X400 or EUM address may hold the
// separators itself, so what counts is an address type behind one; SMTP and SIP addresses have
// none outside of quotes, so there a second @ counts too.
bool is_joined_addresses(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view type = text.substr(0, colon == text.npos ? 0 : colon);
  const bool mail = type.empty() || type.find('@') != type.npos || same_name(type, "smtp") ||
                    same_name(type, "sip");
  constexpr std::string_view kSeparators = ",;| \t\r\n";
  if (text.find_first_of(kSeparators) == text.npos) return false;
  bool quoted = false, separated = false;
  int ats = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    if (c == '@' && !quoted) ++ats;
    if (quoted || kSeparators.find(c) == kSeparators.npos) continue;
    if (starts_with_address_type(text.substr(i + 1))) return true;
    separated |= c != '|';
  }
  return mail && separated && ats > 1;
}

}  // namespace trueup
