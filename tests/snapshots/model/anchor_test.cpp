// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/anchor.h"

#include <gtest/gtest.h>

namespace trueup {
namespace {

// The vector of [MS-DTYP] 2.3.4's byte order: the first three groups are little-endian.
TEST(Anchor, GuidBase64AndHexNameTheSameOctets) {
  const auto a = anchor_from_guid("12345678-9abc-def0-1234-56789abcdef0");
  ASSERT_TRUE(a);
  EXPECT_EQ(to_hex(*a), "78563412bc9af0de123456789abcdef0");
  EXPECT_EQ(to_base64(*a), "eFY0Erya8N4SNFZ4mrze8A==");
  EXPECT_EQ(anchor_from_base64("eFY0Erya8N4SNFZ4mrze8A=="), a);
  EXPECT_EQ(to_guid(*a), "12345678-9abc-def0-1234-56789abcdef0");
  EXPECT_EQ(anchor_from_guid("{12345678-9ABC-DEF0-1234-56789ABCDEF0}"), a);
}

TEST(Anchor, OnlySixteenOctetsOfBase64Parse) {
  EXPECT_FALSE(anchor_from_base64(""));
  EXPECT_FALSE(anchor_from_base64("eFY0Erya8N4SNFZ4mrze8A="));
  EXPECT_FALSE(anchor_from_base64("eFY0Erya8N4SNFZ4mrze8A"));
  EXPECT_FALSE(anchor_from_base64("eFY0Erya8N4SNFZ4mrze8AAA"));
  EXPECT_FALSE(anchor_from_base64("eFY0Erya8N4SNFZ4mrze8B=="));  // bits behind the 16th octet
  EXPECT_FALSE(anchor_from_base64("eFY0Erya8N4SNFZ4mrz*8A=="));
}

TEST(Anchor, IsOrderedByOctets) {
  EXPECT_LT(anchor_from_guid("ffffff00-0000-0000-0000-000000000000"),
            anchor_from_guid("00000001-0000-0000-0000-000000000000"));
}

}  // namespace
}  // namespace trueup
