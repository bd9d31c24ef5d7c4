// SPDX-License-Identifier: Apache-2.0
#include "io/exo/recipient_type.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace trueup {
namespace {

TEST(RecipientType, TranslatesToTheRemoteTwin) {
  EXPECT_EQ(remote_type("UserMailbox"), (RemoteType{"2147483648", "-2147483642"}));
  EXPECT_EQ(remote_type("SharedMailbox"), (RemoteType{"34359738368", "-2147483642"}));
  EXPECT_EQ(remote_type("RoomMailbox"), (RemoteType{"8589934592", "-2147481850"}));
  EXPECT_EQ(remote_type("EquipmentMailbox"), (RemoteType{"17179869184", "-2147481594"}));
}

TEST(RecipientType, TakesNumbersAndAnyCase) {
  EXPECT_EQ(remote_type("1"), remote_type("UserMailbox"));
  EXPECT_EQ(remote_type("4"), remote_type("SharedMailbox"));
  EXPECT_EQ(remote_type("16"), remote_type("RoomMailbox"));
  EXPECT_EQ(remote_type("32"), remote_type("EquipmentMailbox"));
  EXPECT_EQ(remote_type("USERmailbox"), remote_type("UserMailbox"));
}

TEST(RecipientType, HasNoTwinForOtherTypes) {
  for (const char* type :
       {"", "0", "2", "8", "01", "1 ", "LinkedMailbox", "DiscoveryMailbox", "SchedulingMailbox",
        "GroupMailbox", "MailUser", "RemoteUserMailbox", "2147483648", "User", "UserMailboxes"}) {
    EXPECT_FALSE(remote_type(type)) << type;
  }
}

TEST(RecipientType, NumbersAreThoseOfTheSchema) {
  for (const char* type : {"UserMailbox", "SharedMailbox", "RoomMailbox", "EquipmentMailbox"}) {
    const auto remote = remote_type(type);
    ASSERT_TRUE(remote);
    // msExchRecipientTypeDetails is a bit of 64, beyond 31 bits for what is remote;
    // msExchRecipientDisplayType has bit 31 set and 6 (a mailbox elsewhere) in its lowest octet.
    const std::int64_t details = std::stoll(std::string(remote->type_details));
    EXPECT_EQ(details & (details - 1), 0);
    EXPECT_GE(details, std::int64_t{1} << 31);
    const int display = std::stoi(std::string(remote->display_type));
    EXPECT_LT(display, 0);
    EXPECT_EQ(display & 0xFF, 6);
  }
}

}  // namespace
}  // namespace trueup
