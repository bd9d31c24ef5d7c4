// SPDX-License-Identifier: Apache-2.0
//
// The properties of a user that graph_sim knows, and what of them a request selects. Values are
// kept as JSON text everywhere. Source: Graph, "user resource type".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trueup::sim {

using PropertyNumber = std::uint8_t;
using PropertyMask = std::uint32_t;

enum class PropertyType : std::uint8_t { kText, kFlag, kList, kComplex };

inline constexpr std::size_t kProperties = 32;
inline constexpr PropertyNumber kId = 0;
inline constexpr PropertyNumber kUserPrincipalName = 3;
inline constexpr PropertyNumber kMail = 5;
inline constexpr PropertyNumber kProxyAddresses = 7;
inline constexpr PropertyNumber kImmutableId = 8;
inline constexpr PropertyNumber kExtensionAttributes = 14;
// Those that make_tenant writes come first, in its order.
inline constexpr std::size_t kMadeProperties = 15;
inline constexpr PropertyMask kAllProperties = ~PropertyMask{0};

constexpr PropertyMask bit_of(PropertyNumber property) { return PropertyMask{1} << property; }

std::string_view property_name(PropertyNumber property);
PropertyType property_type(PropertyNumber property);
/// Names are matched without case, as OData does in Graph.
std::optional<PropertyNumber> find_property(std::string_view name);

/// What a list shows of a property that has no value: null, [] or the complex value, all null.
std::string_view empty_value(PropertyNumber property);

/// A user: JSON text by property; "" was never set.
using PropertyValues = std::array<std::string_view, kProperties>;

struct Selection {
  std::vector<PropertyNumber> properties;  // in the order asked for
  PropertyMask mask = 0;
  bool explicitly = false;  // there was a $select
};

/// What comes without a $select.
Selection default_selection();
/// Of the value of $select. `unknown` gets the first name that is none; then the rest is void.
Selection parse_selection(std::string_view text, std::string& unknown);

}  // namespace trueup::sim
