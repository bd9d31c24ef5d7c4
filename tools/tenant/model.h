// SPDX-License-Identifier: Apache-2.0
//
// What mailbox number i of a synthetic tenant is, on both sides, before any drift: a pure function
// of (seed, i). MailboxMaker (maker.h) puts drift on top; the feed writers and graph_sim
// read the result.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tools/tenant/random.h"
#include "tools/tenant/text.h"
#include "tools/tenant/types.h"

namespace trueup::tenant {

// The part of a mailbox that drift planning asks for; a few draws, no strings.
struct Membership {
  Population population;
  bool cloud_managed;
};
[[nodiscard]] Membership standing_of(const TenantShape& shape, std::uint64_t index) noexcept;

// Fills everything but drift. Strings live in `arena`; the memory of `mailbox` is used again.
void describe_mailbox(const TenantShape& shape, std::uint64_t index, TextArena& arena,
                      Mailbox& mailbox);

// The primary SMTP address of a mailbox, without the prefix.
[[nodiscard]] std::string_view primary_address(const TenantShape& shape, std::uint64_t index,
                                               TextArena& arena);

// Every 100th index also has a group in AD, and every 100th from 50 a contact; they hold addresses
// of their own, and a group also those that a kTakenFromGroup mailbox of its hundred wants.
[[nodiscard]] constexpr bool has_group(std::uint64_t index) noexcept { return index % 100 == 0; }
[[nodiscard]] constexpr bool has_contact(std::uint64_t index) noexcept { return index % 100 == 50; }
[[nodiscard]] constexpr bool has_computer(std::uint64_t index) noexcept { return index % 500 == 7; }
[[nodiscard]] std::string_view wanted_group_address(std::uint64_t taker, TextArena& arena);

}  // namespace trueup::tenant
