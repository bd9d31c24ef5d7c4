// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/mailbox.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>

#include "snapshots/model/change.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

Anchor anchor(int n) {
  Anchor a;
  a.octets.fill(static_cast<std::uint8_t>(n));
  return a;
}

std::string random_bytes() { return *rc::gen::container<std::string>(rc::gen::arbitrary<char>()); }

TEST(Mailbox, ClearLeavesNothing) {
  Mailbox m;
  m.id = m.name = "x";
  m.has_anchor = true;
  m.flags = 1;
  m.supplied = kAllAttributes;
  m.values = {{Attribute::kMail, "a@x"}};
  m.clear();
  EXPECT_TRUE(m.id.empty() && m.name.empty() && m.values.empty() && m.supplied.empty());
  EXPECT_FALSE(m.has_anchor);
  EXPECT_EQ(m.flags, 0U);
}

TEST(Mailbox, DecodeGroupsValuesAndKeepsTheirOrder) {
  Mailbox m;
  m.values = {{extension_attribute(1), "x"},
              {Attribute::kProxyAddresses, "smtp:b@x"},
              {Attribute::kMail, "a@x"},
              {Attribute::kProxyAddresses, "SMTP:a@x"}};
  std::string record;
  encode(m, record);
  Mailbox out;
  decode(record, out);
  const std::vector<AttributeValue> grouped = {{Attribute::kMail, "a@x"},
                                               {Attribute::kProxyAddresses, "smtp:b@x"},
                                               {Attribute::kProxyAddresses, "SMTP:a@x"},
                                               {extension_attribute(1), "x"}};
  EXPECT_EQ(out.values, grouped);
}

TEST(Mailbox, SetFactsChangesFlagsAndSuppliedOnly) {
  Mailbox m;
  m.id = "id";
  m.name = "name";
  m.anchor = anchor(3);
  m.has_anchor = true;
  m.values = {{Attribute::kMail, "a@x"}};
  std::string record;
  encode(m, record);
  set_facts(record.data(), kCloudManaged, kTypeAttributes);
  Mailbox out;
  decode(record, out);
  EXPECT_EQ(out.flags, kCloudManaged);
  EXPECT_EQ(out.supplied, kTypeAttributes);
  EXPECT_EQ(out.values, m.values);
  EXPECT_EQ(out.anchor, m.anchor);
}

TEST(Mailbox, EveryCutRecordIsRefused) {
  Mailbox m;
  m.id = "id";
  m.name = "name";
  m.values = {{Attribute::kMail, "a@x"}, {extension_attribute(1), "v"}};
  std::string record;
  encode(m, record);
  Mailbox out;
  for (std::size_t n = 0; n < record.size(); ++n) {
    const std::string cut(record.data(), n);  // of its own, so that a sanitizer sees every step
    EXPECT_THROW(decode(cut, out), StoreError) << n;
  }
  EXPECT_THROW(decode(record + "x", out), StoreError);
}

RC_GTEST_PROP(MailboxProperties, EncodeAndDecodeAreInverse, ()) {
  std::deque<std::string> text;
  const auto keep = [&](std::string s) {
    text.push_back(std::move(s));
    return std::string_view(text.back());
  };
  Mailbox m;
  m.id = keep(random_bytes());
  m.name = keep(random_bytes());
  m.anchor = anchor(*rc::gen::inRange(0, 256));
  m.object_guid = anchor(*rc::gen::inRange(0, 256));
  m.has_anchor = *rc::gen::arbitrary<bool>();
  m.flags = *rc::gen::arbitrary<std::uint32_t>();
  m.supplied = AttributeSet(*rc::gen::arbitrary<std::uint32_t>() & kAllAttributes.bits());
  for (int i = *rc::gen::inRange(0, 10); i > 0; --i) {
    m.values.push_back({attribute_at(*rc::gen::inRange(0, kAttributeCount)), keep(random_bytes())});
  }
  std::string record = "before";
  encode(m, record);
  Mailbox out;
  decode(std::string_view(record).substr(6), out);
  std::stable_sort(
      m.values.begin(), m.values.end(),
      [](const AttributeValue& a, const AttributeValue& b) { return a.attribute < b.attribute; });
  RC_ASSERT(out.values == m.values);
  RC_ASSERT(out.id == m.id);
  RC_ASSERT(out.name == m.name);
  RC_ASSERT(out.anchor == m.anchor);
  RC_ASSERT(out.object_guid == m.object_guid);
  RC_ASSERT(out.has_anchor == m.has_anchor);
  RC_ASSERT(out.flags == m.flags);
  RC_ASSERT(out.supplied == m.supplied);
}

RC_GTEST_PROP(ChangeProperties, EncodeAndDecodeAreInverse, ()) {
  std::deque<std::string> text;
  const auto values = [&] {
    std::vector<std::string_view> list;
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
      text.push_back(random_bytes());
      list.push_back(text.back());
    }
    return list;
  };
  Change c;
  c.anchor = anchor(*rc::gen::inRange(0, 256));
  c.object_guid = anchor(*rc::gen::inRange(0, 256));
  text.push_back(random_bytes());
  c.dn = text.back();
  c.number = *rc::gen::arbitrary<std::uint32_t>();
  c.after = *rc::gen::arbitrary<std::vector<std::uint32_t>>();
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
    c.edits.push_back({attribute_at(*rc::gen::inRange(0, kAttributeCount)), values(), values()});
  }
  std::string record;
  encode(c, record);
  Change out;
  decode(record, out);
  RC_ASSERT(out.anchor == c.anchor);
  RC_ASSERT(out.object_guid == c.object_guid);
  RC_ASSERT(out.dn == c.dn);
  RC_ASSERT(out.number == c.number);
  RC_ASSERT(out.after == c.after);
  RC_ASSERT(out.edits.size() == c.edits.size());
  for (std::size_t i = 0; i < c.edits.size(); ++i) {
    RC_ASSERT(out.edits[i].attribute == c.edits[i].attribute);
    RC_ASSERT(out.edits[i].deletes == c.edits[i].deletes);
    RC_ASSERT(out.edits[i].adds == c.edits[i].adds);
  }
  const std::string cut(record.data(), record.size() - 1);
  RC_ASSERT_THROWS_AS(decode(cut, out), StoreError);
}

}  // namespace
}  // namespace trueup
