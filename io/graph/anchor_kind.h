// SPDX-License-Identifier: Apache-2.0
// What an onPremisesImmutableId is that is no anchor of ours. Entra takes any attribute as the
// source anchor; in a custom installation the value is an objectSid, an employeeId, an address.
// Pure.
#pragma once

#include <string>
#include <string_view>

namespace trueup {

/// Whether a tool has changed what was 16 octets in base64: its padding, its alphabet, quotes.
bool is_spoiled_anchor(std::string_view immutable_id);

/// "an objectSid in base64": for messages. REQUIRES: anchor_from_base64(text) gives nothing.
std::string anchor_kind(std::string_view immutable_id);

}  // namespace trueup
