// SPDX-License-Identifier: Apache-2.0
// The join key: 16 raw octets as AD holds them (ms-DS-ConsistencyGuid, else objectGUID), which is
// also what Entra's onPremisesImmutableId is the base64 of. A plain value.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace trueup {

/// 16 octets, ordered bytewise. Also used for objectGUID and for hashed keys of that size.
struct Anchor {
  std::array<std::uint8_t, 16> octets{};

  friend bool operator==(const Anchor&, const Anchor&) = default;
  friend auto operator<=>(const Anchor& a, const Anchor& b) {
    return std::memcmp(a.octets.data(), b.octets.data(), 16) <=> 0;
  }
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(octets.data()), octets.size()};
  }
  static Anchor from_bytes(std::string_view sixteen) {  // REQUIRES: sixteen.size() == 16
    Anchor a;
    std::memcpy(a.octets.data(), sixteen.data(), 16);
    return a;
  }
};

/// Anchors are cut into this many shards by their first octet; a shard is an ordered range.
inline constexpr int kShardCount = 64;
inline int shard_of(const Anchor& a) { return a.octets[0] >> 2; }

/// onPremisesImmutableId: base64 of exactly 16 octets, case-sensitive; nothing else parses.
std::optional<Anchor> anchor_from_base64(std::string_view text);
std::string to_base64(const Anchor& a);

/// The dashed form of a GUID. Its first three groups are little-endian in the octets
/// ([MS-DTYP] 2.3.4), so 12345678-9abc-def0-... is octets 78563412bc9af0de...
std::optional<Anchor> anchor_from_guid(std::string_view dashed);  // with or without braces
std::string to_guid(const Anchor& a);

/// A GUID however tools write one as text: with or without dashes, in braces, parentheses or
/// neither, behind urn:uuid: (RFC 9562), in any case; or its 16 octets in hex with blanks between
/// ("75 E7 25
/// ..."), as ADUC shows them.
std::optional<Anchor> guid_from_text(std::string_view text);

/// The raw octets as 32 lower-case hex digits: what AD takes as <GUID=...>,
/// [MS-ADTS] 3.1.1.3.1.2.4.
std::string to_hex(const Anchor& a);

}  // namespace trueup
