// SPDX-License-Identifier: Apache-2.0
//
// The entries of the AD feed, one function a kind of object.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tools/tenant/ldif.h"
#include "tools/tenant/model.h"

namespace trueup::tenant {

struct AdEntryContext {
  LdifWriter& ldif;
  const TenantShape& shape;
  TextArena& arena;
};

// REQUIRES: mailbox.in_ad(). `scattered`: the addresses do not stand side by side.
void append_user(const AdEntryContext& context, const Mailbox& mailbox, bool scattered);

// `ranged`: with a member;range=, which a reader must not take for the whole but need not read.
void append_group(const AdEntryContext& context, std::uint64_t index,
                  std::span<const std::string_view> wanted_addresses, bool ranged);
void append_contact(const AdEntryContext& context, std::uint64_t index);
void append_computer(const AdEntryContext& context, std::uint64_t index);

// As ldifde -x exports it: the tombstone of the account that the live one was migrated from, with
// its consistency GUID.
void append_tombstone(const AdEntryContext& context, const Mailbox& mailbox);

// The domain head and the organisational units. Returns how many entries.
std::uint64_t append_containers(const AdEntryContext& context);

}  // namespace trueup::tenant
