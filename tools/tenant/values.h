// SPDX-License-Identifier: Apache-2.0
//
// The managed attributes of a mailbox before drift: the same on both sides, but for what the
// default rules let differ (SPO only in the cloud; X400, NOTES and the like, and a SIP the cloud
// does not know, only in AD).
#pragma once

#include <string_view>

#include "tools/tenant/types.h"

namespace trueup::tenant {

// The words of the mailbox's own addresses; the index makes them unique.
struct AddressStem {
  std::string_view mail_domain;
  std::string_view first;
  std::string_view last;
};

// REQUIRES: index, population and alias of `mailbox` are set.
void fill_values(const TenantShape& shape, const AddressStem& stem, TextArena& arena,
                 Mailbox& mailbox);

// Gives both sides the same value, or none. `attribute` is 0-based.
void set_extension(Mailbox& mailbox, std::size_t attribute, std::string_view value) noexcept;

}  // namespace trueup::tenant
