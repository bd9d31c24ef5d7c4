// SPDX-License-Identifier: Apache-2.0
#include "engine/run/gained_addresses.h"

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

TEST(GainedAddresses, APrefixOrAnAttributeThatOnlyChangesIsNoGain) {
  const Change swap = change({"SMTP:a@x", "smtp:b@x"}, {"SMTP:b@x", "smtp:a@x"});
  EXPECT_EQ(gained_addresses(swap), Keys{});
  EXPECT_EQ(given_addresses(swap), Keys{});
  const Change moved = change({}, {"SMTP:a@x"}, {"A@x"}, {});
  EXPECT_EQ(gained_addresses(moved), Keys{});
  EXPECT_EQ(given_addresses(moved), Keys{});
}

TEST(GainedAddresses, WhatIsDeletedAndNotAddedIsGiven) {
  const Change c = change({"SMTP:a@x", "smtp:b@x"}, {"SMTP:c@x"}, {"a@x"}, {"c@x"});
  EXPECT_EQ(gained_addresses(c), Keys{"smtp:c@x"});
  EXPECT_EQ(given_addresses(c), (Keys{"smtp:a@x", "smtp:b@x"}));
}

TEST(GainedAddresses, OtherAttributesHoldNoAddresses) {
  Change c;
  c.edits.push_back({Attribute::kRecipientTypeDetails, {"1"}, {"smtp:a@x"}});
  EXPECT_EQ(gained_addresses(c), Keys{});
}

}  // namespace
}  // namespace trueup
