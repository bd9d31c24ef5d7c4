// SPDX-License-Identifier: Apache-2.0
#include "engine/run/checks/gained_addresses.h"

#include <gtest/gtest.h>

namespace trueup {
namespace {

using Keys = std::vector<std::string>;
using Values = std::vector<std::string_view>;

Change change(Values proxy_deletes, Values proxy_adds, Values mail_deletes = {},
              Values mail_adds = {}) {
  Change c;
  c.edits.push_back({Attribute::kMail, std::move(mail_deletes), std::move(mail_adds)});
  c.edits.push_back({Attribute::kProxyAddresses, std::move(proxy_deletes), std::move(proxy_adds)});
  return c;
}

TEST(GainedAddresses, AnAddressIsGainedOnceWhereverItIsAdded) {
  EXPECT_EQ(gained_addresses(change({}, {"SMTP:B@x", "smtp:a@x", "x500:/o=Org/cn=A"}, {}, {"b@X"})),
            (Keys{"smtp:a@x", "smtp:b@x", "x500:/o=org/cn=a"}));
}

TEST(GainedAddresses, APrefixThatChangesIsNoGain) {
  const Change swap = change({"SMTP:a@x", "smtp:b@x"}, {"SMTP:b@x", "smtp:a@x"});
  EXPECT_EQ(gained_addresses(swap), Keys{});
  EXPECT_FALSE(gives(swap, "smtp:a@x", Attribute::kProxyAddresses));
}

// Where one half of the move is in conflict, the other one is written alone.
TEST(GainedAddresses, WhatMovesFromOneAttributeToTheOtherIsAGainThere) {
  const Change to_addresses = change({}, {"SMTP:a@x"}, {"A@x"}, {});
  EXPECT_EQ(gained_addresses(to_addresses), Keys{"smtp:a@x"});
  EXPECT_TRUE(gives(to_addresses, "smtp:a@x", Attribute::kMail));
  EXPECT_FALSE(gives(to_addresses, "smtp:a@x", Attribute::kProxyAddresses));
  const Change to_mail = change({"smtp:a@x"}, {}, {}, {"a@x"});
  EXPECT_EQ(gained_addresses(to_mail), Keys{"smtp:a@x"});
  EXPECT_TRUE(gives(to_mail, "smtp:a@x", Attribute::kProxyAddresses));
  EXPECT_FALSE(gives(to_mail, "smtp:a@x", Attribute::kMail));
}

TEST(GainedAddresses, WhatIsDeletedAndNotAddedIsGiven) {
  const Change c = change({"SMTP:a@x", "smtp:b@x"}, {"SMTP:c@x"}, {"a@x"}, {"c@x"});
  EXPECT_EQ(gained_addresses(c), Keys{"smtp:c@x"});
  for (const Attribute a : {Attribute::kProxyAddresses, Attribute::kMail}) {
    EXPECT_TRUE(gives(c, "smtp:a@x", a));
    EXPECT_FALSE(gives(c, "smtp:c@x", a));
  }
  EXPECT_TRUE(gives(c, "smtp:b@x", Attribute::kProxyAddresses));
  EXPECT_FALSE(gives(c, "smtp:b@x", Attribute::kMail));
}

TEST(GainedAddresses, OtherAttributesHoldNoAddresses) {
  Change c;
  c.edits.push_back({Attribute::kRecipientTypeDetails, {"1"}, {"smtp:a@x"}});
  EXPECT_EQ(gained_addresses(c), Keys{});
}

}  // namespace
}  // namespace trueup
