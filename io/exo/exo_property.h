// SPDX-License-Identifier: Apache-2.0
// The properties of an Exchange Online export: their names, matched without case. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace trueup {

/// The bits in which two texts of kLength bytes differ, eight bytes at a time.
template <std::size_t kLength>
std::uint64_t difference(const char* a, const char* b) {
  constexpr std::size_t kNow = kLength < 8 ? kLength : 8;
  std::uint64_t x = 0, y = 0;
  std::memcpy(&x, a, kNow);
  std::memcpy(&y, b, kNow);
  if constexpr (kLength > 8) return (x ^ y) | difference<kLength - 8>(a + 8, b + 8);
  return x ^ y;
}

/// Without case. REQUIRES: `name` is of letters, whose cases differ in the bit 0x20 only, and of
/// colons (which would take 0x1A for theirs, but that stands in no address).
template <std::size_t kSize>
bool starts_with_name(std::string_view text, const char (&name)[kSize]) {
  return text.size() >= kSize - 1 &&
         (difference<kSize - 1>(text.data(), name) & 0xDFDFDFDFDFDFDFDFU) == 0;
}
template <std::size_t kSize>
bool same_name(std::string_view text, const char (&name)[kSize]) {
  return text.size() == kSize - 1 && starts_with_name(text, name);
}

enum class ExoProperty {
  kNone,
  kId,
  kName,
  kManaged,
  kAddresses,
  kWindowsAddress,
  kPrimaryAddress,
  kCustom,
  kExtension,
  kType,
  kHidden,
  kAlias,
  kChanged,
  kSoftDeleted,    // IsInactiveMailbox and its like: true or false
  kSoftDeletedAt,  // WhenSoftDeleted
  kPlace,          // DistinguishedName, Identity
};
struct ExoMatch {
  ExoProperty property = ExoProperty::kNone;
  int number = 0;  // of kCustom and kExtension
};

/// Which of the properties that trueup uses has this name.
ExoMatch match_exo_property(std::string_view name);

}  // namespace trueup
