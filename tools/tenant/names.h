// SPDX-License-Identifier: Apache-2.0
//
// The word lists of make_tenant: people, places, organisational units, mail domains. All constant.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace trueup::tenant {

inline constexpr std::string_view kDomainDn = "DC=contoso,DC=lab";
inline constexpr std::string_view kDnsDomain = "contoso.lab";
inline constexpr std::string_view kRoutingDomain = "contoso.onmicrosoft.com";
inline constexpr std::string_view kHybridDomain = "contoso.mail.onmicrosoft.com";

// A name as written, and as it stands in addresses (lower-case ASCII).
struct Name {
  std::string_view text;
  std::string_view folded;
};

struct OrganizationalUnit {
  std::string_view relative_dn;  // escaped for a DN, under kDomainDn
  std::string_view name;         // the bare ou value
  std::uint32_t staff_share;     // per thousand of the people; 0: none
};

// Indices into organizational_units() of the units that hold other things than people.
inline constexpr std::size_t kResourcesUnit = 8;
inline constexpr std::size_t kGroupsUnit = 9;
inline constexpr std::size_t kContactsUnit = 10;
inline constexpr std::size_t kWorkstationsUnit = 11;

[[nodiscard]] std::span<const Name> given_names() noexcept;
[[nodiscard]] std::span<const Name> surnames() noexcept;
[[nodiscard]] std::span<const Name>
foreign_given_names() noexcept;  // with characters outside ASCII
[[nodiscard]] std::span<const Name> foreign_surnames() noexcept;
[[nodiscard]] std::span<const Name> places() noexcept;
[[nodiscard]] std::span<const std::string_view> foreign_places() noexcept;
[[nodiscard]] std::span<const std::string_view> titles() noexcept;
[[nodiscard]] std::span<const std::string_view> departments() noexcept;
[[nodiscard]] std::span<const std::string_view> companies() noexcept;
[[nodiscard]] std::span<const OrganizationalUnit>
organizational_units() noexcept;  // parents before children

}  // namespace trueup::tenant
