// SPDX-License-Identifier: Apache-2.0
// Which addresses a change makes its object hold or give up, under the key by which an address may
// exist once in a forest. Pure.
#pragma once

#include <span>
#include <vector>

#include "engine/compare/diff_result.h"
#include "snapshots/model/change.h"
#include "snapshots/model/mailbox.h"

namespace trueup {

/// `ad` as it is, `edits` of it. An address that only changes its prefix case or its attribute is
/// neither gained nor given up. Sorted by address.
std::vector<AddressMove> address_moves(const Mailbox& ad, std::span<const Edit> edits);

}  // namespace trueup
