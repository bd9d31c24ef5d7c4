// SPDX-License-Identifier: Apache-2.0
#include "io/graph/anchor_kind.h"

#include <gtest/gtest.h>

namespace trueup {
namespace {

TEST(AnchorKind, SaysWhatAnImmutableIdIs) {
  const auto has = [](const char* id, const char* part) {
    return anchor_kind(id).find(part) != std::string::npos;
  };
  EXPECT_TRUE(has("AQUAAAAAAAUVAAAABwcHBwcHBwcHBwcHAAQAAA==", "objectSid in base64"));
  EXPECT_TRUE(has("S-1-5-21-1-2-3-1024", "objectSid as text"));
  EXPECT_TRUE(has("anna@contoso.com", "e-mail address"));
  EXPECT_TRUE(has("{E625E775-8793-2360-3AEB-556C90AD4F88}", "GUID as text"));
  EXPECT_TRUE(has("E004711", "employeeId"));
  EXPECT_TRUE(has("00471100", "employeeId"));
  EXPECT_TRUE(has("MDA0NzEx", "'004711' in base64"));
  EXPECT_TRUE(has("AAECAwQFBgcICQoLDA0ODxAREhM=", "20 octets"));
}

}  // namespace
}  // namespace trueup
