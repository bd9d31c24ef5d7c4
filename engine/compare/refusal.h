// SPDX-License-Identifier: Apache-2.0
// Why a change or an edit is not made: the reason codes of rejects, and of edits held by policy.
#pragma once

#include <cstdint>
#include <string_view>

namespace trueup {

/// Rejects of the plan, before anything is written.
enum class Refusal : std::uint8_t {
  kNone,
  // per mailbox
  kBadAnchor,
  kAmbiguousAnchor,
  kOnPremMailbox,
  // per attribute (proxyAddresses and mail together)
  kValueTooLong,
  kTwoPrimaries,
  kNoAddressType,
  kNotAnAddress,
  kInvalidUtf8,
  kSeveralValues,
  kEqualValues,
  kHiddenPrimary,
  kNoPrimary,
  kLostCharacters,
  kAddressTaken,
  kPrimaryCycle,
  kDependsOn,
};

/// Kept back by policy: listed and counted, not an error.
enum class Hold : std::uint8_t { kNone, kExcluded, kAdminCount, kClearAtFirstSight };

constexpr std::string_view to_string(Refusal r) {
  switch (r) {
    case Refusal::kNone: return "";
    case Refusal::kBadAnchor: return "bad-anchor";
    case Refusal::kAmbiguousAnchor: return "ambiguous-anchor";
    case Refusal::kOnPremMailbox: return "on-prem-mailbox";
    case Refusal::kValueTooLong: return "value-too-long";
    case Refusal::kTwoPrimaries: return "two-primaries";
    case Refusal::kNoAddressType: return "no-address-type";
    case Refusal::kNotAnAddress: return "not-an-address";
    case Refusal::kInvalidUtf8: return "invalid-utf8";
    case Refusal::kSeveralValues: return "several-values";
    case Refusal::kEqualValues: return "equal-values";
    case Refusal::kHiddenPrimary: return "hidden-primary";
    case Refusal::kNoPrimary: return "no-primary";
    case Refusal::kLostCharacters: return "lost-characters";
    case Refusal::kAddressTaken: return "address-taken";
    case Refusal::kPrimaryCycle: return "primary-cycle";
    case Refusal::kDependsOn: return "depends-on";
  }
  return "";
}

constexpr std::string_view to_string(Hold h) {
  switch (h) {
    case Hold::kNone: return "";
    case Hold::kExcluded: return "excluded";
    case Hold::kAdminCount: return "admin-count";
    case Hold::kClearAtFirstSight: return "clear-at-first-sight";
  }
  return "";
}

}  // namespace trueup
