// SPDX-License-Identifier: Apache-2.0
#include "io/exo/recipient_type.h"

#include <algorithm>
#include <span>

#include "snapshots/model/canonical.h"

namespace trueup {
namespace {

struct Row {
  std::string_view name;
  std::string_view number;
  RemoteType remote;
};

constexpr Row kRows[] = {
    {"UserMailbox", "1", {"2147483648", "-2147483642"}},
    {"SharedMailbox", "4", {"34359738368", "-2147483642"}},
    {"RoomMailbox", "16", {"8589934592", "-2147481850"}},
    {"EquipmentMailbox", "32", {"17179869184", "-2147481594"}},
};

struct Name {
  std::string_view number;
  std::string_view name;
};

constexpr Name kTypeNames[] = {
    {"1", "UserMailbox"},
    {"2", "LinkedMailbox"},
    {"4", "SharedMailbox"},
    {"8", "LegacyMailbox"},
    {"16", "RoomMailbox"},
    {"32", "EquipmentMailbox"},
    {"64", "MailContact"},
    {"128", "MailUser"},
    {"256", "MailUniversalDistributionGroup"},
    {"512", "MailNonUniversalGroup"},
    {"1024", "MailUniversalSecurityGroup"},
    {"2048", "DynamicDistributionGroup"},
    {"4096", "PublicFolder"},
    {"32768", "MailForestContact"},
    {"65536", "User"},
    {"131072", "Contact"},
    {"262144", "UniversalDistributionGroup"},
    {"524288", "UniversalSecurityGroup"},
    {"1048576", "NonUniversalGroup"},
    {"2097152", "DisabledUser"},
    {"8388608", "ArbitrationMailbox"},
    {"536870912", "DiscoveryMailbox"},
    {"2147483648", "RemoteUserMailbox"},
    {"8589934592", "RemoteRoomMailbox"},
    {"17179869184", "RemoteEquipmentMailbox"},
    {"34359738368", "RemoteSharedMailbox"},
};

constexpr Name kDisplayNames[] = {
    {"0", "MailboxUser"},
    {"1", "DistributionGroup"},
    {"2", "PublicFolder"},
    {"3", "DynamicDistributionGroup"},
    {"6", "RemoteMailUser"},
    {"7", "ConferenceRoomMailbox"},
    {"8", "EquipmentMailbox"},
    {"1073741824", "MailboxUser, ACLable"},
    {"1073741833", "SecurityDistributionGroup, ACLable"},
    {"-2147483642", "RemoteUserMailbox"},
    {"-1073741818", "RemoteUserMailbox, ACLable"},
    {"-2147481850", "RemoteRoomMailbox"},
    {"-1073740026", "RemoteRoomMailbox, ACLable"},
    {"-2147481594", "RemoteEquipmentMailbox"},
    {"-1073739770", "RemoteEquipmentMailbox, ACLable"},
};

std::string_view name_in(std::span<const Name> names, std::string_view number) {
  const auto found = std::ranges::find(names, number, &Name::number);
  return found == names.end() ? std::string_view() : found->name;
}

}  // namespace

std::string_view recipient_type_name(std::string_view type_details) {
  return name_in(kTypeNames, type_details);
}

std::string_view display_type_name(std::string_view display_type) {
  return name_in(kDisplayNames, display_type);
}

std::optional<RemoteType> remote_type(std::string_view cloud_type) {
  for (const Row& row : kRows) {
    if (cloud_type == row.number || equal_ignoring_ascii_case(cloud_type, row.name)) {
      return row.remote;
    }
  }
  return std::nullopt;
}

}  // namespace trueup
