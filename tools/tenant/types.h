// SPDX-License-Identifier: Apache-2.0
// The synthetic tenant in plain values: what a mailbox is on both sides, and how it drifted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tools/tenant/text.h"

namespace trueup::tenant {

// The tenant as a whole. Two programs with the same shape see the same mailboxes.
struct TenantShape {
  std::uint64_t seed = 1;
  std::uint64_t mailboxes = 0;
  double drift = 0.04;  // share of the mailboxes that differ and must change
};

// On which sides a mailbox exists, and as what.
enum class Population : std::uint8_t {
  kMatched,     // synced cloud mailbox with its AD user
  kCloudOnly,   // made in the cloud: no immutable id, not synced
  kOrphan,      // synced cloud mailbox whose AD user is gone
  kAdUser,      // AD user with Exchange attributes, without a cloud user
  kPlainUser,   // AD user without any Exchange attribute, and without a cloud user
  kOnPremises,  // mailbox still on premises: synced, in Graph, but no mailbox in Exchange Online
};

// RecipientTypeDetails as Exchange Online sees the mailbox. kScheduling has no Remote* twin in AD.
enum class MailboxType : std::uint8_t { kUser, kShared, kRoom, kEquipment, kScheduling };

enum class DriftKind : std::uint8_t {
  kNone,
  kAddressAdded,
  kAddressRemoved,
  kExtensionChanged,
  kExtensionCleared,
  kExtensionSet,
  kCustomAdded,
  kCustomCleared,
  kPrimarySwapped,
  kCaseOnly,  // differs, but must not change
  kTypeChanged,
  kMailOnly,
  kAddressMoved,
  kMoveChain,
  kSecondarySwap,
  kSecondaryCycle,
  kPrimaryExchange,    // refused: a cycle of primaries
  kTakenFromGroup,     // refused: the address is held by a group
  kTwoPrimaries,       // refused
  kTooLong,            // one attribute refused, another goes on
  kMoveFromRefused,    // the giver is refused, so the taker is as well
  kOnPremisesMailbox,  // refused: AD still hosts the mailbox
};
inline constexpr std::size_t kDriftKinds =
    static_cast<std::size_t>(DriftKind::kOnPremisesMailbox) + 1;

using AddressList = std::vector<std::string_view>;  // TYPE:address

// The managed attributes of one side. An empty string is no value.
struct Values {
  std::string_view mail;
  AddressList addresses;
  std::array<std::string_view, 15> extension;
  std::array<std::vector<std::string_view>, 5> custom;
};

// One expected edit, under the default rules of the design. Values are exact: AD's bytes to delete,
// the cloud's to add.
struct Edit {
  std::string_view attribute;
  std::vector<std::string_view> removed;
  std::vector<std::string_view> added;
  std::string_view refused;  // reason, or empty
  std::string_view held;     // reason, or empty
  bool exo_only = false;     // the Graph feed cannot show it
};

// One mailbox with everything the feeds say about it. Views point into the maker's arena.
struct Mailbox {
  std::uint64_t index = 0;
  Population population = Population::kMatched;
  bool cloud_managed = false;  // IsExchangeCloudManaged
  MailboxType cloud_type = MailboxType::kUser;
  MailboxType ad_type = MailboxType::kUser;
  bool acl_able = false;  // AD display type is the ACLable twin

  Guid object_guid{};
  Guid anchor{};
  bool has_consistency_guid = false;  // then ms-DS-ConsistencyGuid = anchor
  Guid cloud_id{};                    // Graph id, ExternalDirectoryObjectId
  Guid exchange_guid{};

  bool is_person = true;
  std::string_view given_name, surname, display_name, common_name, alias, user_principal_name,
      account_name;
  std::string_view distinguished_name, title, department, company, telephone, legacy_dn;

  Values cloud;
  Values ad;
  std::uint32_t null_mask =
      0;  // bit n: an empty extensionAttribute(n+1) is null in Graph, else absent

  DriftKind drift = DriftKind::kNone;
  std::uint64_t drift_unit = 0;  // index of the first mailbox of a drift that spans several
  std::vector<Edit> edits;

  [[nodiscard]] bool in_cloud() const noexcept {
    return population != Population::kAdUser && population != Population::kPlainUser;
  }
  [[nodiscard]] bool in_exo() const noexcept {
    return in_cloud() && population != Population::kOnPremises;
  }
  [[nodiscard]] bool in_ad() const noexcept {
    return population != Population::kCloudOnly && population != Population::kOrphan;
  }
  [[nodiscard]] bool synced() const noexcept {
    return in_cloud() && population != Population::kCloudOnly;
  }
};

[[nodiscard]] std::string_view exo_type_name(MailboxType type) noexcept;
[[nodiscard]] std::int64_t exo_type_number(MailboxType type) noexcept;
[[nodiscard]] std::int64_t ad_type_details(MailboxType type) noexcept;  // the Remote* twin
[[nodiscard]] std::int32_t ad_display_type(MailboxType type, bool acl_able) noexcept;
[[nodiscard]] std::string_view drift_name(DriftKind kind) noexcept;
[[nodiscard]] std::string_view extension_name(
    std::size_t attribute) noexcept;  // extensionAttribute1.., 0-based
[[nodiscard]] std::string_view custom_name(
    std::size_t attribute) noexcept;  // msExchExtensionCustomAttribute1..

}  // namespace trueup::tenant
