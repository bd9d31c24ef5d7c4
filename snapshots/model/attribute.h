// SPDX-License-Identifier: Apache-2.0
// The attributes that trueup may write, and the rule by which each is compared (README, "What is
// compared"). Plain values, safe to share between threads.
//
// Limits are the rangeUpper of the AD schema: mail and proxyAddresses from [MS-ADA2], the
// Exchange ones from the Exchange schema (ms-Exch-Extension-Attribute-1 .. and so on), counted by
// a domain controller in UTF-16 code units.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

namespace trueup {

enum class Attribute : std::uint8_t {
  kMail = 0,
  kProxyAddresses = 1,
  kExtensionAttribute1 = 2,         // .. 15 = 16
  kExtensionCustomAttribute1 = 17,  // .. 5 = 21
  kRecipientTypeDetails = 22,
  kRecipientDisplayType = 23,
  kHideFromAddressLists = 24,
  kMailNickname = 25,
};
inline constexpr int kAttributeCount = 26;

constexpr int index(Attribute a) { return static_cast<int>(a); }
constexpr Attribute attribute_at(int i) { return static_cast<Attribute>(i); }
/// extensionAttribute1..15: n counts from 1.
constexpr Attribute extension_attribute(int n) { return attribute_at(1 + n); }
/// msExchExtensionCustomAttribute1..5: n counts from 1.
constexpr Attribute extension_custom_attribute(int n) { return attribute_at(16 + n); }

/// A set of attributes, as a bit mask that is also its stored form.
class AttributeSet {
 public:
  constexpr AttributeSet() = default;
  constexpr explicit AttributeSet(std::uint32_t bits) : bits_(bits) {}
  constexpr AttributeSet(std::initializer_list<Attribute> list) {
    for (Attribute a : list) add(a);
  }
  constexpr bool contains(Attribute a) const { return (bits_ >> index(a)) & 1U; }
  constexpr void add(Attribute a) { bits_ |= 1U << index(a); }
  constexpr void remove(Attribute a) { bits_ &= ~(1U << index(a)); }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr int size() const { return std::popcount(bits_); }
  constexpr std::uint32_t bits() const { return bits_; }
  constexpr bool contains_all(AttributeSet o) const { return (bits_ & o.bits_) == o.bits_; }
  friend constexpr AttributeSet operator|(AttributeSet a, AttributeSet b) {
    return AttributeSet(a.bits_ | b.bits_);
  }
  friend constexpr AttributeSet operator&(AttributeSet a, AttributeSet b) {
    return AttributeSet(a.bits_ & b.bits_);
  }
  friend constexpr AttributeSet operator-(AttributeSet a, AttributeSet b) {
    return AttributeSet(a.bits_ & ~b.bits_);
  }
  friend constexpr bool operator==(AttributeSet, AttributeSet) = default;

 private:
  std::uint32_t bits_ = 0;
};

enum class Rule : std::uint8_t {
  kMailAddress,     // one value, ASCII case ignored
  kProxyAddresses,  // set; prefix case matters for SMTP and SIP, address case ignored
  kExactText,       // exact bytes; a set if multi_valued
  kInteger,         // decimal integer
  kDisplayType,     // signed 32-bit; the ACLable twin counts as equal
  kBoolean,         // TRUE or FALSE
};

/// Attributes whose fingerprints are kept together: a diff skips a whole group by one comparison.
enum class Group : std::uint8_t { kSmtp, kOtherAddresses, kExtension, kCustom, kTypes };
inline constexpr int kGroupCount = 5;

struct AttributeTraits {
  std::string_view name;  // lDAPDisplayName
  Rule rule;
  bool multi_valued;
  std::uint32_t max_utf16_units;  // 0: no limit of its own
};

const AttributeTraits& traits(Attribute a);

/// By lDAPDisplayName, ASCII case ignored (LDAP attribute descriptions are case-insensitive,
/// RFC 4512 2.5).
std::optional<Attribute> attribute_by_name(std::string_view name);

/// The 24 attributes of Microsoft's own writeback: all but the two optional ones.
inline constexpr AttributeSet kDefaultAttributes{(1U << 24) - 1};
inline constexpr AttributeSet kAllAttributes{(1U << kAttributeCount) - 1};
inline constexpr AttributeSet kAddressAttributes{Attribute::kMail, Attribute::kProxyAddresses};
inline constexpr AttributeSet kExtensionAttributes{((1U << 15) - 1) << 2};
inline constexpr AttributeSet kCustomAttributes{((1U << 5) - 1) << 17};
inline constexpr AttributeSet kTypeAttributes{Attribute::kRecipientTypeDetails,
                                              Attribute::kRecipientDisplayType};
inline constexpr AttributeSet kVisibilityAttributes{Attribute::kHideFromAddressLists,
                                                    Attribute::kMailNickname};

/// The attributes that a group's fingerprint covers. proxyAddresses is in both address groups.
constexpr AttributeSet attributes_of(Group g) {
  switch (g) {
    case Group::kSmtp: return kAddressAttributes;
    case Group::kOtherAddresses: return {Attribute::kProxyAddresses};
    case Group::kExtension: return kExtensionAttributes;
    case Group::kCustom: return kCustomAttributes;
    case Group::kTypes: return kTypeAttributes | kVisibilityAttributes;
  }
  return {};
}

}  // namespace trueup
