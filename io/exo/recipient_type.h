// SPDX-License-Identifier: Apache-2.0
// What AD has to say of a mailbox that is in the cloud: Exchange Online calls it UserMailbox, the
// on-premises directory RemoteUserMailbox. Writing the cloud's own number would turn the remote
// mailbox into a local one. Pure functions.
//
// Numbers: Exchange's enumeration RecipientTypeDetails (64 bits) and msExchRecipientDisplayType
// (signed 32 bits): 0x80000006 a mailbox elsewhere, 0x80000706 a room, 0x80000806 equipment. With
// 0x40000000 on top it can stand in an ACL, which the diff takes as equal.
#pragma once

#include <optional>
#include <string_view>

namespace trueup {

/// Both as decimal text, the way LDAP carries them.
struct RemoteType {
  std::string_view type_details;  // msExchRecipientTypeDetails
  std::string_view display_type;  // msExchRecipientDisplayType

  friend bool operator==(const RemoteType&, const RemoteType&) = default;
};

/// `cloud_type`: a RecipientTypeDetails as an export has it, the name (any case) or the decimal
/// number. Nothing for a type that has no Remote* twin (Discovery, Scheduling, Group ...).
std::optional<RemoteType> remote_type(std::string_view cloud_type);

/// What people call an msExchRecipientTypeDetails ("RemoteUserMailbox"), "" for one that is not
/// known here.
std::string_view recipient_type_name(std::string_view type_details);
/// The same of an msExchRecipientDisplayType ("RemoteRoomMailbox, ACLable").
std::string_view display_type_name(std::string_view display_type);

}  // namespace trueup
