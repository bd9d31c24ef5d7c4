// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/fingerprint.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>

namespace trueup {
namespace {

// A mailbox that keeps its own text.
class Owned {
 public:
  Owned& add(Attribute a, std::string value) {
    text_.push_back(std::move(value));
    mailbox.values.push_back({a, text_.back()});
    return *this;
  }
  Mailbox mailbox;

 private:
  std::deque<std::string> text_;
};

Fingerprint of(Attribute a, const std::string& value) {
  Owned m;
  m.add(a, value);
  return fingerprint_of(m.mailbox);
}

std::pair<std::uint64_t, std::uint64_t> exact(const Fingerprint& f) {
  return {f.exact_smtp, f.exact_others};
}

constexpr Attribute kProxies = Attribute::kProxyAddresses;

TEST(Fingerprint, SaysWhatIsFilledAndSupplied) {
  Owned m;
  m.add(Attribute::kMail, "a@x").add(extension_attribute(3), "v");
  m.mailbox.supplied = kDefaultAttributes;
  m.mailbox.flags = kCloudManaged;
  const Fingerprint f = fingerprint_of(m.mailbox);
  EXPECT_EQ(AttributeSet(f.filled), (AttributeSet{Attribute::kMail, extension_attribute(3)}));
  EXPECT_EQ(AttributeSet(f.supplied), kDefaultAttributes);
  EXPECT_EQ(f.flags, kCloudManaged);
  EXPECT_EQ(f.ever_filled, 0U);
}

TEST(Fingerprint, IgnoredCaseChangesTheExactHashOnly) {
  const std::pair<Attribute, std::pair<const char*, const char*>> cases[] = {
      {Attribute::kMail, {"John@x", "john@X"}},
      {kProxies, {"SMTP:John@x", "SMTP:john@x"}},
      {kProxies, {"X500:/o=A", "x500:/O=a"}},
  };
  for (const auto& [attribute, values] : cases) {
    const Fingerprint a = of(attribute, values.first), b = of(attribute, values.second);
    EXPECT_EQ(a.folded, b.folded) << values.first;
    EXPECT_NE(exact(a), exact(b)) << values.first;
  }
}

TEST(Fingerprint, PrefixCaseIsNotIgnored) {
  EXPECT_NE(of(kProxies, "SMTP:a@x").folded, of(kProxies, "smtp:a@x").folded);
  EXPECT_NE(of(kProxies, "SIP:a@x").folded, of(kProxies, "sip:a@x").folded);
}

TEST(Fingerprint, OtherAttributesAreExact) {
  EXPECT_NE(of(extension_attribute(1), "a").folded, of(extension_attribute(1), "A").folded);
  EXPECT_NE(of(extension_custom_attribute(1), "a").folded,
            of(extension_custom_attribute(1), "A").folded);
}

TEST(Fingerprint, AclableTwinIsTheSame) {
  const Attribute a = Attribute::kRecipientDisplayType;
  EXPECT_EQ(of(a, "-2147483642").folded, of(a, "-1073741818").folded);
  EXPECT_NE(of(a, "-2147483642").folded, of(a, "-2147481850").folded);
}

TEST(Fingerprint, TheAttributeMatters) {
  EXPECT_NE(of(extension_attribute(1), "v").folded, of(extension_attribute(2), "v").folded);
  EXPECT_NE(exact(of(Attribute::kMail, "v")), exact(of(kProxies, "v")));
}

TEST(Fingerprint, SmtpAndOtherAddressesAreApart) {
  const Fingerprint none = fingerprint_of(Mailbox{});
  const Fingerprint sip = of(kProxies, "SIP:a@x");
  EXPECT_EQ(sip.of(Group::kSmtp), none.of(Group::kSmtp));
  EXPECT_NE(sip.of(Group::kOtherAddresses), none.of(Group::kOtherAddresses));
  const Fingerprint smtp = of(kProxies, "smtp:a@x");
  EXPECT_EQ(smtp.of(Group::kOtherAddresses), none.of(Group::kOtherAddresses));
}

TEST(Fingerprint, ValuesThatSwapAttributesAreADifference) {
  Owned a, b;
  a.add(extension_attribute(1), "v").add(extension_attribute(2), "w");
  b.add(extension_attribute(1), "w").add(extension_attribute(2), "v");
  EXPECT_NE(fingerprint_of(a.mailbox).folded, fingerprint_of(b.mailbox).folded);
}

std::vector<AttributeValue> random_values(std::deque<std::string>& text) {
  std::vector<AttributeValue> values;
  for (int i = *rc::gen::inRange(0, 12); i > 0; --i) {
    text.push_back(
        *rc::gen::element<std::string>("SMTP:a@x", "smtp:b@x", "X500:/o=a", "v", "1", "w"));
    values.push_back({attribute_at(*rc::gen::inRange(0, kAttributeCount)), text.back()});
  }
  return values;
}

RC_GTEST_PROP(FingerprintProperties, OrderOfValuesPlaysNoPart, ()) {
  std::deque<std::string> text;
  Mailbox m;
  m.values = random_values(text);
  const Fingerprint before = fingerprint_of(m);
  std::reverse(m.values.begin(), m.values.end());
  for (std::size_t i = 1; i < m.values.size(); ++i) {
    std::swap(
        m.values[i],
        m.values[static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(i) + 1))]);
  }
  const Fingerprint after = fingerprint_of(m);
  RC_ASSERT(before.folded == after.folded);
  RC_ASSERT(exact(before) == exact(after));
  RC_ASSERT(before.filled == after.filled);
}

RC_GTEST_PROP(FingerprintProperties, OneMoreValueIsADifferenceInItsGroup, ()) {
  std::deque<std::string> text;
  Mailbox m;
  m.values = random_values(text);
  const Fingerprint before = fingerprint_of(m);
  const Attribute a = attribute_at(*rc::gen::inRange(0, kAttributeCount));
  m.values.push_back({a, "smtp:new@x"});
  const Fingerprint after = fingerprint_of(m);
  bool differs = false;
  for (int g = 0; g < kGroupCount; ++g) {
    const auto group = static_cast<Group>(g);
    if (before.of(group) == after.of(group)) continue;
    differs = true;
    RC_ASSERT(attributes_of(group).contains(a));
  }
  RC_ASSERT(differs);
}

}  // namespace
}  // namespace trueup
