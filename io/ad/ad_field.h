// SPDX-License-Identifier: Apache-2.0
// The attributes of an AD object that trueup looks at, and the fastest way to tell them from the
// many others in an export. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "snapshots/model/attribute.h"

namespace trueup {

/// The values below kAttributeCount are the managed attributes, numbered as in Attribute.
enum class AdField : std::uint8_t {
  kObjectClass = kAttributeCount,
  kObjectGuid,
  kConsistencyGuid,
  kHomeMdb,
  kHomeServerName,
  kAdminCount,
  kIsDeleted,
  kWhenChanged,
  kEntryUuid,
  kSamAccountName,
  kDisplayName,
  kNone,
};

inline constexpr std::size_t kLongestAdField = 31;

/// The field that `name` is, ASCII case ignored; kNone if it is not one that matters.
AdField ad_field(std::string_view name);

/// The same where 32 bytes are readable at `name`, whatever its length.
AdField ad_field_padded(const char* name, std::size_t length);

}  // namespace trueup
