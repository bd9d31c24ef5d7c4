// SPDX-License-Identifier: Apache-2.0
#include "io/ad/ad_object.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "io/bytes/time_text.h"
#include "snapshots/model/canonical.h"

namespace trueup {
namespace {

// What the stored form of a Mailbox can hold (snapshots/model/mailbox.h).
constexpr std::size_t kLongestName = (std::size_t{1} << 16) - 1;
constexpr std::size_t kLongestValue = (std::size_t{1} << 24) - 1;

/// Of names that are only there to be looked for: more than AD allows (20 and 256 characters).
constexpr std::size_t kLongestAliases = 2'048;

constexpr std::size_t kGuid = 16;  // octets

/// msExchRecipientTypeDetails of a mailbox in this forest: user, linked, shared, room, equipment.
bool is_local_mailbox_type(std::string_view value) {
  return value == "1" || value == "2" || value == "4" || value == "16" || value == "32";
}

/// msExchRecipientDisplayType: bit 31 says remote or synced, bit 30 that it can stand in an ACL.
bool is_aclable_display_type(std::string_view value) {
  std::int32_t number = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  constexpr std::uint32_t kBoth = 0xC0000000;
  return error == std::errc() && stop == end &&
         (static_cast<std::uint32_t>(number) & kBoth) == kBoth;
}

/// Lengths first: every object has several classes, and hardly one is any of these.
bool is_container_class(std::string_view value) {
  switch (value.size()) {
    case 9:
      return equal_ignoring_ascii_case(value, "container") ||
             equal_ignoring_ascii_case(value, "domainDNS");
    case 13: return equal_ignoring_ascii_case(value, "builtinDomain");
    case 18: return equal_ignoring_ascii_case(value, "organizationalUnit");
    default: return false;
  }
}

/// 16 octets as AD has them, or the text that some tools make of them (ldbsearch, AD Explorer,
/// ldap3).
std::optional<Anchor> guid_from(std::string_view value) {
  if (value.size() == kGuid) return Anchor::from_bytes(value);
  return guid_from_text(value);
}

/// Why `value` is no GUID.
std::string no_guid(std::string_view name, std::string_view value) {
  constexpr std::size_t kShown = 48;
  const bool text =
      std::ranges::all_of(value, [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
  return std::string(name) +
         (text ? " '" + std::string(value.substr(0, kShown)) + "' is no GUID"
               : " of " + std::to_string(value.size()) + " octets is no GUID") +
         "; export its 16 octets in base64, or the GUID as text";
}

}  // namespace

void AdObjectBuilder::begin(std::string_view dn) {
  mailbox_.clear();
  mailbox_.name = dn;
  object_guid_ = consistency_guid_ = entry_uuid_ = {};
  is_user_ = is_computer_ = is_deleted_ = false;
  has_object_class_ = has_two_guids_ = is_container_ = is_group_ = false;
  carried_ = 0;
  aliases_.clear();
}

void AdObjectBuilder::add_fact(AdField field, std::string_view value) {
  switch (field) {
    case AdField::kObjectClass:
      has_object_class_ = true;
      // Four of these in every object, so a call is worth saving.
      if (value.size() == 4) is_user_ |= equal_ignoring_ascii_case(value, "user");
      if (value.size() == 5) is_group_ |= equal_ignoring_ascii_case(value, "group");
      if (value.size() == 8) is_computer_ |= equal_ignoring_ascii_case(value, "computer");
      if (value.size() == 13) is_user_ |= equal_ignoring_ascii_case(value, "inetOrgPerson");
      if (is_container_class(value)) is_container_ = true;
      break;
    case AdField::kObjectGuid:
      has_two_guids_ |= !object_guid_.empty();
      object_guid_ = value;
      break;
    case AdField::kConsistencyGuid:
      has_two_guids_ |= !consistency_guid_.empty();
      consistency_guid_ = value;
      carried_ |= kCarriesConsistencyGuid;
      break;
    case AdField::kHomeMdb:
    case AdField::kHomeServerName:
      mailbox_.flags |= kOnPremMailbox;
      carried_ |= kCarriesHome;
      break;
    case AdField::kAdminCount:
      // Windows writes 1 and 0; whatever else stands there was put there to protect the object.
      if (value != "0") mailbox_.flags |= kAdminCount;
      carried_ |= kCarriesAdminCount;
      break;
    case AdField::kWhenChanged: mailbox_.changed_at = seconds_of_generalized_time(value); break;
    case AdField::kEntryUuid: entry_uuid_ = value; break;
    case AdField::kSamAccountName:
    case AdField::kDisplayName:
      if (aliases_.size() + value.size() > kLongestAliases) break;
      if (!aliases_.empty()) aliases_ += '\n';
      aliases_ += value;
      break;
    case AdField::kIsDeleted: is_deleted_ |= equal_ignoring_ascii_case(value, "TRUE"); break;
    default: break;
  }
}

void AdObjectBuilder::record_type(AdField field, std::string_view value) {
  const auto attribute = static_cast<Attribute>(field);
  if (attribute == Attribute::kRecipientTypeDetails && is_local_mailbox_type(value)) {
    mailbox_.flags |= kOnPremMailbox;
  }
  if (attribute == Attribute::kRecipientDisplayType && is_aclable_display_type(value)) {
    mailbox_.flags |= kAclableDisplayType;
  }
}

std::optional<Anchor> AdObjectBuilder::guid() const {
  if (object_guid_.empty()) return anchor_from_guid(entry_uuid_);
  return guid_from(object_guid_);
}

/// Sets object_guid and the anchor of a joinable object.
bool AdObjectBuilder::resolve_guids(std::string& reason) {
  if (has_two_guids_) {
    reason = "more than one value of objectGUID or mS-DS-ConsistencyGuid";
    return false;
  }
  if (object_guid_.empty()) {
    reason = "no objectGUID; export it too (ldifde leaves it out with -n and -m)";
    return false;
  }
  std::optional<Anchor> guid = this->guid();
  if (!guid) {
    reason = no_guid("objectGUID", object_guid_);
    return false;
  }
  mailbox_.object_guid = *guid;
  if (!consistency_guid_.empty()) guid = guid_from(consistency_guid_);
  if (!guid) {
    reason = no_guid("mS-DS-ConsistencyGuid", consistency_guid_);
    return false;
  }
  mailbox_.anchor = *guid;
  mailbox_.has_anchor = true;
  return true;
}

AdObjectBuilder::Result AdObjectBuilder::finish(Mailbox& out, std::string& reason) {
  if (is_deleted_) return Result::kIgnored;
  bool has_addresses = false;
  for (const AttributeValue& value : mailbox_.values) {
    has_addresses |= kAddressAttributes.contains(value.attribute);
    if (value.bytes.size() > kLongestValue) {
      reason = "a value of " + std::string(traits(value.attribute).name) + " of 16 MiB or more";
      return Result::kDefect;
    }
  }
  if (!is_user() && !has_addresses) return Result::kIgnored;
  if (mailbox_.name.size() > kLongestName) {
    reason = "a DN of 64 KiB or more";
    return Result::kDefect;
  }
  mailbox_.aliases = aliases_;
  mailbox_.supplied = kAllAttributes;
  mailbox_.flags |= carried();
  if (is_user()) {
    if (!resolve_guids(reason)) return Result::kDefect;
    mailbox_.flags |= kJoinable;
  } else if (const std::optional<Anchor> guid = guid_from(object_guid_)) {
    mailbox_.object_guid = *guid;
  }
  std::swap(out, mailbox_);
  return Result::kMailbox;
}

}  // namespace trueup
